// SPDX-License-Identifier: MIT
#include "shared/store/socket_deadline.h"

#include "shared/unix_socket.h"

#include <sys/socket.h>
#include <unistd.h>

#include "CppUTest/TestHarness.h"

using namespace pregon;
using namespace std::chrono;

TEST_GROUP(SocketDeadline) {
    UniqueFd ours, theirs;

    void setup() override {
        int pair[2];
        LONGS_EQUAL(0, ::socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
        ours.reset(pair[0]);
        theirs.reset(pair[1]);
    }
    static auto in(milliseconds time) {
        return steady_clock::now() + time;
    }
    ssize_t read() {
        char byte = 0;
        return ::read(ours.get(), &byte, 1); // for ever, of a peer that says nothing
    }
};

TEST(SocketDeadline, EndsWhatWaitsForAPeerThatSaysNothing) {
    SocketDeadline deadline(ours.get(), in(milliseconds(20)));

    LONGS_EQUAL(0, read());
    CHECK_TRUE(deadline.hasPassed());
}

TEST(SocketDeadline, EndsTheEarlierOneFirstWhicheverCameFirst) {
    int other[2];
    LONGS_EQUAL(0, ::socketpair(AF_UNIX, SOCK_STREAM, 0, other));
    const UniqueFd patient(other[0]), peer(other[1]);
    SocketDeadline later(patient.get(), in(hours(1)));
    SocketDeadline earlier(ours.get(), in(milliseconds(20)));

    LONGS_EQUAL(0, read());
    CHECK_TRUE(earlier.hasPassed());
    CHECK_FALSE(later.hasPassed());
}

TEST(SocketDeadline, LeavesAloneWhoWasAnsweredInTime) {
    LONGS_EQUAL(1, ::write(theirs.get(), "a", 1));
    {
        SocketDeadline deadline(ours.get(), in(milliseconds(300)));
        LONGS_EQUAL(1, read());
        CHECK_FALSE(deadline.hasPassed());
    }
    SocketDeadline wakesTheThread(-1, in(milliseconds(0)));
    LONGS_EQUAL(1, ::write(theirs.get(), "b", 1));
    LONGS_EQUAL(1, read());
}

TEST(SocketDeadline, IsThereForASocketThatIsWatchedAgainAndAgain) {
    for (int i = 0; i < 100; i++)
        const SocketDeadline deadline(ours.get(), in(hours(1)));
    SocketDeadline deadline(ours.get(), in(milliseconds(20)));

    LONGS_EQUAL(0, read());
    CHECK_TRUE(deadline.hasPassed());
}
