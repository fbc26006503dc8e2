// SPDX-License-Identifier: MIT
#include "tests/bench/closed_loop.h"

#include <thread>

namespace pregon::bench {

ClosedLoop::ClosedLoop(const Server &server, std::size_t subscribers, std::string channel)
    : server_(server), event_{std::move(channel), std::string(128, 'x')}, crowd_(server),
      clients_(crowd_.join(subscribers, event_.channel)) {}

Cost ClosedLoop::measure(const Load &load, std::size_t events) {
    const std::size_t turns = std::max<std::size_t>(1, events / load.publishers / load.window);
    const std::size_t count = turns * load.window * load.publishers * clients_.size();
    const std::size_t wanted = crowd_.others() + count;
    std::vector<std::unique_ptr<Publisher>> connections;
    for (std::size_t i = 0; i < load.publishers; i++)
        connections.push_back(server_.publisher());
    const auto started = Clock::now();
    const double before = server_.cpu(), ours = cpuOfThisThread();
    std::vector<std::thread> publishers;
    for (const auto &connection : connections)
        publishers.emplace_back([&] {
            for (std::size_t turn = 0; turn < turns; turn++)
                connection->publish(event_, load.window);
        });
    crowd_.readUntil([&] { return crowd_.others() == wanted; });
    for (std::thread &publisher : publishers)
        publisher.join();
    const double passed = std::chrono::duration<double, std::nano>(Clock::now() - started).count();
    const auto deliveries = static_cast<double>(count);
    return {(server_.cpu() - before) / deliveries, deliveries / passed * 1e9,
            (cpuOfThisThread() - ours) / passed};
}

} // namespace pregon::bench
