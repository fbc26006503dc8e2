// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/command/command.h"

namespace pregon {

/// `import`: shows what it takes of a Laravel application and what it does not, secrets as `(set)`.
/// Writes only with --write: a file that the daemons can read, and only what they accept. With
/// --force it replaces its own lines of an earlier file; other settings that stand there are kept.
Outcome importLaravel(const CommandOptions &options, std::ostream &out);

} // namespace pregon
