// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/command/command.h"

namespace pregon {

/// The commands about the configuration: they work while neither daemon runs.
Outcome makeKeys(const CommandOptions &options, std::ostream &out);
Outcome checkConfiguration(const CommandOptions &options, std::ostream &out);
/// Every setting with its value and where that comes from; a secret only as `(set)`.
Outcome showConfiguration(const CommandOptions &options, std::ostream &out);

} // namespace pregon
