// SPDX-License-Identifier: MIT

// Pregón beside Soketi and nchan: same machine, same load generator, same rounds, all over TCP. Who
// is not installed is named.

#include "tests/bench/closed_loop.h"
#include "tests/bench/fixed_rate.h"
#include "tests/bench/peer_servers.h"
#include "tests/bench/scenarios.h"
#include "tests/bench/storm.h"

#include <cmath>
#include <limits>
#include <map>
#include <set>

namespace pregon::bench {
namespace {

constexpr const char *kChannel = "tienda";
constexpr double kEventsPerSecond = 13;
constexpr std::size_t kDeliveries = 50'000; ///< of each measurement, about
constexpr std::size_t kConnections = 5000;
constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

using Start = std::function<std::unique_ptr<Server>()>;

/// Those that are installed, Pregón first.
std::vector<Start> serversOf(const Options &options) {
    std::vector<Start> servers{[&] {
        return std::make_unique<Pregon>("Pregón", options, Pregon::Settings{},
                                        Pregon::Transport::Tcp);
    }};
    if (!Soketi::program(options).empty())
        servers.emplace_back([&] { return std::make_unique<Soketi>(options); });
    if (Nchan::isInstalled(options))
        servers.emplace_back([&] { return std::make_unique<Nchan>(options); });
    return servers;
}

void noteMissing(const Options &options, Report &report) {
    if (Soketi::program(options).empty())
        report.note("Soketi: NOT AVAILABLE here (make bench-peers-deps).");
    if (!Nchan::isInstalled(options))
        report.note("nchan: NOT AVAILABLE here (make bench-peers-deps).");
}

/// A figure per server, by name; not a number if the server is not there.
struct Figures {
    std::map<std::string, double> values{};
    double of(const std::string &server) const {
        const auto found = values.find(server);
        return found == values.end() ? kMissing : found->second;
    }
    double ofPregon() const { return of("Pregón"); }
};

struct Contest {
    std::unique_ptr<Server> server;
    std::unique_ptr<ClosedLoop> loop;
    std::vector<double> nanoseconds{}, perSecond{}, busy{};
    std::vector<Delays> delays{};
};

std::vector<Contest> contestOf(const std::vector<Start> &servers, std::size_t subscribers) {
    std::vector<Contest> all;
    for (const Start &start : servers) {
        Contest one{start(), nullptr};
        one.loop = std::make_unique<ClosedLoop>(*one.server, subscribers, kChannel);
        (void)one.loop->measure({}, 3);
        all.push_back(std::move(one));
    }
    return all;
}

void fanOutBeside(const Options &options, const std::vector<Start> &servers) {
    Report report("peers_fan_out", "one event at a time, deliveries per CPU-second of the server",
                  {{"server", "server"},
                   {"subscribers", "subscribers"},
                   {"per_cpu_s", "per CPU-second"},
                   {"per_s", "per second"},
                   {"reader_busy", "readers busy", 2}});
    for (const std::size_t subscribers :
         std::set{options.subscribersOr(1000), options.subscribersOr(5000)}) {
        std::vector<Contest> all = contestOf(servers, subscribers);
        for (std::size_t round = 0; round < options.roundsOr(5); round++)
            for (Contest &one : all) {
                const Cost cost = one.loop->measure({}, kDeliveries / subscribers);
                one.nanoseconds.push_back(cost.nanoseconds);
                one.perSecond.push_back(cost.perSecond);
                one.busy.push_back(cost.generatorBusy);
            }
        Figures figures;
        for (const Contest &one : all) {
            figures.values[one.server->name] = 1e9 / median(one.nanoseconds);
            report.row({one.server->name, static_cast<double>(subscribers),
                        1e9 / median(one.nanoseconds), median(one.perSecond), median(one.busy)});
        }
        report.mark("one at a time, " + std::to_string(subscribers) + " subscribers, of Soketi",
                    figures.ofPregon() / figures.of("Soketi"), Report::Wanted::AtLeast, 3);
    }
    noteMissing(options, report);
    report.finish(options);
}

void latencyBeside(const Options &options, const std::vector<Start> &servers) {
    const std::size_t subscribers = options.subscribersOr(1000);
    std::vector<Contest> all = contestOf(servers, subscribers);
    for (std::size_t round = 0; round < options.roundsOr(3); round++)
        for (Contest &one : all)
            one.delays.push_back(measureDelays(one.loop->crowd(), one.loop->clients(), kChannel,
                                               {kEventsPerSecond, options.secondsOr(4)}));
    Report report("peers_latency",
                  "milliseconds from publishing to reading, 13 events a second to " +
                      std::to_string(subscribers) + " subscribers",
                  {{"server", "server"},
                   {"p50_ms", "p50", 2},
                   {"p90_ms", "p90", 2},
                   {"p99_ms", "p99", 2},
                   {"max_ms", "max", 2},
                   {"server_busy", "server busy", 3}});
    Figures middle, worst;
    for (const Contest &one : all) {
        const Delays delays = merged(one.delays);
        middle.values[one.server->name] = delays.at(0.5);
        worst.values[one.server->name] = delays.at(0.99);
        report.row({one.server->name, delays.at(0.5), delays.at(0.9), delays.at(0.99), delays.at(1),
                    delays.serverBusy});
        writeCurve(options,
                   one.server->name == "Pregón" ? "peers-pregon" : "peers-" + one.server->name,
                   delays);
    }
    const auto ofBetter = [](const Figures &figures) {
        return figures.ofPregon() / std::fmin(figures.of("Soketi"), figures.of("nchan"));
    };
    report.mark("p50, of the better of Soketi and nchan", ofBetter(middle), Report::Wanted::AtMost,
                0.5);
    report.mark("p99, of the better of Soketi and nchan", ofBetter(worst), Report::Wanted::AtMost,
                0.5);
    noteMissing(options, report);
    report.finish(options);
}

void memoryBeside(const Options &options, const std::vector<Start> &servers) {
    const std::size_t count = options.subscribersOr(kConnections);
    Report report("peers_memory", std::to_string(count) + " clients connect and subscribe",
                  {{"server", "server"},
                   {"channels", "channels"},
                   {"per_cpu_s", "per CPU-second"},
                   {"pss", "PSS bytes each"},
                   {"left_kb", "PSS kB left"}});
    for (const Start &start : servers)
        for (const std::size_t channels : {std::size_t{1}, std::size_t{500}}) {
            std::vector<Storm> storms;
            std::string name;
            for (std::size_t round = 0; round < options.roundsOr(1); round++) {
                const auto server = start();
                name = server->name;
                storms.push_back(stormOf(*server, count, channels));
            }
            report.row({name, static_cast<double>(channels), medianOf(storms, &Storm::perCpuSecond),
                        medianOf(storms, &Storm::pss), medianOf(storms, &Storm::left) / 1024});
        }
    report.note("nginx makes its connections' structures when it starts: those are not in nchan's "
                "growth.");
    noteMissing(options, report);
    report.finish(options);
}

} // namespace

void peers(const Options &options) {
    needFiles(3 * options.subscribersOr(5000));
    const std::vector<Start> servers = serversOf(options);
    fanOutBeside(options, servers);
    latencyBeside(options, servers);
    memoryBeside(options, servers);
}

} // namespace pregon::bench
