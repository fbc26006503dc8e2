// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/command/command.h"

namespace pregon {

/// Prints what `examine` finds. Problem: there are failures. Usage: a URL that is not valid, a
/// number of seconds out of range.
Outcome runDoctor(const CommandOptions &options, std::ostream &out);

} // namespace pregon
