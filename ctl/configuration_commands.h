#pragma once

#include "ctl/command.h"

namespace pregon {

/// The commands about the configuration: they work while neither daemon runs.
Outcome makeKeys(const CommandOptions &options, std::ostream &out);
Outcome checkConfiguration(const CommandOptions &options, std::ostream &out);

} // namespace pregon
