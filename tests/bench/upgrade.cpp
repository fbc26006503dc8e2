// SPDX-License-Identifier: MIT

// The worker's program replaced again and again, as `pregonctl upgrade` does, under thousands of
// clients and a steady stream of events: nobody may be closed, nothing lost, doubled or misplaced.

#include "tests/bench/fixed_rate.h"
#include "tests/bench/scenarios.h"

#include "shared/ipc/worker_client.h"

#include <algorithm>
#include <atomic>
#include <thread>

namespace pregon::bench {
namespace {

constexpr std::size_t kMembers = 10; ///< of each channel
constexpr std::size_t kEventsPerSecond = 1000;
constexpr std::chrono::milliseconds kBetween{200};

std::string channelOf(std::size_t channel) {
    return "shop-" + std::to_string(channel);
}

/// Publishes at its rate to one channel after the other until told to stop.
class Stream {
  public:
    Stream(const Server &server, std::size_t channels)
        : counts_(channels), thread_([this, &server] {
              const auto publisher = server.publisher();
              const auto started = Clock::now();
              for (std::size_t i = 0; !isOver_; i++) {
                  std::this_thread::sleep_until(started +
                                                i * std::chrono::seconds(1) / kEventsPerSecond);
                  const std::size_t channel = i % counts_.size();
                  publisher->publish({channelOf(channel), stampedData(128)}, 1);
                  counts_[channel]++;
              }
          }) {}
    /// Ends it; how many events each channel got.
    std::vector<std::size_t> stop() {
        isOver_ = true;
        thread_.join();
        return counts_;
    }

  private:
    std::atomic<bool> isOver_ = false;
    std::vector<std::size_t> counts_;
    std::thread thread_;
};

/// Upgrades one after the other, in a thread of its own: the seconds that each took. One that fails
/// ends the run.
class Upgrades {
  public:
    Upgrades(const Pregon &worker, std::size_t count)
        : thread_([this, &worker, count] {
              WorkerClient asker(worker.ipcSocket(), kPatience);
              for (std::size_t i = 0; i < count; i++) {
                  std::this_thread::sleep_for(kBetween);
                  const auto started = Clock::now();
                  orFail(asker.upgrade());
                  while (orFail(asker.status()).find(R"("upgrading":true)") != std::string::npos)
                      std::this_thread::sleep_for(std::chrono::milliseconds(5));
                  seconds_.push_back(std::chrono::duration<double>(Clock::now() - started).count());
              }
              if (orFail(asker.status()).find(R"("upgrades":)" + std::to_string(count)) ==
                  std::string::npos)
                  fail("an upgrade has failed: " + orFail(asker.status()));
              isOver_ = true;
          }) {}
    bool isOver() const { return isOver_; }
    std::vector<double> seconds() {
        thread_.join();
        return seconds_;
    }

