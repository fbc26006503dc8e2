// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/command/command.h"

namespace pregon {

/// What the worker holds now, page by page, so that it is not held up.
Outcome listConnections(const CommandOptions &options, std::ostream &out);
Outcome listChannels(const CommandOptions &options, std::ostream &out);

} // namespace pregon
