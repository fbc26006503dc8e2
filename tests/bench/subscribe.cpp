// SPDX-License-Identifier: MIT

// What a subscribe costs the worker, in channels of few and of many members.
//
// All channels live in one worker at the same time, so that nothing differs between two rows but
// the channel. Members join, then newcomers, connected before, subscribe and unsubscribe again and
// again.

#include "tests/bench/crowd.h"
#include "tests/bench/report.h"
#include "tests/bench/scenarios.h"

namespace pregon::bench {
namespace {

constexpr std::size_t kFew = 10;
constexpr std::size_t kNewcomers = 8; // fewer than kFew: each comes as a user who is in already
constexpr std::size_t kPairsPerBatch = 4;

struct Room {
    const char *kind;
    std::string channel;
    std::size_t members;
    std::size_t pairs;      ///< of subscribe and unsubscribe, per newcomer and round
    std::string userInfo{}; ///< of each member; empty: none

    std::vector<double> microseconds{}; ///< CPU per pair, one of each round
    std::size_t bytes = 0;              ///< of one confirmation
};

std::string unsubscribeFrame(const Room &room) {
    return maskedFrame(R"({"event":"pusher:unsubscribe","data":{"channel":)" +
                       jsonText(room.channel) + "}}");
}

void fill(Crowd &crowd, const Clients &members, const Room &room) {
    for (std::size_t next = 0; next < room.members;) {
        const std::size_t end = std::min(next + kJoinsAtATime, room.members);
        const std::size_t wanted = total(members, &Client::confirmations) + end - next;
        for (; next < end; next++)
            members[next]->send(
                subscribeFrame(crowd.server(), *members[next], room.channel, next, room.userInfo));
        crowd.readUntil([&] { return total(members, &Client::confirmations) == wanted; });
    }
}

void measure(Crowd &crowd, const Clients &newcomers, Room &room) {
    std::vector<std::string> batches;
    for (std::size_t i = 0; i < newcomers.size(); i++) {
        const std::string pair =
            subscribeFrame(crowd.server(), *newcomers[i], room.channel, i) + unsubscribeFrame(room);
        std::string batch;
        for (std::size_t n = 0; n < kPairsPerBatch; n++)
            batch += pair;
        batches.push_back(std::move(batch));
    }
    const std::size_t bytes = total(newcomers, &Client::confirmationBytes);
    std::size_t wanted = total(newcomers, &Client::confirmations);
    const double before = crowd.server().cpu();
    for (std::size_t done = 0; done < room.pairs; done += kPairsPerBatch) {
        for (std::size_t i = 0; i < newcomers.size(); i++)
            newcomers[i]->send(batches[i]);
        wanted += newcomers.size() * kPairsPerBatch;
        crowd.readUntil([&] { return total(newcomers, &Client::confirmations) == wanted; });
    }
    settle(crowd, newcomers);
    const auto pairs = static_cast<double>(newcomers.size() * room.pairs);
    room.microseconds.push_back((crowd.server().cpu() - before) / 1000 / pairs);
    room.bytes =
        (total(newcomers, &Client::confirmationBytes) - bytes) / (newcomers.size() * room.pairs);
}

/// What a list of `members` users without user_info takes, as the user_info of kFew: about as many
/// bytes, with about as many characters that JSON escapes.
std::string shareOfList(std::size_t members) {
    constexpr std::size_t kBytesOfUser = 22, kBytesOfElement = 23;
    std::string json = "[null";
    for (std::size_t i = 0; i < members * kBytesOfUser / kBytesOfElement / kFew; i++)
        json += R"(,"1234","1234",null)";
    return json + "]";
}

void print(const Options &options, const std::vector<Room> &rooms) {
    Report report("subscribe", "worker's CPU of one subscribe and its unsubscribe",
                  {{"kind", "channel"},
                   {"members", "members"},
                   {"us", "us CPU", 2},
                   {"bytes", "bytes confirmed"}});
    for (const Room &room : rooms)
        report.row({room.userInfo.empty() ? room.kind : "presence, list as long as above",
                    static_cast<double>(room.members), median(room.microseconds),
                    static_cast<double>(room.bytes)});
    const auto ratio = [&](std::size_t more, std::size_t less) {
        return median(rooms[more].microseconds) / median(rooms[less].microseconds);
    };
    const std::string members = std::to_string(rooms[1].members) + " to 10 members, ";
    report.mark(members + "public, ratio", ratio(1, 0), Report::Wanted::AtMost, 1.1);
    report.mark(members + "presence with a list of as many bytes, ratio", ratio(3, 4),
                Report::Wanted::AtMost, 1.1);
    report.finish(options);
}

} // namespace

void subscribeCost(const Options &options) {
    const std::size_t many = options.subscribersOr(10'000);
    needFiles(many + kNewcomers);
    if (many < kFew)
        fail("too few members");
    std::vector<Room> rooms{{"public", "tienda-few", kFew, 2000},
                            {"public", "tienda-many", many, 2000},
                            {"presence", "presence-few", kFew, 2000},
                            {"presence", "presence-many", many, 24},
                            {"presence", "presence-long", kFew, 24, shareOfList(many)}};
    const Pregon worker("worker", options);
    Crowd crowd(worker);
    const Clients members = crowd.connect(many);
    const Clients newcomers = crowd.connect(kNewcomers);
    for (const Room &room : rooms)
        fill(crowd, members, room);
    settle(crowd, members);
    const std::size_t others = total(members, &Client::others);
    for (std::size_t round = 0; round < options.roundsOr(3); round++)
        for (Room &room : rooms)
            measure(crowd, newcomers, room);
    settle(crowd, members);
    if (total(members, &Client::others) != others)
        fail("members were told of newcomers: that is not what was to be measured");
    print(options, rooms);
}

} // namespace pregon::bench