  private:
    std::atomic<bool> isOver_ = false;
    std::vector<double> seconds_;
    std::thread thread_;
};

struct Outcome {
    Delays delays;
    std::size_t lost = 0, doubled = 0, misplaced = 0;
    std::vector<double> seconds; ///< that the upgrades took
};

/// Events, handed to `taker`, for as long as `goesOn` says.
template <class While>
Outcome stream(Crowd &crowd, const Clients &clients, const Server &taker, While goesOn) {
    const std::size_t channels = clients.size() / kMembers;
    Outcome outcome;
    std::vector<std::size_t> before;
    for (const auto &client : clients) {
        client->delays = &outcome.delays.microseconds;
        before.push_back(client->others);
    }
    Stream events(taker, channels);
    while (goesOn())
        crowd.readFor(std::chrono::milliseconds(20));
    const std::vector<std::size_t> counts = events.stop();
    crowd.readFor(std::chrono::seconds(2)); // what would come too often, comes
    for (std::size_t i = 0; i < clients.size(); i++) {
        const std::size_t got = clients[i]->others - before[i], wanted = counts[i % channels];
        outcome.lost += wanted - std::min(got, wanted);
        outcome.doubled += got - std::min(got, wanted);
        outcome.misplaced += std::exchange(clients[i]->misplaced, 0);
        clients[i]->delays = nullptr;
    }
    std::ranges::sort(outcome.delays.microseconds);
    return outcome;
}

/// Events, handed to `taker`, while `worker` is upgraded `count` times.
Outcome upgraded(Crowd &crowd, const Clients &clients, const Pregon &worker, const Server &taker,
                 std::size_t count) {
    Upgrades running(worker, count);
    Outcome outcome = stream(crowd, clients, taker, [&] { return !running.isOver(); });
    outcome.seconds = running.seconds();
    settle(crowd, clients); // everybody is still there, and answered
    return outcome;
}

Clients joined(Crowd &crowd, std::size_t subscribers) {
    const std::size_t channels = subscribers / kMembers;
    return crowd.join(subscribers, [&](std::size_t i) { return channelOf(i % channels); });
}

/// The clients' worker alone; without upgrades, and with them.
std::pair<Outcome, Outcome> alone(const Options &options, std::size_t subscribers,
                                  std::size_t count) {
    const Pregon worker("worker", options);
    Crowd crowd(worker);
    const Clients clients = joined(crowd, subscribers);
    const auto until = Clock::now() + std::chrono::seconds(options.secondsOr(4));
    Outcome quiet = stream(crowd, clients, worker, [&] { return Clock::now() < until; });
    return {std::move(quiet), upgraded(crowd, clients, worker, worker, count)};
}

/// Every event is taken by another worker, and comes through Redis.
Outcome oneOfTwo(const Options &options, std::size_t subscribers, std::size_t count) {
    const Redis redis(options);
    const Pregon worker("one", options, redis.settings());
    const Pregon other("other", options, redis.settings());
    worker.process->awaitLog("cluster joined");
    other.process->awaitLog("cluster joined");
    Crowd crowd(worker);
    const Clients clients = joined(crowd, subscribers);
    return upgraded(crowd, clients, worker, other, count);
}

} // namespace

void upgrades(const Options &options) {
    const std::size_t subscribers = options.subscribersOr(5000);
    const std::size_t count = options.roundsOr(20);
    needFiles(2 * subscribers);
    const auto [quiet, busy] = alone(options, subscribers, count);
    const Outcome shared = oneOfTwo(options, subscribers, count);

    Report report("upgrade",
                  std::to_string(subscribers) + " clients, " + std::to_string(kEventsPerSecond) +
                      " events per second to " + std::to_string(kMembers) + " each",
                  {{"workers", "workers"},
                   {"upgrades", "upgrades"},
                   {"seconds_each", "seconds each", 3},
                   {"deliveries", "deliveries"},
                   {"closed", "closed"},
                   {"lost", "lost"},
                   {"doubled", "doubled"},
                   {"misplaced", "out of order"},
                   {"p50_ms", "p50 ms", 2},
                   {"p99_ms", "p99 ms", 2},
                   {"max_ms", "max ms", 1}});
    const auto row = [&](double workers, const Outcome &one) {
        report.row({workers, static_cast<double>(one.seconds.size()), median(one.seconds),
                    static_cast<double>(one.delays.microseconds.size()), 0.0,
                    static_cast<double>(one.lost), static_cast<double>(one.doubled),
                    static_cast<double>(one.misplaced), one.delays.at(0.5), one.delays.at(0.99),
                    one.delays.at(1)});
    };
    row(1, quiet);
    row(1, busy);
    row(2, shared);
    for (const Outcome *one : {&busy, &shared})
        report.mark("lost, doubled or out of order",
                    static_cast<double>(one->lost + one->doubled + one->misplaced),
                    Report::Wanted::AtMost, 0);
    report.note("A client that is closed ends the run. An upgrade hands the clients over twice: to "
                "the new program as a child, and back to the process, which has become that "
                "program meanwhile. Where there are two workers, one is upgraded, the other takes "
                "every event, and Redis brings them.");
    report.finish(options);
}

} // namespace pregon::bench
