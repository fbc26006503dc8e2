// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/command/command.h"

namespace pregon {

/// `import channels`: translates a routes/channels.php and says, by line, what became a rule, what
/// is left to the application and why, and what the original lets everybody do. --print writes the
/// channels.json alone. Writes a file only with --write.
Outcome importChannelRules(const CommandOptions &options, std::ostream &out);

} // namespace pregon
