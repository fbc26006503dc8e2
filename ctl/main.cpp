// SPDX-License-Identifier: MIT

// pregonctl: the operator's hand. Runs one command of the table; no logic.

#include "ctl/command_line.h"

#include <iostream>

int main(int argc, char **argv) {
    using namespace pregon;
    const auto line = parseCommandLine({argv + 1, argv + argc});
    if (line && line->command == nullptr) {
        std::cout << line->text;
        return 0;
    }
    const Outcome done = line ? line->command->run(line->options, std::cout)
                              : Outcome(tl::unexpected<CommandError>(line.error()));
    std::cout.flush();
    if (done)
        return 0;
    const std::string &reason = done.error().reason;
    std::cerr << "pregonctl: " << reason << (reason.ends_with('\n') ? "" : "\n");
    return static_cast<int>(done.error().code);
}
