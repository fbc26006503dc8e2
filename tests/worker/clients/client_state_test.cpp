// SPDX-License-Identifier: MIT
#include "worker/clients/client_state.h"

#include "tests/worker/test_client.h"
#include "worker/channels/app_state.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace pregon;
using namespace pregon::workertest;

TEST_GROUP(ClientState) {
    TestWorld before, after;
    TestClient old{before, "1.1"};

    /// Of one that has been sent everything.
    ClientState stateOf(TestClient & connection) {
        (void)connection.heard();
        return fullStateOf(connection);
    }
    ClientState fullStateOf(const Connection &connection) {
        ClientState state;
        describeConnection(connection, numbers, state);
        for (const std::string &frame : numbers.takeFresh())
            frames.emplace_back(frame);
        return sentOver(state);
    }
    void restore(Connection & connection, const ClientState &state) {
        restoreConnection(connection, state, frames);
    }
    FrameNumbers numbers;
    std::vector<Frame> frames; ///< as the other has them
    void handOverApp() {
        restoreApp(sentOver(describeApp(before.example())), after.example(), after.applications,
                   after.clock.milliseconds());
    }
};

TEST(ClientState, KeepsWhatAConnectionHasJoined) {
    old.join("b");
    old.join("private-a");
    TestClient heir(after, "1.1");
    restore(heir, stateOf(old));

    LONGS_EQUAL(2, heir.subscriptions.size());
    STRCMP_EQUAL("b", (*heir.subscriptions.begin()).channel.name().c_str());
    CHECK_TRUE(after.example().channels().isSubscribed(heir, "private-a"));
    CHECK_TRUE(after.events.take().empty());
}

TEST(ClientState, KeepsWhatWaitsFromTheByteOnThatTheKernelHasNot) {
    const Frame first = textFrame("first"), second = textFrame("second");
    old.send(first);
    old.send(second);
    old.consume(3);
    TestClient heir(after, "1.1");
    restore(heir, fullStateOf(old));

    LONGS_EQUAL(2, heir.queue().size());
    LONGS_EQUAL(3, heir.sentOfFirst());
    LONGS_EQUAL(old.queuedBytes(), heir.queuedBytes());
    LONGS_EQUAL(old.queuedBytes(), after.outbound.queuedBytes);
    CHECK_FALSE(after.dirty.isEmpty());
    STRCMP_EQUAL("first\nsecond", heir.heard().c_str());
}

TEST(ClientState, FramesOfSeveralClientsGoOverOnce) {
    TestClient ben(before, "2.2");
    old.join("news");
    ben.join("news");
    (void)old.heard();
    (void)ben.heard();
    before.example().channels().find("news")->publish(textFrame("to both"));
    old.send(textFrame("to one"));
    TestClient first(after, "1.1"), second(after, "2.2");
    restore(first, fullStateOf(old));
    restore(second, fullStateOf(ben));

    LONGS_EQUAL(2, frames.size());
    CHECK_TRUE(first.queue()[0] == second.queue()[0]); // the same memory
    STRCMP_EQUAL("to both\nto one", first.heard().c_str());
    STRCMP_EQUAL("to both", second.heard().c_str());
}

TEST(ClientState, KeepsACloseThatIsUnderWay) {
    old.close(4200, "later");
    TestClient heir(after, "1.1");
    restore(heir, fullStateOf(old));

    LONGS_EQUAL(4200, heir.closing()->code);
    STRCMP_EQUAL("later", heir.closing()->text.c_str());
    LONGS_EQUAL(1, heir.queue().size());
    heir.send(textFrame("nothing more"));
    LONGS_EQUAL(1, heir.queue().size());
}

TEST(ClientState, KeepsWhoHasSignedInAndWhomTheyWatch) {
    before.set(&App::watchlist, true);
    after.set(&App::watchlist, true);
    CHECK_TRUE(old.signIn(R"({"id":"7","user_info":{"name":"Ana"},"watchlist":["8"]})"));
    TestClient heir(after, "1.1");
    restore(heir, stateOf(old));

    STRCMP_EQUAL("7", heir.user->id.c_str());
    STRCMP_EQUAL(R"({"name":"Ana"})", heir.user->userInfoJson.c_str());
    CHECK_TRUE(heir.isAuthorized());
    CHECK_TRUE(after.example().users().isOnline("7"));
    LONGS_EQUAL(1, after.example().users().watchersOf("8").size());
    STRCMP_EQUAL("", heir.heard().c_str());
}

