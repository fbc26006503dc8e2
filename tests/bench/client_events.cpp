// SPDX-License-Identifier: MIT

// What an event costs that one member of a channel sends to the others, beside one that the
// application publishes to the same channel.

#include "tests/bench/closed_loop.h"
#include "tests/bench/report.h"
#include "tests/bench/scenarios.h"

#include <set>

namespace pregon::bench {
namespace {

constexpr std::size_t kDeliveries = 100'000; ///< of each measurement, about
constexpr std::size_t kWindows[] = {1, 16};

std::string framesOf(const std::string &channel, std::size_t count) {
    const std::string frame =
        maskedFrame(R"({"event":"client-typing","channel":)" + jsonText(channel) + R"(,"data":)" +
                    jsonText(std::string(128, 'x')) + "}");
    std::string frames;
    for (std::size_t i = 0; i < count; i++)
        frames += frame;
    return frames;
}

/// Nanoseconds of CPU per delivery; the first member sends.
double costOfClientEvents(ClosedLoop &room, const std::string &channel, std::size_t window,
                          std::size_t events) {
    Crowd &crowd = room.crowd();
    const std::size_t turns = std::max<std::size_t>(1, events / window);
    const std::size_t deliveries = window * (room.clients().size() - 1);
    const std::string frames = framesOf(channel, window);
    const double before = crowd.server().cpu();
    for (std::size_t turn = 0; turn < turns; turn++) {
        const std::size_t wanted = crowd.others() + deliveries;
        room.clients().front()->send(frames);
        crowd.readUntil([&] { return crowd.others() == wanted; });
    }
    return (crowd.server().cpu() - before) / static_cast<double>(turns * deliveries);
}

void measureRoom(const Options &options, Report &report, const std::string &channel,
                 std::size_t members) {
    const Pregon worker("worker", options, {{"PREGON_APP_CLIENT_EVENTS_PER_SECOND", "0"}});
    ClosedLoop room(worker, members, channel);
    settle(room.crowd(), room.clients()); // member_added has come, too
    const std::size_t events = std::max<std::size_t>(16, kDeliveries / members);
    for (const std::size_t window : kWindows) {
        std::vector<double> sent, published, ratios;
        for (std::size_t round = 0; round < options.roundsOr(5); round++) {
            sent.push_back(costOfClientEvents(room, channel, window, events));
            published.push_back(room.measure({1, window}, events).nanoseconds);
            ratios.push_back(published.back() / sent.back());
        }
        report.row({channel, static_cast<double>(members), static_cast<double>(window),
                    1e9 / median(sent), 1e9 / median(published), median(ratios)});
    }
}

} // namespace

void clientEvents(const Options &options) {
    needFiles(options.subscribersOr(1000));
    Report report("client_events", "deliveries per CPU-second of the worker",
                  {{"channel", "channel"},
                   {"members", "members"},
                   {"window", "window"},
                   {"client_per_cpu_s", "client events"},
                   {"published_per_cpu_s", "published"},
                   {"ratio", "client / published", 2}});
    for (const std::size_t members :
         std::set{options.subscribersOr(100), options.subscribersOr(1000)})
        for (const char *channel : {"private-room", "presence-room"})
            measureRoom(options, report, channel, members);
    report.note(
        "One member sends as many events as the window holds, in one write, and the next ones "
        "when all others have them; published events go on when they are acknowledged.");
    report.finish(options);
}

} // namespace pregon::bench
