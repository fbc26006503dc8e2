// SPDX-License-Identifier: MIT
#pragma once

#include "tests/bench/crowd.h"

namespace pregon::bench {

/// What many clients cost that connect, subscribe and stay; memory in bytes per connection.
struct Storm {
    double perCpuSecond = 0, perSecond = 0;
    double pss = 0, rss = 0;
    double kernel = 0;    ///< of both ends, and of whatever else the machine does
    double left = 0;      ///< PSS after all have gone, beyond that before the first
    double leftAgain = 0; ///< after a second storm
};

/// Of a fresh server, `count` clients spread over so many channels.
Storm stormOf(const Server &server, std::size_t count, std::size_t channels);
/// Of one of its figures.
double medianOf(const std::vector<Storm> &storms, double Storm::*figure);

} // namespace pregon::bench
