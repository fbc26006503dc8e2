// SPDX-License-Identifier: MIT
#include "tests/bench/fixed_rate.h"

#include <algorithm>
#include <fstream>
#include <limits>
#include <thread>

namespace pregon::bench {

double Delays::at(double share) const {
    if (microseconds.empty())
        return std::numeric_limits<double>::quiet_NaN();
    const auto last = static_cast<double>(microseconds.size() - 1);
    return static_cast<double>(microseconds[static_cast<std::size_t>(share * last)]) / 1000;
}

Delays measureDelays(Crowd &crowd, const Clients &clients, const std::string &channel,
                     const Pace &pace) {
    const auto count =
        static_cast<std::size_t>(pace.eventsPerSecond * static_cast<double>(pace.seconds));
    Delays result;
    const std::size_t wanted = count * clients.size();
    result.microseconds.reserve(wanted);
    for (const auto &client : clients)
        client->delays = &result.microseconds;
    const auto publisher = crowd.server().publisher();
    const auto started = Clock::now();
    const double server = crowd.server().cpu(), reader = cpuOfThisThread();
    std::thread sending([&] {
        for (std::size_t i = 0; i < count; i++) {
            std::this_thread::sleep_until(
                started +
                std::chrono::duration<double>(static_cast<double>(i) / pace.eventsPerSecond));
            publisher->publish({channel, stampedData(pace.dataBytes)}, 1);
        }
    });
    crowd.readUntil([&] { return result.microseconds.size() == wanted; });
    sending.join();
    const double passed = std::chrono::duration<double>(Clock::now() - started).count();
    result.perSecond = static_cast<double>(result.microseconds.size()) / passed;
    result.serverBusy = (crowd.server().cpu() - server) / 1e9 / passed;
    result.readerBusy = (cpuOfThisThread() - reader) / 1e9 / passed;
    for (const auto &client : clients)
        client->delays = nullptr;
    std::ranges::sort(result.microseconds);
    return result;
}

void writeCurve(const Options &options, const std::string &name, const Delays &delays) {
    constexpr int kPoints = 500;
    std::ofstream file(options.out + "/" + name + ".curve");
    for (int i = 0; i <= kPoints; i++)
        file << delays.at(static_cast<double>(i) / kPoints) << " " << 100.0 * i / kPoints << "\n";
}

Delays merged(const std::vector<Delays> &rounds) {
    Delays all;
    for (const Delays &one : rounds) {
        all.microseconds.insert(all.microseconds.end(), one.microseconds.begin(),
                                one.microseconds.end());
        all.perSecond += one.perSecond / static_cast<double>(rounds.size());
        all.serverBusy += one.serverBusy / static_cast<double>(rounds.size());
        all.readerBusy += one.readerBusy / static_cast<double>(rounds.size());
    }
    std::ranges::sort(all.microseconds);
    return all;
}

} // namespace pregon::bench
