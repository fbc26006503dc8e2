// SPDX-License-Identifier: MIT

// Clients that come, subscribe and leave all the time, while events go to a thousand who stay.

#include "tests/bench/fixed_rate.h"
#include "tests/bench/scenarios.h"

#include <atomic>
#include <thread>

namespace pregon::bench {
namespace {

constexpr const char *kChannel = "tienda";
constexpr double kEventsPerSecond = 13;
constexpr std::size_t kComersAtATime = 20;
constexpr std::chrono::milliseconds kBetween{50};

/// Until told to stop, new clients join the channel, and those who came before them leave.
class Churn {
  public:
    explicit Churn(const Server &server)
        : thread_([this, &server] {
              Crowd crowd(server);
              Clients present;
              for (auto next = Clock::now(); !isOver_; next += kBetween) {
                  std::this_thread::sleep_until(next);
                  Clients comers = crowd.join(kComersAtATime, kChannel);
                  present = std::move(comers);
                  count_ += kComersAtATime;
              }
          }) {}
    /// Ends it; how many have come.
    std::size_t stop() {
        isOver_ = true;
        thread_.join();
        return count_;
    }

  private:
    std::atomic<bool> isOver_ = false;
    std::size_t count_ = 0;
    std::thread thread_;
};

} // namespace

void churn(const Options &options) {
    const std::size_t subscribers = options.subscribersOr(1000);
    needFiles(subscribers + 2 * kComersAtATime);
    const Pregon worker("worker", options);
    Crowd crowd(worker);
    const Clients clients = crowd.join(subscribers, kChannel);
    const Pace pace{kEventsPerSecond, options.secondsOr(4)};
    std::vector<Delays> without, with;
    std::vector<double> rates, costs;
    for (std::size_t round = 0; round < options.roundsOr(3); round++) {
        double before = worker.cpu();
        without.push_back(measureDelays(crowd, clients, kChannel, pace));
        const double quiet = worker.cpu() - before;
        before = worker.cpu();
        const auto started = Clock::now();
        Churn coming(worker);
        with.push_back(measureDelays(crowd, clients, kChannel, pace));
        const auto count = static_cast<double>(coming.stop());
        rates.push_back(count / std::chrono::duration<double>(Clock::now() - started).count());
        costs.push_back((worker.cpu() - before - quiet) / 1000 / count);
    }
    Report report("churn",
                  "milliseconds from publishing to reading, " + std::to_string(subscribers) +
                      " subscribers, 13 events per second",
                  {{"comers_per_s", "come and leave per second"},
                   {"p50_ms", "p50", 2},
                   {"p99_ms", "p99", 2},
                   {"max_ms", "max", 2},
                   {"us_each", "worker's CPU us each", 1}});
    const Delays quiet = merged(without), busy = merged(with);
    report.row({0.0, quiet.at(0.5), quiet.at(0.99), quiet.at(1), median({})});
    report.row({median(rates), busy.at(0.5), busy.at(0.99), busy.at(1), median(costs)});
    report.note("\"each\": connecting, subscribing, the events it got meanwhile, leaving. The "
                "comers are of a second thread of the load generator, which takes its share of the "
                "processors, too.");
    report.finish(options);
}

} // namespace pregon::bench