TEST(ClientState, KeepsItsLimits) {
    old.refusals = 3;
    old.refusalsInRow = 2;
    old.notePing();
    old.noteMessage();
    for (int i = 0; i < 5; i++)
        CHECK_TRUE(old.messageLimiter.take(1000, 5, 60));
    for (int i = 0; i < 10; i++)
        CHECK_TRUE(old.clientEventLimiter.take(1000, 10));
    TestClient heir(after, "1.1");
    restore(heir, stateOf(old));

    LONGS_EQUAL(3, heir.refusals);
    LONGS_EQUAL(2, heir.refusalsInRow);
    CHECK_TRUE(heir.sendsPings() && heir.hasSpoken());
    CHECK_FALSE(heir.messageLimiter.take(1000, 5, 60));
    CHECK_FALSE(heir.clientEventLimiter.take(1000, 10));
}

TEST(ClientState, MembersStayInTheirOrder) {
    TestClient ben(before, "2.2"), anasOther(before, "3.3");
    old.join("presence-room", {"ana", R"({"n":1})"});
    ben.join("presence-room", {"ben", ""});
    anasOther.join("presence-room", {"ana", R"({"n":3})"});
    const std::string ids =
        before.example().channels().find("presence-room")->presence()->lists().ids;

    TestClient third(after, "3.3"), second(after, "2.2"), first(after, "1.1");
    restore(third, stateOf(anasOther));
    restore(second, stateOf(ben));
    restore(first, stateOf(old));
    handOverApp();

    const Presence &presence = *after.example().channels().find("presence-room")->presence();
    STRCMP_EQUAL(ids.c_str(), presence.lists().ids.c_str());
    STRCMP_EQUAL(R"("ana":{"n":1},"ben":null)", presence.lists().hash.c_str());
    POINTERS_EQUAL(&first, presence.connectionsOf("ana")[0]);
    POINTERS_EQUAL(&third, presence.connectionsOf("ana")[1]);
    STRCMP_EQUAL("", first.heard().c_str());
    CHECK_TRUE(after.events.take().empty());
}

TEST(ClientState, AMemberWhoHasGoneMeanwhileIsPassedOver) {
    TestClient ben(before, "2.2");
    old.join("presence-room", {"ana", ""});
    ben.join("presence-room", {"ben", ""});
    TestClient second(after, "2.2");
    restore(second, stateOf(ben));
    handOverApp();

    const Presence &presence = *after.example().channels().find("presence-room")->presence();
    LONGS_EQUAL(1, presence.userCount());
    CHECK_TRUE(presence.hasUser("ben"));
}

TEST(ClientState, CachedEventsStayUntilTheirTime) {
    const std::int64_t now = after.clock.milliseconds();
    before.example().cache().store("cache-a", {"\"e\"", "\"d\"", now + 5}, 10, now);
    before.example().cache().store("cache-b", {"\"f\"", "\"d\"", now + 9}, 10, now);
    handOverApp();

    LONGS_EQUAL(2, after.example().cache().size());
    STRCMP_EQUAL("\"e\"", after.example().cache().find("cache-a", now + 4)->eventJson.c_str());
    POINTERS_EQUAL(nullptr, after.example().cache().find("cache-a", now + 5));
}

TEST(ClientState, CountsAreNotToldAgainBeforeTheirTime) {
    before.set(&App::subscriptionCount, true);
    after.set(&App::subscriptionCount, true);
    std::vector<std::unique_ptr<TestClient>> crowd, heirs;
    for (std::size_t i = 0; i <= SubscriptionCounts::kSmall; i++) {
        crowd.push_back(std::make_unique<TestClient>(before, "5." + std::to_string(i)));
        crowd.back()->join("many");
        heirs.push_back(std::make_unique<TestClient>(after, "5." + std::to_string(i)));
        restore(*heirs.back(), stateOf(*crowd.back()));
        heirs.back()->heard();
    }
    handOverApp();
    TestClient newcomer(after, "9.9");
    newcomer.join("many");

    STRCMP_EQUAL("", heirs.front()->heard().c_str());
    for (std::uint32_t i = 0; i < SubscriptionCounts::kSeconds; i++)
        after.example().counts().tick(after.example());
    STRCMP_CONTAINS("subscription_count", heirs.front()->heard().c_str());
}
