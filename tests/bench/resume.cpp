// SPDX-License-Identifier: MIT

// All pages of a worker lose their connections at once and come back: with resume tokens, which
// give them what they missed, beside pages without, each of which would have to ask the
// application.

#include "tests/bench/crowd.h"
#include "tests/bench/report.h"
#include "tests/bench/scenarios.h"

#include <chrono>
#include <thread>

namespace pregon::bench {
namespace {

constexpr std::size_t kPages = 10'000, kChannels = 500;
constexpr std::chrono::seconds kToSettle{2};

/// Where the i-th client comes with a token of its own.
class WithTokens final : public Pregon {
  public:
    explicit WithTokens(const Options &options) : Pregon("worker", options) {}
    std::string upgradePath(const std::string &token) const override {
        return "/app/" + key + (token.empty() ? "" : "~" + token) + "?protocol=7";
    }
};

std::string stampOfNow() {
    using Milliseconds = std::chrono::milliseconds;
    auto now = std::chrono::duration_cast<Milliseconds>(
                   std::chrono::system_clock::now().time_since_epoch())
                   .count();
    std::string stamp;
    for (; now > 0; now /= 36)
        stamp.insert(stamp.begin(), "0123456789abcdefghijklmnopqrstuvwxyz"[now % 36]);
    return stamp;
}

struct Return {
    double seconds = 0, cpuSeconds = 0;
    double heldBytes = 0; ///< of memory, by the worker, for each page that is away
};

/// `count` pages connect, go, miss an event each and come back.
Return returnOf(const Options &options, std::size_t count, bool hasTokens) {
    const WithTokens worker(options);
    const auto publisher = worker.publisher();
    Crowd crowd(worker);
    const std::string stamp = stampOfNow();
    const auto tokenOf = [&](std::size_t i) {
        return hasTokens ? stamp + ".page" + std::to_string(i) : std::string();
    };
    const auto channelOf = [&](std::size_t i) { return "shop-" + std::to_string(i % kChannels); };
    Clients clients = crowd.connect(count, tokenOf);
    crowd.subscribe(clients, channelOf);
    clients.clear();
    std::this_thread::sleep_for(kToSettle);
    const Memory away = worker.memory();
    for (std::size_t channel = 0; channel < kChannels; channel++)
        publisher->publish({channelOf(channel), "{}"}, 1);
    const double cpu = worker.cpu();
    const auto started = Clock::now();
    clients = crowd.connect(count, tokenOf);
    crowd.subscribe(clients, channelOf);
    constexpr std::size_t kFrames = 3; // pregon:replay, the event, pusher:ping
    crowd.readUntil(
        [&] { return !hasTokens || total(clients, &Client::others) >= kFrames * count; });
    Return result;
    result.seconds = std::chrono::duration<double>(Clock::now() - started).count();
    result.cpuSeconds = (worker.cpu() - cpu) / 1e9;
    result.heldBytes = away.pss / static_cast<double>(count);
    return result;
}

double medianOf(const std::vector<Return> &returns, double Return::*figure) {
    std::vector<double> values;
    for (const Return &one : returns)
        values.push_back(one.*figure);
    return median(values);
}

} // namespace

void resume(const Options &options) {
    const std::size_t count = options.subscribersOr(kPages);
    needFiles(count);
    std::vector<Return> with, without;
    for (std::size_t round = 0; round < options.roundsOr(3); round++) {
        with.push_back(returnOf(options, count, true));
        without.push_back(returnOf(options, count, false));
    }
    Report report("resume",
                  std::to_string(count) +
                      " pages come back at once, each of which has missed an event",
                  {{"tokens", "tokens"},
                   {"seconds", "seconds until all are subscribed and have what they missed", 2},
                   {"cpu_s", "CPU-seconds of the worker", 2},
                   {"held", "PSS bytes of the worker for each page that is away"},
                   {"queries", "questions to the application"}});
    for (const auto &[hasTokens, returns] : {std::pair(true, &with), std::pair(false, &without)})
        report.row({hasTokens ? 1.0 : 0.0, medianOf(*returns, &Return::seconds),
                    medianOf(*returns, &Return::cpuSeconds), medianOf(*returns, &Return::heldBytes),
                    hasTokens ? 0.0 : static_cast<double>(count)});
    report.note("Without a token a page has to ask the application for what it missed: that is not "
                "in the seconds.");
    report.mark("seconds with tokens beside those without",
                medianOf(with, &Return::seconds) / medianOf(without, &Return::seconds),
                Report::Wanted::AtMost, 1.5);
    report.finish(options);
}

} // namespace pregon::bench
