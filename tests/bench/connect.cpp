// What it takes to connect and subscribe, and what a connection that does nothing holds.

#include "tests/bench/crowd.h"
#include "tests/bench/report.h"
#include "tests/bench/scenarios.h"

#include <thread>

namespace pregon::bench {
namespace {

constexpr std::size_t kConnections = 15'000, kManyChannels = 500;

/// Of one fresh worker; memory in bytes per connection.
struct Storm {
    double perCpuSecond = 0, perSecond = 0;
    double pss = 0, rss = 0, kernel = 0;
    double left = 0;      ///< PSS after all have gone, beyond that before the first
    double leftAgain = 0; ///< after a second storm
};

Storm stormOf(const Options &options, std::size_t count, std::size_t channels) {
    const Pregon worker("worker", options);
    Crowd crowd(worker);
    const auto channelOf = [&](std::size_t i) { return "shop-" + std::to_string(i % channels); };
    const auto comeAndGo = [&](const std::function<void()> &whenAllAreIn) {
        Clients clients = crowd.connect(count);
        crowd.subscribe(clients, channelOf);
        whenAllAreIn();
        clients.clear();
        const Clients last = crowd.connect(1); // those before it have been seen to go
        settle(crowd, last);
        std::this_thread::sleep_for(std::chrono::seconds(2));
        return worker.memory().pss;
    };
    { // the first connections set things up that stay
        const Clients warm = crowd.connect(50);
        crowd.subscribe(warm, channelOf);
    }
    settle(crowd, crowd.connect(1));
    const Memory before = worker.memory();
    const double kernel = kernelObjects(), cpu = worker.cpu();
    const auto started = Clock::now();
    Storm storm;
    const auto each = static_cast<double>(count);
    storm.left = comeAndGo([&] {
                     storm.perCpuSecond = each * 1e9 / (worker.cpu() - cpu);
                     storm.perSecond =
                         each / std::chrono::duration<double>(Clock::now() - started).count();
                     const Memory after = worker.memory();
                     storm.pss = (after.pss - before.pss) / each;
                     storm.rss = (after.rss - before.rss) / each;
                     storm.kernel = (kernelObjects() - kernel) / each;
                 }) -
                 before.pss;
    storm.leftAgain = comeAndGo([] {}) - before.pss;
    return storm;
}

double medianOf(const std::vector<Storm> &storms, double Storm::*figure) {
    std::vector<double> values;
    for (const Storm &storm : storms)
        values.push_back(storm.*figure);
    return median(values);
}

} // namespace

void connectRate(const Options &options) {
    const std::size_t count = options.subscribersOr(kConnections);
    needFiles(count);
    std::vector<Storm> one, many;
    for (std::size_t round = 0; round < options.roundsOr(3); round++) {
        one.push_back(stormOf(options, count, 1));
        many.push_back(stormOf(options, count, kManyChannels));
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
