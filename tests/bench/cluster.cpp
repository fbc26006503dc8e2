// SPDX-License-Identifier: MIT

// Two workers that are one through Redis beside one that is alone: what a delivery costs all of
// them together, hence what two processors would deliver. One event goes to as many subscribers
// either way, half of them on each of the two workers.

#include "tests/bench/closed_loop.h"
#include "tests/bench/report.h"
#include "tests/bench/scenarios.h"

#include <thread>

namespace pregon::bench {
namespace {

constexpr const char *kChannel = "tienda";
constexpr std::size_t kDeliveries = 400'000; ///< of each measurement, about
constexpr std::size_t kWindows[] = {1, 16, 64};

/// Two workers, their subscribers, and what they have cost.
class Pair {
  public:
    Pair(const Options &options, const Redis &redis, std::size_t subscribers)
        : first_("first", options, redis.settings()), second_("second", options, redis.settings()),
          firstCrowd_(first_), secondCrowd_(second_) {
        first_.process->awaitLog("cluster joined");
        second_.process->awaitLog("cluster joined");
        firstClients_ = firstCrowd_.join(subscribers / 2, kChannel);
        secondClients_ = secondCrowd_.join(subscribers / 2, kChannel);
    }

    double cpu() const { return first_.cpu() + second_.cpu(); }

    /// Returns when every subscriber has had every event.
    void deliver(std::size_t events, std::size_t window) {
        const std::size_t rounds = std::max<std::size_t>(1, events / window);
        const std::size_t wanted =
            received() + rounds * window * (firstClients_.size() + secondClients_.size());
        std::thread publishing([&] {
            const auto publisher = first_.publisher();
            const Event event{kChannel, std::string(128, 'x')};
            for (std::size_t i = 0; i < rounds; i++)
                publisher->publish(event, window);
        });
        const auto deadline = Clock::now() + kPatience;
        while (received() < wanted && Clock::now() < deadline) {
            firstCrowd_.readFor(std::chrono::milliseconds(1));
            secondCrowd_.readFor(std::chrono::milliseconds(1));
        }
        publishing.join();
        if (received() != wanted)
            fail("not every event has come to everybody");
    }

  private:
    std::size_t received() const { return firstCrowd_.others() + secondCrowd_.others(); }

    Pregon first_, second_;
    Crowd firstCrowd_, secondCrowd_;
    Clients firstClients_, secondClients_;
};

} // namespace

void cluster(const Options &options) {
    const std::size_t subscribers = options.subscribersOr(2000);
    const std::size_t events = kDeliveries / subscribers;
    needFiles(4 * subscribers);
    const Redis redis(options);
    const Pregon alone("alone", options);
    ClosedLoop fromAlone(alone, subscribers, kChannel);
    Pair pair(options, redis, subscribers);
    (void)fromAlone.measure({}, events);
    pair.deliver(events, 1);

    Report report("cluster",
                  "CPU nanoseconds per delivery, " + std::to_string(subscribers) +
                      " subscribers of one channel",
                  {{"window", "window"},
                   {"alone_ns", "one worker"},
                   {"workers_ns", "two workers"},
                   {"redis_ns", "and Redis"},
                   {"redis_share", "Redis' share", 3},
                   {"times", "times one, on two processors", 2}});
    for (const std::size_t window : kWindows) {
        std::vector<double> one, two, theirs, times;
        for (std::size_t round = 0; round < options.roundsOr(5); round++) {
            one.push_back(fromAlone.measure({1, window}, events).nanoseconds);
            const double workers = pair.cpu(), ofRedis = redis.cpu();
            pair.deliver(events, window);
            const auto deliveries = static_cast<double>(std::max<std::size_t>(1, events / window) *
                                                        window * subscribers);
            two.push_back((pair.cpu() - workers) / deliveries);
            theirs.push_back((redis.cpu() - ofRedis) / deliveries);
            times.push_back(2 * one.back() / (two.back() + theirs.back()));
        }
        const double all = median(two) + median(theirs);
        report.row({static_cast<double>(window), median(one), median(two), median(theirs),
                    median(theirs) / all, median(times)});
        report.mark("two workers, of one, window " + std::to_string(window), median(times),
                    Report::Wanted::AtLeast, 1.7);
    }
    report.note("\"times one\": twice what one delivery costs one worker by what it costs both and "
                "Redis together. The load generator has the same two processors, so that it is not "
                "taken from deliveries per second.");
    report.finish(options);
}

} // namespace pregon::bench
