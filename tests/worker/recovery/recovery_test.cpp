// SPDX-License-Identifier: MIT
#include "tests/worker/recovery/recovery_world.h"

#include <cstdlib>

#include "CppUTest/TestHarness.h"

using namespace pregon;
using namespace pregon::workertest;

TEST_GROUP(Recovery) {
    RecoveryWorld world;
    std::string token = tokenMadeAt(world.clock.milliseconds(), "page");

    Page open(const std::string &socketId = "1.1") {
        return Page(world, token, socketId);
    }
    /// A page that was on `channel` and is away now, with nothing left to handle.
    void leaveFrom(const std::string &channel) {
        Page page(world, token);
        page.subscribe(channel);
    }
};

TEST(Recovery, TellsNothingToAPageThatWasMadeJustNow) {
    Page page(world, token);
    page.subscribe("news");
    STRCMP_EQUAL("", page.heard().c_str());
}

TEST(Recovery, ReplaysWhatWasMissedInOrder) {
    leaveFrom("news");
    world.publish("news", "one");
    world.publish("other", "none of its");
    world.publish("news", "two");

    Page back(world, token, "1.2");
    back.subscribe("news");
    STRCMP_EQUAL("replay news 2\none\ntwo\nping", back.heard().c_str());
}

TEST(Recovery, TellsNothingWhereNothingWasMissed) {
    leaveFrom("news");
    Page back(world, token);
    back.subscribe("news");
    STRCMP_EQUAL("", back.heard().c_str());
}

TEST(Recovery, ReplaysAgainWhatNoPongProvesToBeHandled) {
    {
        Page page(world, token);
        page.subscribe("news");
        publishTo(world, {&page}, "news", "one");
        STRCMP_EQUAL("one\nping", page.handle().c_str());
        publishTo(world, {&page}, "news", "two");
        world.pass(6);
        STRCMP_EQUAL("two\nping", page.heard().c_str());
    }
    Page back(world, token);
    back.subscribe("news");
    STRCMP_EQUAL("replay news 1\ntwo\nping", back.heard().c_str());
}

TEST(Recovery, PingsBehindAnEventAndAtMostEveryFiveSeconds) {
    Page page(world, token);
    page.subscribe("news");
    publishTo(world, {&page}, "news", "one");
    publishTo(world, {&page}, "news", "two");
    STRCMP_EQUAL("one\nping\ntwo", page.handle().c_str());
    world.pass(3);
    publishTo(world, {&page}, "news", "three");
    STRCMP_EQUAL("three", page.handle().c_str());
    world.pass(3);
    STRCMP_EQUAL("ping", page.handle().c_str()); // though no event follows
    world.pass(60);
    STRCMP_EQUAL("", page.handle().c_str()); // nothing is left to prove
}

TEST(Recovery, SendsNoSecondPingWhileOneIsUnanswered) {
    Page page(world, token);
    page.subscribe("news");
    for (int i = 0; i < 30; i++) {
        publishTo(world, {&page}, "news", "event");
        world.pass(1);
    }
    const std::string heard = page.heard();
    LONGS_EQUAL(heard.find("ping"), heard.rfind("ping"));
}

TEST(Recovery, TellsAGapWhereTheRingDoesNotReachBack) {
    world.change(&RecoveryLimits::events, 2);
    leaveFrom("news");
    for (const char *text : {"one", "two", "three"})
        world.publish("news", text);
    Page back(world, token);
    back.subscribe("news");
    STRCMP_EQUAL("gap news evicted\nping", back.heard().c_str());
}

TEST(Recovery, TellsAGapAgainUntilItIsHandled) {
    leaveFrom("news");
    world.recovery->breakRing("news");
    {
        Page back(world, token);
        back.subscribe("news");
    }
    {
        Page again(world, token);
        again.subscribe("news");
        STRCMP_EQUAL("gap news evicted\nping", again.handle().c_str());
    }
    Page settled(world, token);
    settled.subscribe("news");
    STRCMP_EQUAL("", settled.heard().c_str());
}

