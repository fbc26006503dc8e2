// SPDX-License-Identifier: MIT

// What clients that do nothing cost the worker: beside an event to ten subscribers, and in time.

#include "tests/bench/closed_loop.h"
#include "tests/bench/report.h"
#include "tests/bench/scenarios.h"

namespace pregon::bench {
namespace {

constexpr std::size_t kFew = 100, kMany = 15'000, kListeners = 10, kEvents = 5000;
constexpr std::size_t kPingSeconds = 5; ///< twice in the measured time, for each client

/// A worker with idle clients, each subscribed to one of 500 channels.
struct Idlers {
    Idlers(const Options &options, std::size_t count, const Pregon::Settings &settings = {})
        : worker("worker", options, settings), crowd(worker), clients(crowd.connect(count)) {
        crowd.subscribe(clients, [](std::size_t i) { return "shop-" + std::to_string(i % 500); });
    }
    Pregon worker;
    Crowd crowd;
    Clients clients;
};

std::string number(std::size_t value) {
    return std::to_string(value);
}

void costOfEvent(const Options &options, Idlers &few, Idlers &many) {
    ClosedLoop besideFew(few.worker, kListeners), besideMany(many.worker, kListeners);
    std::vector<double> withFew, withMany, ratios;
    (void)besideFew.measure({}, kEvents);
    (void)besideMany.measure({}, kEvents);
    for (std::size_t round = 0; round < options.roundsOr(9); round++) {
        const double first = besideFew.measure({}, kEvents).nanoseconds * kListeners,
                     second = besideMany.measure({}, kEvents).nanoseconds * kListeners;
        withFew.push_back(first / 1000);
        withMany.push_back(second / 1000);
        ratios.push_back(second / first);
    }
    Report report("idle_event", "an event to 10 subscribers beside idle connections",
                  {{"idle", "idle connections"}, {"us", "worker's CPU per event, us", 2}});
    report.row({static_cast<double>(few.clients.size()), median(withFew)});
    report.row({static_cast<double>(many.clients.size()), median(withMany)});
    report.mark(number(many.clients.size()) + " to " + number(few.clients.size()) +
                    " idle connections, ratio",
                median(ratios), Report::Wanted::AtMost, 1.1);
    report.finish(options);
}

/// Milliseconds of CPU per second, in which the clients read and answer.
double idleCpu(Idlers &idlers, std::size_t seconds) {
    const double before = idlers.worker.cpu();
    idlers.crowd.readFor(std::chrono::seconds(seconds));
    return (idlers.worker.cpu() - before) / 1e6 / static_cast<double>(seconds);
}

void cpuOfIdlers(const Options &options, Idlers &few, Idlers &many) {
    Report report("idle_cpu", "CPU of a worker whose clients do nothing",
                  {{"connections", "connections"},
                   {"pings", "pings per second"},
                   {"cpu_ms", "CPU ms per second", 2},
                   {"us_per_ping", "us per ping and pong", 2}});
    const std::size_t seconds = options.secondsOr(2 * kPingSeconds);
    const double missing = median({}), idle = idleCpu(many, seconds), less = idleCpu(few, seconds);
    report.row({static_cast<double>(few.clients.size()), 0.0, less, missing});
    report.row({static_cast<double>(many.clients.size()), 0.0, idle, missing});
    many.clients.clear();
    Idlers pinged(options, kMany,
                  {{"REVERB_APP_PING_INTERVAL", number(kPingSeconds)},
                   {"PREGON_PONG_TIMEOUT", number(kPingSeconds)}});
    pinged.crowd.readFor(std::chrono::seconds(kPingSeconds));
    const std::size_t before = total(pinged.clients, &Client::pings);
    const double busy = idleCpu(pinged, 2 * kPingSeconds);
    const double pings = static_cast<double>(total(pinged.clients, &Client::pings) - before) /
                         static_cast<double>(2 * kPingSeconds);
    report.row({static_cast<double>(kMany), pings, busy,
                pings > 0 ? (busy - idle) * 1000 / pings : missing});
    report.mark("CPU of " + number(kMany) + " idle connections without pings, ms per second", idle,
                Report::Wanted::AtMost, 1);
    report.finish(options);
}

} // namespace

void idle(const Options &options) {
    const std::size_t most = options.subscribersOr(kMany);
    needFiles(kFew + most + 2 * kListeners);
    Idlers few(options, std::min(kFew, most)), many(options, most);
    costOfEvent(options, few, many);
    cpuOfIdlers(options, few, many);
}

} // namespace pregon::bench
