// SPDX-License-Identifier: MIT
#pragma once

#include "tests/bench/crowd.h"
#include "tests/bench/report.h"

namespace pregon::bench {

/// How long events took from before they were published to when a subscriber's bytes had been read,
/// by one clock of one process.
struct Delays {
    std::vector<float> microseconds{}; ///< sorted; one of each delivery
    double perSecond = 0;              ///< deliveries; less than asked for: somebody was too slow
    double serverBusy = 0;             ///< share of the time, of all the server's threads
    double readerBusy = 0;             ///< of our reading thread

    /// Milliseconds at 0 to 1 of all deliveries.
    double at(double share) const;
};

/// Publishes so many events per second, each at its time whether or not those before have come, for
/// so many seconds; reads until all have come. `dataBytes` of each event.
struct Pace {
    double eventsPerSecond;
    std::size_t seconds;
    std::size_t dataBytes = 128;
};

/// `clients` are those whose delays count: each gets every event.
Delays measureDelays(Crowd &crowd, const Clients &clients, const std::string &channel,
                     const Pace &pace);
/// Those of all rounds together; figures beside them are means.
Delays merged(const std::vector<Delays> &rounds);
/// For a plot, as NAME.curve in Options::out: lines of milliseconds and the percentage of
/// deliveries that took at most as long.
void writeCurve(const Options &options, const std::string &name, const Delays &delays);

} // namespace pregon::bench
