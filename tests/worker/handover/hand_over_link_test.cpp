// SPDX-License-Identifier: MIT
#include "worker/handover/hand_over_link.h"

#include "shared/fields.h"

#include <fcntl.h>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

#include "CppUTest/TestHarness.h"

using namespace pregon;
using namespace std::chrono_literals;

namespace {

std::pair<UniqueFd, UniqueFd> socketPair() {
    int pair[2];
    CHECK_EQUAL(0, ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair));
    return {UniqueFd(pair[0]), UniqueFd(pair[1])};
}

HandOverLink::Deadline soon(std::chrono::milliseconds time = 10s) {
    return std::chrono::steady_clock::now() + time;
}

} // namespace

TEST_GROUP(HandOverLink) {
    std::pair<UniqueFd, UniqueFd> pair = socketPair();
    HandOverLink giver{std::move(pair.first)}, taker{std::move(pair.second)};

    void send(HandOverKind kind, const std::string &payload, const std::vector<int> &sockets = {}) {
        CHECK_TRUE(giver.send(kind, payload, soon(), sockets).has_value());
    }
};

TEST(HandOverLink, CarriesMessagesInTheirOrder) {
    send(HandOverKind::Offer, "first");
    send(HandOverKind::End, "");

    const auto first = taker.receive(soon()), second = taker.receive(soon());
    CHECK_TRUE(first->kind == HandOverKind::Offer);
    STRCMP_EQUAL("first", first->payload.c_str());
    CHECK_TRUE(second->kind == HandOverKind::End);
    STRCMP_EQUAL("", second->payload.c_str());
    CHECK_TRUE(second->sockets.empty());
}

TEST(HandOverLink, CarriesDescriptorsWithTheMessageThatTheyBelongTo) {
    int pipes[2];
    CHECK_EQUAL(0, ::pipe(pipes));
    const UniqueFd reading(pipes[0]), writing(pipes[1]);
    send(HandOverKind::Sockets, "", {writing.get()});
    send(HandOverKind::Client, "none");
    send(HandOverKind::Client, "two", {writing.get(), reading.get()});

    const auto one = taker.receive(soon()), none = taker.receive(soon()),
               two = taker.receive(soon());
    LONGS_EQUAL(1, one->sockets.size());
    LONGS_EQUAL(0, none->sockets.size());
    LONGS_EQUAL(2, two->sockets.size());
    CHECK_EQUAL(1, ::write(one->sockets[0].get(), "x", 1));
    char byte = 0;
    CHECK_EQUAL(1, ::read(two->sockets[1].get(), &byte, 1));
    BYTES_EQUAL('x', byte);
    CHECK_TRUE((::fcntl(one->sockets[0].get(), F_GETFD) & FD_CLOEXEC) != 0);
}

TEST(HandOverLink, CarriesAsManyDescriptorsAsItSays) {
    const std::vector<int> many(HandOverLink::kMaxSockets, giver.socket());
    send(HandOverKind::Sockets, "", many);

    LONGS_EQUAL(many.size(), taker.receive(soon())->sockets.size());
}

TEST(HandOverLink, CarriesWhatNoSocketBufferHolds) {
    const std::string large(5'000'000, 'x');
    std::thread other([&] { send(HandOverKind::Client, large); });
    const auto message = taker.receive(soon());
    other.join();

    CHECK_TRUE(message->payload == large);
}

TEST(HandOverLink, GivesUpAtTheDeadline) {
    CHECK_TRUE(taker.receive(soon(1ms)).error().code == Errc::Unavailable);
    const std::string large(5'000'000, 'x');
    CHECK_TRUE(giver.send(HandOverKind::Client, large, soon(1ms)).error().code ==
               Errc::Unavailable);
}

TEST(HandOverLink, SeesThatTheOtherHasGone) {
    CHECK_FALSE(taker.hasMessage());
    giver.release().reset();

    CHECK_TRUE(taker.hasMessage());
    CHECK_TRUE(taker.receive(soon()).error().code == Errc::Unavailable);
    CHECK_TRUE(taker.send(HandOverKind::Hello, "", soon()).error().code == Errc::Unavailable);
}

