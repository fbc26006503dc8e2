#include "worker/hand_over_link.h"

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
