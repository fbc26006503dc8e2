// SPDX-License-Identifier: MIT

// What a delivery costs the worker, beside loops that do nothing but send. All senders are measured
// in turn in each round, with clients of the same process reading the same bytes. The bare senders
// follow the worker's one event at a time, which is what they do.

#include "tests/bench/bare_sender.h"
#include "tests/bench/closed_loop.h"
#include "tests/bench/report.h"
#include "tests/bench/scenarios.h"

namespace pregon::bench {
namespace {

constexpr std::size_t kDeliveries = 200'000; ///< of each measurement, about
constexpr Load kOneAtATime{};
constexpr Load kLoads[] = {kOneAtATime, {1, 4}, {1, 16}, {1, 64}, {2, 1},
                           {4, 1},      {8, 1}, {8, 4},  {8, 16}, {8, 64}};
constexpr Load kFewLoads[] = {kOneAtATime, {1, 64}, {8, 64}};

/// One measurement of each sender in each round, for one kind of load.
struct Row {
    Load load;
    std::vector<double> worker{}, plain{}, ring{}, perSecond{},
        busy{}; ///< CPU nanoseconds, or as named
};

/// Median of the rounds' ratios.
double ratio(const std::vector<double> &theirs, const std::vector<double> &ours) {
    std::vector<double> ratios;
    for (std::size_t i = 0; i < theirs.size(); i++)
        ratios.push_back(theirs[i] / ours[i]);
    return median(ratios);
}

void add(Report &report, const Row &row, std::size_t subscribers, bool hasRing) {
    const auto number = [](std::size_t value) { return static_cast<double>(value); };
    const double fromPlain = ratio(row.plain, row.worker);
    report.row({number(subscribers), hasRing ? "on" : "off", number(row.load.publishers),
                number(row.load.window), 1e9 / median(row.worker), 1e9 / median(row.plain),
                1e9 / median(row.ring), fromPlain, ratio(row.ring, row.worker),
                median(row.perSecond), median(row.busy)});
    const std::string who = std::to_string(subscribers) + " subscribers, of the send() loop";
    const bool isOne = row.load.publishers == 1 && row.load.window == 1;
    if (isOne && !hasRing)
        report.mark("one at a time, without io_uring, " + who, fromPlain, Report::Wanted::AtLeast,
                    0.9);
    else if (isOne)
        report.mark("one at a time, " + who, fromPlain, Report::Wanted::AtLeast,
                    subscribers >= 5000 ? 1.2 : 1.0);
    else if (hasRing && row.load.publishers == 8 && row.load.window == 64)
        report.mark("window 64, 8 publishers, " + who, fromPlain, Report::Wanted::AtLeast, 4);
}

template <class Loads>
void measure(const Options &options, Report &report, const Loads &loads, std::size_t subscribers,
             bool hasRing) {
    const Pregon worker("worker", options, {{"PREGON_IO_URING", hasRing ? "true" : "false"}});
    const BareSender plain(BareSender::Way::Send, options, subscribers);
    std::unique_ptr<BareSender> ring;
    if (hasRing && BareSender::hasIoUring())
        ring = std::make_unique<BareSender>(BareSender::Way::IoUring, options, subscribers);
    ClosedLoop fromWorker(worker, subscribers), fromPlain(plain, subscribers);
    std::unique_ptr<ClosedLoop> fromRing;
    if (ring != nullptr)
        fromRing = std::make_unique<ClosedLoop>(*ring, subscribers);
    const std::size_t events = std::max<std::size_t>(1, kDeliveries / subscribers);
    (void)fromWorker.measure(kOneAtATime, events);
    (void)fromPlain.measure(kOneAtATime, events);
    if (fromWorker.clients()[0]->lastFrameBytes != fromPlain.clients()[0]->lastFrameBytes)
        fail("worker and bare sender do not send the same");
    std::vector<Row> rows;
    for (const Load &load : loads)
        rows.push_back({load});
    for (std::size_t round = 0; round < options.roundsOr(5); round++)
        for (Row &row : rows) {
            const Cost cost = fromWorker.measure(row.load, events);
            row.worker.push_back(cost.nanoseconds);
            row.perSecond.push_back(cost.perSecond);
            row.busy.push_back(cost.generatorBusy);
            if (&row == &rows.front()) {
                row.plain.push_back(fromPlain.measure(kOneAtATime, events).nanoseconds);
                if (fromRing)
                    row.ring.push_back(fromRing->measure(kOneAtATime, events).nanoseconds);
            }
        }
    for (Row &row : rows) {
        row.plain = rows.front().plain;
        row.ring = rows.front().ring;
    }
    for (const Row &row : rows)
        add(report, row, subscribers, hasRing);
}

} // namespace

void fanOut(const Options &options) {
    Report report("fan_out", "deliveries per CPU-second of the sender; frames of 188 bytes",
                  {{"subscribers", "subscribers"},
                   {"io_uring", "io_uring"},
                   {"publishers", "publishers"},
                   {"window", "window"},
                   {"worker_per_cpu_s", "worker"},
                   {"send_per_cpu_s", "send()"},
                   {"ring_per_cpu_s", "io_uring"},
                   {"ratio", "worker / send()", 2},
                   {"ring_ratio", "worker / io_uring", 2},
                   {"per_second", "worker, per second"},
                   {"generator_busy", "readers busy", 2}});
    const std::size_t few = options.subscribersOr(1000), many = options.subscribersOr(5000);
    needFiles(3 * many);
    measure(options, report, kLoads, few, true);
    measure(options, report, kFewLoads, few, false);
    if (many != few) {
        measure(options, report, kFewLoads, many, true);
        measure(options, report, kFewLoads, many, false);
    }
    report.note(
        "The bare senders have one event at a time throughout. \"readers busy\" near 1: the "
        "load generator limits \"per second\", not the CPU figures.");
    report.finish(options);
}

} // namespace pregon::bench
