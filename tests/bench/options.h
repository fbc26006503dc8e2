// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>

namespace pregon::bench {

/// What the command line says. Zero: as the scenario has it.
struct Options {
    std::string folder;      ///< for sockets, configurations and logs; gone after the run
    std::string build;       ///< where the programs are
    std::string out;         ///< results are written into it
    std::string peers;       ///< where `make bench-peers-deps` has put Soketi
    std::string nchanModule; ///< nginx's, as a file
    std::size_t rounds = 0;
    std::size_t subscribers = 0;
    std::size_t seconds = 0; ///< of each measurement at a fixed rate

    std::size_t roundsOr(std::size_t standard) const { return rounds > 0 ? rounds : standard; }
    std::size_t secondsOr(std::size_t standard) const { return seconds > 0 ? seconds : standard; }
    std::size_t subscribersOr(std::size_t standard) const {
        return subscribers > 0 ? subscribers : standard;
    }
};

} // namespace pregon::bench
