// SPDX-License-Identifier: MIT
#include "worker/channels/membership.h"

#include "tests/worker/test_client.h"
#include "worker/protocol/pusher_protocol.h"

#include <memory>
#include <string>
#include <vector>

#include "CppUTest/TestHarness.h"

using namespace pregon;
using namespace pregon::workertest;

TEST_GROUP(Membership) {
    TestWorld world;
    TestClient ana{world, "1.1"}, anasTab{world, "1.2"}, ben{world, "2.1"}, visitor{world, "3.1"};

    /// What a client heard, without what is the same in all: `member_added 8`,
    /// `succeeded 7,8`, `succeeded`.
    static std::string news(TestClient & client) {
        std::string text = client.heard(), out;
        for (std::size_t end; !text.empty(); text.erase(0, end + 1)) {
            end = std::min(text.find('\n'), text.size());
            const std::string line = text.substr(0, end);
            out += (out.empty() ? "" : " | ");
            if (line.find("member_") != std::string::npos)
                out += line.substr(line.find("member_"), line.find("\",") - line.find("member_")) +
                       " " + between(line, R"(\"user_id\":\")", "\\\"");
            else
                out += "succeeded " + between(line, R"(\"ids\":[)", "]");
        }
        return out;
    }
    static std::string between(const std::string &text, const std::string &start, const char *end) {
        const std::size_t at = text.find(start);
        if (at == std::string::npos)
            return "";
        const std::size_t from = at + start.size();
        return text.substr(from, text.find(end, from) - from);
    }
    void joinRoom(TestClient & client, const char *userId, const char *info = "") {
        client.join("presence-room", {userId, info});
    }
    void forget() {
        for (TestClient *client : {&ana, &anasTab, &ben, &visitor})
            (void)client->heard();
    }
};

TEST(Membership, SaysSuccessToTheJoinerAlone) {
    ana.join("news");
    ben.join("news");

    STRCMP_EQUAL(PusherProtocol::subscriptionSucceeded("news").c_str(), ana.heard().c_str());
    LONGS_EQUAL(2, world.example().channels().find("news")->subscriberCount());
}

TEST(Membership, SaysSuccessAgainToARepeatedSubscribe) {
    ana.join("news");
    (void)ana.heard();
    ana.join("news");

    STRCMP_EQUAL(PusherProtocol::subscriptionSucceeded("news").c_str(), ana.heard().c_str());
    LONGS_EQUAL(1, ana.subscriptions.size());
}

TEST(Membership, TellsTheOthersOfANewMemberAndTheMemberOfAll) {
    joinRoom(ana, "7");
    joinRoom(ben, "8");

    STRCMP_EQUAL(R"(succeeded \"7\" | member_added 8)", news(ana).c_str());
    STRCMP_EQUAL(R"(succeeded \"7\",\"8\")", news(ben).c_str());
}

TEST(Membership, IsAnnouncedOncePerUser) {
    joinRoom(ana, "7");
    joinRoom(ben, "8");
    forget();
    joinRoom(anasTab, "7");

    STRCMP_EQUAL("", news(ana).c_str());
    STRCMP_EQUAL("", news(ben).c_str());
    STRCMP_EQUAL(R"(succeeded \"7\",\"8\")", news(anasTab).c_str());
}

TEST(Membership, EndsWithTheLastConnectionOfAUser) {
    joinRoom(ana, "7");
    joinRoom(anasTab, "7");
    joinRoom(ben, "8");
    forget();

    Membership::leave(ana, "presence-room");
    STRCMP_EQUAL("", news(ben).c_str());
    Membership::leaveAll(anasTab);
    STRCMP_EQUAL("member_removed 7", news(ben).c_str());
    STRCMP_EQUAL("", news(anasTab).c_str());
}

TEST(Membership, LeavingTwiceOrUninvitedHasNoEffect) {
    joinRoom(ana, "7");
    joinRoom(ben, "8");
    forget();
    Membership::leave(visitor, "presence-room");
    Membership::leave(ana, "unknown");
    Membership::leave(ana, "presence-room");
    Membership::leave(ana, "presence-room");

    STRCMP_EQUAL("member_removed 7", news(ben).c_str());
}

TEST(Membership, RepeatedSubscribeOfTheSameMemberIsSilentToOthers) {
    joinRoom(ana, "7", "1");
    joinRoom(ben, "8");
    forget();
    joinRoom(ana, "7", "2");

    STRCMP_EQUAL("", news(ben).c_str());
    CHECK_TRUE(ana.heard().find(R"(\"7\":2,\"8\":null)") != std::string::npos);
}

TEST(Membership, AnotherUserOnRepeatedSubscribeLeavesAndJoins) { // spec §5.2
    joinRoom(ana, "7");
    joinRoom(ben, "8");
    forget();
    joinRoom(ana, "9");

    STRCMP_EQUAL("member_removed 7 | member_added 9", news(ben).c_str());
    STRCMP_EQUAL(R"(succeeded \"8\",\"9\")", news(ana).c_str());
    LONGS_EQUAL(1, ana.subscriptions.size());
}

TEST(Membership, AnotherUserOnRepeatedSubscribeKeepsTheUsersOtherTab) {
    joinRoom(ana, "7");
    joinRoom(anasTab, "7");
    joinRoom(ben, "8");
    forget();
    joinRoom(ana, "8");

    STRCMP_EQUAL("", news(ben).c_str());
    STRCMP_EQUAL(R"(succeeded \"7\",\"8\")", news(ana).c_str());
}

