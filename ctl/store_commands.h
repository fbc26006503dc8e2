#pragma once

#include "ctl/command.h"

namespace pregon {

/// The commands about the configured store as a whole. Unreachable if it does not answer.
Outcome checkStore(const CommandOptions &options, std::ostream &out);
Outcome migrateStore(const CommandOptions &options, std::ostream &out);
Outcome makeDemo(const CommandOptions &options, std::ostream &out);

} // namespace pregon