TEST(HandOverLink, TellsARefusalFromWhatWasExpected) {
    send(HandOverKind::Refused, "too old");
    send(HandOverKind::Go, "");

    STRCMP_EQUAL("too old", taker.expect(HandOverKind::Hello, soon()).error().reason.c_str());
    CHECK_TRUE(taker.expect(HandOverKind::Hello, soon()).error().code == Errc::BadRequest);
}

TEST(HandOverLink, RefusesImpossibleSizes) {
    const std::string header("\xff\xff\xff\x7f\0\0\0\0\1", 9);
    CHECK_EQUAL(9, ::send(giver.socket(), header.data(), header.size(), 0));

    CHECK_TRUE(taker.receive(soon()).error().code == Errc::BadRequest);
}

TEST(HandOverLink, HasALayoutThatNoVersionChanges) {
    const std::string expected("\x02\0\0\0\x01\0\0\0\x07hi", 11);
    send(HandOverKind::App, "hi", {giver.socket()});
    std::string bytes(64, '\0');
    bytes.resize(static_cast<std::size_t>(::recv(taker.socket(), bytes.data(), bytes.size(), 0)));

    CHECK_TRUE(bytes == expected);
}

TEST(HandOverLink, NumbersItsMessagesAlikeInEveryVersion) {
    const HandOverKind kinds[] = {
        HandOverKind::Offer,  HandOverKind::Hello,  HandOverKind::Refused, HandOverKind::Sockets,
        HandOverKind::Worker, HandOverKind::Client, HandOverKind::App,     HandOverKind::Cluster,
        HandOverKind::Peer,   HandOverKind::End,    HandOverKind::Taken,   HandOverKind::Go,
        HandOverKind::Serving};
    for (std::size_t i = 0; i < std::size(kinds); i++)
        LONGS_EQUAL(i + 1, static_cast<std::uint8_t>(kinds[i]));
}

TEST_GROUP(HandOverOffer){
    /// Of a release that may have appended fields of its own.
    static std::string offer(std::uint32_t version,
                             const std::string &appended = ""){FieldWriter fields;
fields(HandOverOffer{version, "9.9.9", true});
return fields.take() + appended;
}
static std::string refusal(const std::string &payload) {
    const auto decoded = HandOverOffer::decode(payload);
    return decoded ? "accepted" : decoded.error().reason;
}
}
;

TEST(HandOverOffer, IsDecodedOfEveryVersionThatIsLoaded) {
    for (std::uint32_t version = kOldestHandOverVersion; version <= kHandOverVersion; version++) {
        const auto decoded = HandOverOffer::decode(offer(version));

        LONGS_EQUAL(version, decoded->version);
        STRCMP_EQUAL("9.9.9", decoded->program.c_str());
        CHECK_TRUE(decoded->isInterim);
    }
}

TEST(HandOverOffer, OfANewerProgramIsRefusedWithBothReleasesAndWhatToDo) {
    const std::string reason = refusal(offer(kHandOverVersion + 1, "more"));

    STRCMP_CONTAINS("the running pregon-worker 9.9.9 saves its state in version ", reason.c_str());
    STRCMP_CONTAINS(" loads versions ", reason.c_str());
    STRCMP_CONTAINS(": restart the worker instead", reason.c_str());
}

TEST(HandOverOffer, OfAProgramThatIsTooOldIsRefusedLikewise) {
    STRCMP_CONTAINS(" saves its state in version 1, ",
                    refusal(offer(kOldestHandOverVersion - 1)).c_str());
}

TEST(HandOverOffer, IsRefusedWhereverItIsCutOrLonger) {
    const std::string whole = offer(kHandOverVersion);
    for (std::size_t size = 0; size < whole.size(); size++)
        STRCMP_EQUAL("offer malformed", refusal(whole.substr(0, size)).c_str());
    STRCMP_EQUAL("offer malformed", refusal(whole + "x").c_str());
}
