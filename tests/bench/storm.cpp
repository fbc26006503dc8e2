// SPDX-License-Identifier: MIT
#include "tests/bench/storm.h"

#include "tests/bench/report.h"

#include <thread>

namespace pregon::bench {
namespace {

constexpr std::chrono::seconds kToSettle{2};
constexpr std::size_t kWarm = 50; ///< first connections: they set things up that stay

} // namespace

Storm stormOf(const Server &server, std::size_t count, std::size_t channels) {
    Crowd crowd(server);
    const auto channelOf = [&](std::size_t i) { return "shop-" + std::to_string(i % channels); };
    const auto leave = [&](Clients &clients) {
        clients.clear();
        settle(crowd, crowd.connect(1, channelOf)); // those before it have been seen to go
        std::this_thread::sleep_for(kToSettle);
        return server.memory();
    };
    Clients clients = crowd.join(kWarm, channelOf);
    const Memory before = leave(clients);
    const double kernel = kernelObjects(), cpu = server.cpu();
    const auto started = Clock::now();
    clients = crowd.join(count, channelOf);
    const auto each = static_cast<double>(count);
    Storm storm;
    storm.perCpuSecond = each * 1e9 / (server.cpu() - cpu);
    storm.perSecond = each / std::chrono::duration<double>(Clock::now() - started).count();
    const Memory after = server.memory();
    storm.pss = (after.pss - before.pss) / each;
    storm.rss = (after.rss - before.rss) / each;
    storm.kernel = (kernelObjects() - kernel) / each;
    storm.left = leave(clients).pss - before.pss;
    clients = crowd.join(count, channelOf);
    storm.leftAgain = leave(clients).pss - before.pss;
    return storm;
}

double medianOf(const std::vector<Storm> &storms, double Storm::*figure) {
    std::vector<double> values;
    for (const Storm &storm : storms)
        values.push_back(storm.*figure);
    return median(values);
}

} // namespace pregon::bench
