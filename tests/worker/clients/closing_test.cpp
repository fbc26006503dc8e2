// SPDX-License-Identifier: MIT
#include "worker/clients/closing.h"

#include "CppUTest/TestHarness.h"

using namespace pregon;

namespace {
constexpr bool kSomethingWaits = true, kNothingWaits = false;
} // namespace

TEST_GROUP(Closing) {
    Closing closing;
};

TEST(Closing, OursIsAnsweredAndTheSendingSideShutOnce) {
    CHECK_TRUE(closing.begin());
    CHECK_FALSE(closing.begin());
    CHECK_FALSE(closing.lingers(kNothingWaits)); // theirs has not come
    closing.peerClosed();
    CHECK_FALSE(closing.lingers(kSomethingWaits)); // ours is not out yet
    CHECK_TRUE(closing.lingers(kNothingWaits));
    CHECK_FALSE(closing.lingers(kNothingWaits));
    CHECK_TRUE(closing.isDeaf());
    CHECK_TRUE(closing.hasBegun());
    POINTERS_EQUAL(nullptr, closing.theirs());
}

TEST(Closing, ThePeersReasonIsKeptWhereItCameFirst) {
    closing.peerClosedFirst({1001, "going away"});
    CHECK_TRUE(closing.peerHasClosed());
    LONGS_EQUAL(1001, closing.theirs()->code);
    STRCMP_EQUAL("going away", closing.theirs()->text.c_str());
    closing.begin(); // the echo
    CHECK_TRUE(closing.lingers(kNothingWaits));
}

TEST(Closing, APeerThatBreaksTheProtocolIsNotWaitedFor) {
    closing.failed();
    closing.begin();
    CHECK_TRUE(closing.isDeaf());
    CHECK_TRUE(closing.lingers(kNothingWaits));
}

TEST(Closing, AfterAnHttpAnswerNothingMatters) {
    CHECK_TRUE(closing.lingersAfterAnswer());
    CHECK_FALSE(closing.lingersAfterAnswer());
    CHECK_TRUE(closing.isDeaf());
    CHECK_FALSE(closing.hasBegun());
}

TEST(Closing, ADeadlineEndsItFromAnyState) {
    closing.over();
    CHECK_TRUE(closing.isOver());
}

TEST(Closing, GoesOnWhereAnotherWorkerStood) {
    closing.resume(false, true);
    closing.begin();
    CHECK_TRUE(closing.lingers(kNothingWaits));
}
