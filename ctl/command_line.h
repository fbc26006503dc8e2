// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/command/command.h"

#include <string>
#include <vector>

namespace pregon {

/// A command line that was understood.
struct CommandLine {
    const Command *command = nullptr; ///< null: print `text`, nothing else is to be done
    CommandOptions options;
    std::string text;
};

/// `words` without the program's name. `--config FILE` may stand before or behind the phrase. Usage
/// error: an unknown command (with the nearest names), an option or argument too many or missing.
tl::expected<CommandLine, CommandError> parseCommandLine(std::vector<std::string> words);

/// Every command with its help, in the order of the table.
std::string overview();
/// How to use one command.
std::string helpOf(const Command &command);
/// `--app --json`: what may follow besides arguments; empty if nothing.
std::string optionNames(const Command &command);

} // namespace pregon
