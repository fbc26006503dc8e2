// SPDX-License-Identifier: MIT

// What it takes to connect and subscribe, and what a connection that does nothing holds.

#include "tests/bench/report.h"
#include "tests/bench/scenarios.h"
#include "tests/bench/storm.h"

namespace pregon::bench {
namespace {

constexpr std::size_t kConnections = 15'000, kManyChannels = 500;

} // namespace

void connectRate(const Options &options) {
    const std::size_t count = options.subscribersOr(kConnections);
    needFiles(count);
    std::vector<Storm> one, many;
    for (std::size_t round = 0; round < options.roundsOr(3); round++) {
        one.push_back(stormOf(Pregon("worker", options), count, 1));
        many.push_back(stormOf(Pregon("worker", options), count, kManyChannels));
    }
    Report report("connect",
                  std::to_string(count) +
                      " clients connect and subscribe, a fresh worker each time",
                  {{"channels", "channels"},
                   {"per_cpu_s", "per CPU-second"},
                   {"per_s", "per second"},
                   {"pss", "PSS bytes each"},
                   {"rss", "RSS bytes each"},
                   {"kernel", "kernel bytes each"},
                   {"left_kb", "PSS kB left"},
                   {"left_again_kb", "left after a second time"}});
    for (const auto &[channels, storms] : {std::pair(1.0, &one), std::pair(500.0, &many)})
        report.row({channels, medianOf(*storms, &Storm::perCpuSecond),
                    medianOf(*storms, &Storm::perSecond), medianOf(*storms, &Storm::pss),
                    medianOf(*storms, &Storm::rss), medianOf(*storms, &Storm::kernel),
                    medianOf(*storms, &Storm::left) / 1024,
                    medianOf(*storms, &Storm::leftAgain) / 1024});
    report.note(
        "\"kernel\": growth of Slab in /proc/meminfo, of both ends of the connection and of "
        "whatever else the machine did. \"left\": 2 seconds after all clients have gone, "
        "beyond what the worker had before the first.");
    const double rate = medianOf(one, &Storm::perCpuSecond);
    report.mark("PSS bytes of an idle subscribed connection, 500 channels",
                medianOf(many, &Storm::pss), Report::Wanted::AtMost, 2000);
    report.mark("PSS bytes of an idle subscribed connection, one channel",
                medianOf(one, &Storm::pss), Report::Wanted::AtMost, 2000);
    report.mark("connections and subscriptions per CPU-second, one channel", rate,
                Report::Wanted::AtLeast, 15'000);
    report.mark("rate on one channel to that on 500", rate / medianOf(many, &Storm::perCpuSecond),
                Report::Wanted::AtLeast, 0.9);
    report.finish(options);
}

} // namespace pregon::bench