TEST(Recovery, TellsAnUnknownTokenOnEachChannel) {
    world.pass(60);
    Page old(world, tokenMadeAt(world.clock.milliseconds() - 20'000, "old"));
    old.subscribe("news");
    old.subscribe("other");
    STRCMP_EQUAL("gap news expired\nping\ngap other expired", old.heard().c_str());
}

TEST(Recovery, TellsATokenThatIsOlderThanTheWorker) {
    Page old(world, tokenMadeAt(world.clock.milliseconds() - 20'500, "old"));
    old.subscribe("news");
    STRCMP_EQUAL("gap news restarted\nping", old.heard().c_str());
}

TEST(Recovery, TellsATokenFromAnotherTime) {
    Page early(world, tokenMadeAt(world.clock.milliseconds() + 11'000, "early"));
    early.subscribe("news");
    STRCMP_EQUAL("gap news expired\nping", early.heard().c_str());
}

TEST(Recovery, ForgetsAStateAfterItsTime) {
    leaveFrom("news");
    CHECK_EQUAL(1u, world.pool->figures.retained);
    world.pass(122);
    CHECK_EQUAL(0u, world.pool->figures.retained);
    CHECK_EQUAL(0u, world.pool->figures.rings);
    Page back(world, token);
    back.subscribe("news");
    STRCMP_EQUAL("gap news expired\nping", back.heard().c_str());
}

TEST(Recovery, DropsEventsAfterTheirTime) {
    Page page(world, token);
    page.subscribe("news");
    publishTo(world, {&page}, "news", "one");
    world.pass(125);
    CHECK_EQUAL(0u, world.pool->figures.ringBytes);
}

TEST(Recovery, TakesOverFromAConnectionThatIsStillOpen) {
    Page halfOpen(world, token, "1.1");
    halfOpen.subscribe("news");
    world.publish("news", "lost");

    Page back(world, token, "1.2");
    back.subscribe("news");
    STRCMP_EQUAL("replay news 1\nlost\nping", back.handle().c_str());
    halfOpen.end();
    world.publish("news", "live");
    Page third(world, token, "1.3");
    third.subscribe("news");
    STRCMP_EQUAL("replay news 1\nlive\nping", third.handle().c_str());
}

TEST(Recovery, ClosesTheOlderOfTwoPredecessors) {
    Page first(world, token), second(world, token), third(world, token);
    CHECK_TRUE(first.isClosed);
    CHECK_FALSE(second.isClosed);
}

TEST(Recovery, HandsOnWhatADroppedSuccessorHasNotSubscribed) {
    {
        Page page(world, token);
        page.subscribe("a");
        page.subscribe("b");
    }
    world.publish("a", "a1");
    world.publish("b", "b1");
    { Page flapping(world, token); }
    {
        Page half(world, token);
        half.subscribe("a");
        half.handle();
    }
    Page back(world, token);
    back.subscribe("a");
    back.subscribe("b");
    STRCMP_EQUAL("replay b 1\nb1\nping", back.heard().c_str());
}

TEST(Recovery, ReplaysFiveTimesInARowToAPageThatProvesNothing) {
    leaveFrom("news");
    world.publish("news", "one");
    for (int i = 0; i < 5; i++) {
        Page dropping(world, token);
        CHECK_TRUE(dropping.subscribe("news") == Recovery::Told::Replay);
    }
    Page sixth(world, token);
    sixth.subscribe("news");
    STRCMP_EQUAL("gap news evicted\nping", sixth.handle().c_str());
}

TEST(Recovery, CountsReplaysAnewAfterAPong) {
    leaveFrom("news");
    for (int i = 0; i < 9; i++) {
        world.publish("news", "event");
        Page page(world, token);
        CHECK_TRUE(page.subscribe("news") == Recovery::Told::Replay);
        page.handle();
    }
}

TEST(Recovery, LeavesOutWhatThePageHasSentItself) {
    {
        Page page(world, token, "7.1");
        page.subscribe("news");
    }
    world.publish("news", "its own", "7.1");
    world.publish("news", "another's", "8.1");
    for (const char *socket : {"7.2", "7.3", "7.4"})
        Page(world, token, socket).subscribe("news");
    Page back(world, token, "7.5");
    back.subscribe("news");
    // 7.1 is the fifth last
    STRCMP_EQUAL("replay news 2\nits own\nanother's\nping", back.heard().c_str());
}

TEST(Recovery, LeavesOutWhatWasSentByOneOfItsLastFourSockets) {
    {
        Page page(world, token, "7.1");
        page.subscribe("news");
    }
    world.publish("news", "its own", "7.1");
    { Page(world, token, "7.2"); }
    Page back(world, token, "7.3");
    CHECK_TRUE(back.subscribe("news") == Recovery::Told::Nothing);
}

TEST(Recovery, GivesAPresenceChannelBackToTheSameUserAlone) {
    for (const char *user : {"7", "8"}) {
        {
            Page page(world, token);
            page.subscribe("presence-room", "7");
            page.handle();
        }
        world.publish("presence-room", "said");
        Page back(world, token);
        back.subscribe("presence-room", user);
        STRCMP_EQUAL(std::string(user) == "7" ? "replay presence-room 1\nsaid\nping"
                                              : "gap presence-room user\nping",
                     back.handle().c_str());
    }
}

TEST(Recovery, GivesAUsersEventsBackAtSignIn) {
    {
        Page page(world, token);
        world.recovery->signedIn(page, "7");
    }
    world.publish("#server-to-user-7", "notice");
    {
        Page back(world, token);
        world.recovery->signedIn(back, "7");
        STRCMP_EQUAL("replay #server-to-user-7 1\nnotice\nping", back.handle().c_str());
    }
    Page other(world, token);
    world.recovery->signedIn(other, "8");
    STRCMP_EQUAL("gap #server-to-user-8 user\nping", other.heard().c_str());
}

TEST(Recovery, ForgetsAChannelThatThePageLeaves) {
    Page page(world, token);
    page.subscribe("news");
    page.unsubscribe("news");
    CHECK_EQUAL(0u, world.pool->figures.rings);
    world.publish("news", "unseen");
    page.subscribe("news");
    STRCMP_EQUAL("", page.heard().c_str());
}

TEST(Recovery, TellsAGapWhereAReplayWouldNotFit) {
    leaveFrom("news");
    world.publish("news", "event");
    Page back(world, token);
    back.room = 3;
    back.subscribe("news");
    STRCMP_EQUAL("gap news evicted\nping", back.heard().c_str());
}

TEST(Recovery, FindsATokenThatTwoPagesUse) {
    Page one(world, token), two(world, token);
    one.subscribe("a");
    two.subscribe("b");
    world.pass(3);
    one.frames.clear();
    world.recovery->spoke(one);
    STRCMP_EQUAL("gap a shared", one.heard().c_str());
    STRCMP_EQUAL("gap b shared", two.heard().c_str());
    CHECK_EQUAL(1u, world.pool->figures.sharedTokens);
    Page three(world, token);
    three.subscribe("a");
    STRCMP_EQUAL("gap a shared", three.heard().c_str());
}

TEST(Recovery, TakesThePongToItsPingForLifeAndNoOlderOne) {
    Page one(world, token);
    one.subscribe("a");
    publishTo(world, {&one}, "a", "event"); // and a ping
    Page two(world, token);                 // another ping
    world.recovery->ponged(one);
    CHECK_EQUAL(0u, world.pool->figures.sharedTokens);
    world.recovery->ponged(one);
    CHECK_EQUAL(1u, world.pool->figures.sharedTokens);
}

TEST(Recovery, TakesWhatWasUnderWayForNoLife) {
    Page one(world, token);
    one.subscribe("a");
    Page two(world, token);
    world.recovery->spoke(one);
    CHECK_EQUAL(0u, world.pool->figures.sharedTokens);
}

TEST(Recovery, FindsASharedTokenWhenTheSecondPageHasGone) {
    Page one(world, token);
    one.subscribe("a");
    { Page two(world, token); }
    world.pass(3);
    one.frames.clear();
    world.recovery->spoke(one);
    STRCMP_EQUAL("gap a shared", one.heard().c_str());
}

TEST(Recovery, ForgetsThatATokenWasSharedAfterBothHaveEnded) {
    {
        Page one(world, token), two(world, token);
        world.pass(3);
        world.recovery->spoke(one);
    }
    world.pass(60);
    {
        Page soon(world, token);
        soon.subscribe("a");
        STRCMP_EQUAL("gap a shared", soon.heard().c_str());
    }
    world.pass(122);
    Page later(world, token);
    later.subscribe("a");
    STRCMP_EQUAL("gap a expired\nping", later.heard().c_str());
}

TEST(Recovery, ForgetsAUserOnPurpose) {
    {
        Page page(world, token);
        page.subscribe("presence-room", "7");
    }
    world.recovery->forgetUser("8");
    CHECK_EQUAL(1u, world.pool->figures.retained);
    world.recovery->forgetUser("7");
    CHECK_EQUAL(0u, world.pool->figures.retained);
    Page back(world, token); // made just now, but before that
    back.subscribe("presence-room", "7");
    STRCMP_EQUAL("gap presence-room expired\nping", back.heard().c_str());
}

TEST(Recovery, RetainsNothingOfAUserWhoWasForgottenWhileConnected) {
    Page page(world, token);
    page.subscribe("presence-room", "7");
    world.recovery->forgetUser("7");
    page.end();
    CHECK_EQUAL(0u, world.pool->figures.retained);
    CHECK_EQUAL(0u, world.pool->figures.rings);
}

TEST(Recovery, TellsWhoeverComesBackAfterABreak) {
    Page page(world, token);
    page.subscribe("news");
    page.handle();
    page.end();
    world.recovery->breakRings();
    Page back(world, token);
    back.subscribe("news");
    STRCMP_EQUAL("gap news evicted\nping", back.heard().c_str());
}

TEST(Recovery, HoldsItsBoundOfBytesWhateverComes) {
    constexpr std::size_t kBytes = 100'000;
    world.change(&RecoveryLimits::bytes, kBytes);
    Page listener(world, token);
    for (int i = 0; i < 50; i++)
        listener.subscribe("channel-" + std::to_string(i));
    const int steps = std::getenv("PREGON_MODEL_STEPS") != nullptr ? 1'000'000 : 5'000;
    for (int i = 0; i < steps; i++) {
        world.publish("channel-" + std::to_string(i % 50), std::string(100, 'x'));
        Page page(world, tokenMadeAt(world.clock.milliseconds(), std::to_string(i)));
        page.address = "192.0.2." + std::to_string(i % 250);
        page.subscribe("channel-1");
        page.end();
        CHECK_TRUE(world.pool->figures.ringBytes + world.pool->figures.retainedBytes <= kBytes);
    }
    CHECK_TRUE(world.pool->figures.retained > 10);
    CHECK_TRUE(world.pool->figures.ringBytes > 10'000);
}

TEST(Recovery, TakesTheRoomOfTheAddressThatHoldsMost) {
    world.change(&RecoveryLimits::tokens, 10);
    const auto leave = [&](const std::string &name, const std::string &address) {
        Page page(world, tokenMadeAt(world.clock.milliseconds(), name));
        page.address = address;
        page.subscribe("news");
        page.end();
    };
    leave("quiet", "2001:db8:1::1");
    for (int i = 0; i < 100; i++)
        leave("greedy" + std::to_string(i), "2001:db8:2:3::" + std::to_string(i));

    CHECK_EQUAL(10u, world.pool->figures.retained);
    world.publish("news", "event");
    Page back(world, tokenMadeAt(world.clock.milliseconds(), "quiet"));
    CHECK_TRUE(back.subscribe("news") == Recovery::Told::Replay);
}

TEST(Recovery, TellsAPageWhoseStateHadToGo) {
    world.change(&RecoveryLimits::tokens, 1);
    leaveFrom("news");
    world.publish("news", "event");
    { Page other(world, tokenMadeAt(world.clock.milliseconds(), "other")); }
    Page back(world, token); // its stamp is fresh
    back.subscribe("news");
    STRCMP_EQUAL("gap news expired\nping", back.heard().c_str());
}

TEST(Recovery, SharesTheFramesOfFanOut) {
    leaveFrom("news");
    const Frame frame = textFrame(std::string(1000, 'x'));
    const std::size_t before = Frame::memory();
    world.recovery->published("news", frame, {});
    CHECK_EQUAL(before, Frame::memory());
    CHECK_EQUAL(frame.cost(), world.pool->figures.frameBytes);
}

TEST(Recovery, KeepsNothingWhereNobodyComesBack) {
    world.publish("news", "event");
    CHECK_FALSE(world.recovery->wants("news"));
    CHECK_EQUAL(0u, world.pool->figures.rings);
}

TEST(Recovery, TellsEveryPageThatComesBackWhereItIsOff) {
    world.change(&RecoveryLimits::isOn, false);
    {
        Page page(world, token);
        page.subscribe("news");
        world.publish("news", "event");
        STRCMP_EQUAL("", page.heard().c_str());
    }
    CHECK_EQUAL(0u, world.pool->figures.rings);
    CHECK_EQUAL(0u, world.pool->figures.retained);
    world.pass(11);
    Page back(world, token);
    back.subscribe("news");
    STRCMP_EQUAL("gap news expired", back.heard().c_str());
}
