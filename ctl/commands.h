// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/command/command.h"

#include <span>
#include <string_view>
#include <vector>

namespace pregon {

/// The table: read it and you know the program. Help and the reading of the command line come from
/// it.
std::span<const Command> commands();

/// The command of that phrase; null if there is none.
const Command *findCommand(std::string_view phrase);

/// The reason why a phrase is no command, with those that come near.
std::string unknownCommand(std::string_view phrase);

} // namespace pregon
