// SPDX-License-Identifier: MIT

// How long an event takes from its publisher to each subscriber, at fixed rates, beside a bare
// send() loop: what the loop takes is the kernel's time and the load generator's own.

#include "tests/bench/bare_sender.h"
#include "tests/bench/fixed_rate.h"
#include "tests/bench/scenarios.h"

namespace pregon::bench {
namespace {

constexpr double kEventsPerSecond[] = {13, 50, 100, 200};
constexpr const char *kChannel = "tienda";

} // namespace

void latency(const Options &options) {
    const std::size_t subscribers = options.subscribersOr(1000);
    needFiles(2 * subscribers);
    const Pregon worker("worker", options);
    const BareSender plain(BareSender::Way::Send, options, subscribers);
    Crowd workers(worker), plains(plain);
    const Clients ofWorker = workers.join(subscribers, kChannel);
    const Clients ofPlain = plains.join(subscribers, kChannel);
    struct Row {
        double rate;
        std::vector<Delays> worker{}, plain{};
    };
    std::vector<Row> rows;
    for (const double rate : kEventsPerSecond)
        rows.push_back({rate});
    for (std::size_t round = 0; round < options.roundsOr(3); round++)
        for (Row &row : rows) {
            const Pace pace{row.rate, options.secondsOr(4)};
            row.worker.push_back(measureDelays(workers, ofWorker, kChannel, pace));
            row.plain.push_back(measureDelays(plains, ofPlain, kChannel, pace));
        }
    Report report("latency",
                  "milliseconds from publishing to reading, " + std::to_string(subscribers) +
                      " subscribers",
                  {{"deliveries_per_s", "deliveries/s"},
                   {"sender", "sender"},
                   {"p50_ms", "p50", 2},
                   {"p90_ms", "p90", 2},
                   {"p99_ms", "p99", 2},
                   {"p999_ms", "p99.9", 2},
                   {"max_ms", "max", 2},
                   {"server_busy", "sender busy", 2},
                   {"reader_busy", "reader busy", 2}});
    for (const Row &row : rows)
        for (const auto &[name, rounds] :
             {std::pair("worker", &row.worker), std::pair("send()", &row.plain)}) {
            const Delays all = merged(*rounds);
            report.row({row.rate * static_cast<double>(subscribers), name, all.at(0.5), all.at(0.9),
                        all.at(0.99), all.at(0.999), all.at(1), all.serverBusy, all.readerBusy});
            if (row.rate == rows.front().rate)
                writeCurve(options, name == plain.name ? "latency-send" : "latency-worker", all);
        }
    report.note("Of all deliveries of all rounds. One thread reads all subscribers, one after the "
                "other: the send() loop shows what that and the kernel take.");
    report.finish(options);
}

} // namespace pregon::bench
