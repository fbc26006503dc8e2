// SPDX-License-Identifier: MIT

// Ten subscribers of a thousand stop reading: are they cut at their bound, and do the others
// notice?

#include "tests/bench/fixed_rate.h"
#include "tests/bench/scenarios.h"

#include <algorithm>
#include <atomic>
#include <sstream>
#include <thread>
#include <unistd.h>

namespace pregon::bench {
namespace {

constexpr const char *kChannel = "tienda";
constexpr std::size_t kSlow = 10, kBound = 128 << 10, kDataBytes = 2000;
constexpr double kEventsPerSecond = 50;

double residentBytes(pid_t pid) {
    std::istringstream statm(contentsOf("/proc/" + std::to_string(pid) + "/statm"));
    double size = 0, resident = 0;
    statm >> size >> resident;
    return resident * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

/// The most that a process has resident while this lives.
class Peak {
  public:
    explicit Peak(pid_t pid)
        : most_(residentBytes(pid)), thread_([this, pid] {
              for (; !isOver_; std::this_thread::sleep_for(std::chrono::milliseconds(20)))
                  most_ = std::max(most_, residentBytes(pid));
          }) {}
    double stop() {
        isOver_ = true;
        thread_.join();
        return most_;
    }

  private:
    double most_;
    std::atomic<bool> isOver_ = false;
    std::thread thread_;
};

/// How many have been cut off, as far as they see when they read at last.
std::size_t cutOf(Crowd &crowd, const Clients &clients) {
    crowd.readFor(std::chrono::seconds(1));
    return static_cast<std::size_t>(
        std::ranges::count_if(clients, [](auto &client) { return client->isCut; }));
}

} // namespace

void slowConsumers(const Options &options) {
    const std::size_t subscribers = options.subscribersOr(1000);
    needFiles(subscribers);
    const Pregon worker("worker", options, {{"PREGON_MAX_QUEUED_BYTES", std::to_string(kBound)}});
    Crowd crowd(worker), slowCrowd(worker);
    const Clients healthy = crowd.join(subscribers - kSlow, kChannel);
    const Pace pace{kEventsPerSecond, options.secondsOr(6), kDataBytes};
    std::vector<Delays> without, with;
    std::vector<double> growth, cut;
    for (std::size_t round = 0; round < options.roundsOr(3); round++) {
        without.push_back(measureDelays(crowd, healthy, kChannel, pace));
        const Clients slow = slowCrowd.join(kSlow, kChannel);
        for (const auto &client : slow)
            client->mayBeCut = true;
        const double before = residentBytes(worker.process->pid());
        Peak peak(worker.process->pid());
        with.push_back(measureDelays(crowd, healthy, kChannel, pace));
        growth.push_back((peak.stop() - before) / 1024);
        cut.push_back(static_cast<double>(cutOf(slowCrowd, slow)));
    }
    Report report(
        "slow_consumers",
        "milliseconds from publishing to reading of those who read; 50 events of 2 kB per "
        "second",
        {{"reading", "reading"},
         {"slow", "not reading"},
         {"p50_ms", "p50", 2},
         {"p99_ms", "p99", 2},
         {"max_ms", "max", 2},
         {"cut", "cut off"},
         {"growth_kb", "worker's RSS grew, kB"}});
    const auto reading = static_cast<double>(healthy.size());
    const Delays quiet = merged(without), busy = merged(with);
    const double missing = median({});
    report.row({reading, 0.0, quiet.at(0.5), quiet.at(0.99), quiet.at(1), missing, missing});
    report.row({reading, static_cast<double>(kSlow), busy.at(0.5), busy.at(0.99), busy.at(1),
                median(cut), median(growth)});
    report.note(
        "PREGON_MAX_QUEUED_BYTES=131072: the bound of one; that of ten together is 1280 kB.");
    report.mark("cut off of " + std::to_string(kSlow), median(cut), Report::Wanted::AtLeast, kSlow);
    report.mark("growth beside what ten may hold", median(growth) * 1024 / (kSlow * kBound),
                Report::Wanted::AtMost, 1);
    report.finish(options);
}

} // namespace pregon::bench