TEST(Membership, LeavesEveryChannel) {
    for (const char *name : {"a", "b", "presence-c", "d"})
        world.example().channels().subscribe(ana, name);
    world.example().channels().subscribe(ben, "b");
    Membership::leaveAll(ana);

    LONGS_EQUAL(0, ana.subscriptions.size());
    LONGS_EQUAL(1, world.example().channels().channelCount());
}

TEST(Membership, ReplaysWhatTheChannelRemembers) { // spec §6
    for (const char *name : {"cache-a", "private-cache-a", "private-encrypted-cache-a"}) {
        world.example().cache().store(name, {R"("e")", R"("d")", world.clock.milliseconds() + 1},
                                      10, world.clock.milliseconds());
        const std::string expected = PusherProtocol::subscriptionSucceeded(name) + "\n" +
                                     PusherProtocol::channelEvent(name, R"("e")", R"("d")");
        ana.join(name);
        STRCMP_EQUAL(expected.c_str(), ana.heard().c_str());
        ana.join(name); // again upon a repeated subscribe
        STRCMP_EQUAL(expected.c_str(), ana.heard().c_str());
    }
}

TEST(Membership, ReplaysToTheJoinerAlone) {
    ben.join("cache-a");
    world.example().cache().store("cache-a", {R"("e")", R"("d")", world.clock.milliseconds() + 1},
                                  10, world.clock.milliseconds());
    (void)ben.heard();
    ana.join("cache-a");

    STRCMP_EQUAL("", ben.heard().c_str());
}

TEST(Membership, ReplaysBehindThePresenceList) { // spec §6
    const std::int64_t now = world.clock.milliseconds();
    world.example().cache().store("presence-cache-a", {R"("e")", R"("d")", now + 1}, 10, now);
    ana.join("presence-cache-a", {"7", ""});

    const std::string heard = ana.heard();
    CHECK_TRUE(heard.starts_with(R"({"event":"pusher_internal:subscription_succeeded")"));
    CHECK_TRUE(heard.ends_with(R"({"event":"e","data":"d","channel":"presence-cache-a"})"));
}

TEST(Membership, SaysThatNothingIsRemembered) { // spec §6
    const std::int64_t now = world.clock.milliseconds();
    world.example().cache().store("cache-a", {R"("e")", R"("d")", now + 1000}, 10, now);
    world.clock.advance(1000);
    ana.join("cache-a");

    STRCMP_EQUAL((PusherProtocol::subscriptionSucceeded("cache-a") + "\n" +
                  R"({"event":"pusher:cache_miss","channel":"cache-a","data":"{}"})")
                     .c_str(),
                 ana.heard().c_str());
    STRCMP_EQUAL("occupied cache-a | missed cache-a", world.events.take().c_str());
}

TEST(Membership, OtherChannelsRememberNothing) {
    const std::int64_t now = world.clock.milliseconds();
    for (const char *name : {"news", "my-cache-a", "cache", "private-a"}) {
        world.example().cache().store(name, {R"("e")", R"("d")", now + 1}, 10, now);
        ana.join(name);
        STRCMP_EQUAL(PusherProtocol::subscriptionSucceeded(name).c_str(), ana.heard().c_str());
    }
}

TEST(Membership, IsNotRememberedItself) { // spec §6: no internal events
    ana.join("presence-cache-a", {"7", ""});
    ben.join("presence-cache-a", {"8", ""});
    Membership::leaveAll(ana);

    LONGS_EQUAL(0, world.example().cache().size());
}

// What webhooks will tell, spec pusher-http-api §7.2.

TEST(Membership, ReportsTheFirstAndTheLastSubscriber) {
    ana.join("news");
    ben.join("news");
    ana.join("news");
    STRCMP_EQUAL("occupied news", world.events.take().c_str());
    Membership::leave(ana, "news");
    Membership::leave(ana, "news");
    STRCMP_EQUAL("", world.events.take().c_str());
    Membership::leaveAll(ben);
    STRCMP_EQUAL("vacated news", world.events.take().c_str());
}

TEST(Membership, ReportsTheFirstAndTheLastConnectionOfAMember) {
    joinRoom(ana, "7");
    joinRoom(anasTab, "7");
    joinRoom(ben, "8");
    STRCMP_EQUAL("occupied presence-room | added presence-room 7 | added presence-room 8",
                 world.events.take().c_str());
    Membership::leaveAll(ana);
    Membership::leaveAll(ben);
    STRCMP_EQUAL("removed presence-room 8", world.events.take().c_str());
    Membership::leaveAll(anasTab);
    STRCMP_EQUAL("removed presence-room 7 | vacated presence-room", world.events.take().c_str());
}

TEST(Membership, ReportsAMemberThatBecomesAnother) {
    joinRoom(ana, "7");
    (void)world.events.take();
    joinRoom(ana, "8");

    STRCMP_EQUAL("removed presence-room 7 | added presence-room 8", world.events.take().c_str());
}

TEST(Membership, WhoJoinsALargePresenceChannelIsNotClosedByItsOwnList) {
    world.outbound.maxQueuedBytes = 4096;
    std::vector<std::unique_ptr<TestClient>> others;
    const auto member = [](int number) {
        return Member{std::to_string(number), "\"" + std::string(1000, 'x') + "\""};
    };
    for (int i = 0; i < 10; i++) {
        others.push_back(std::make_unique<TestClient>(world, std::to_string(100 + i) + ".1"));
        others.back()->join("presence-team", member(i));
        others.back()->heard();
    }
    TestClient reader(world, "99.1");
    reader.join("presence-team", member(99));
    CHECK_TRUE(reader.queuedBytes() > world.outbound.maxQueuedBytes);
    reader.setBlocked(true);
    others.front()->join("presence-team", member(1000)); // one leaves, one comes

    POINTERS_EQUAL(nullptr, reader.closing());
}
