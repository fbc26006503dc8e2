// SPDX-License-Identifier: MIT
#include "worker/channels/subscription_counts.h"

#include "tests/worker/test_client.h"
#include "worker/protocol/pusher_protocol.h"

#include <memory>
#include <string>
#include <vector>

#include "CppUTest/TestHarness.h"

using namespace pregon;
using namespace pregon::workertest;

TEST_GROUP(SubscriptionCounts) {
    TestWorld world;
    TestClient ana{world, "1.1"};
    std::vector<std::unique_ptr<TestClient>> crowd;

    void setup() override {
        world.set(&App::subscriptionCount, true);
    }
    /// Lets so many more clients join the channel.
    void joinMany(std::size_t count) {
        for (std::size_t i = 0; i < count; i++) {
            crowd.push_back(
                std::make_unique<TestClient>(world, "7." + std::to_string(crowd.size())));
            crowd.back()->join("news");
        }
    }
    void pass(int seconds) {
        for (int i = 0; i < seconds; i++)
            world.example().counts().tick(world.example());
    }
    /// The counts that the client has been told: `1 2 3`.
    static std::string counts(TestClient & client) {
        const std::string text = client.heard(), key = R"(\"subscription_count\":)";
        std::string out;
        for (std::size_t at = 0; (at = text.find(key, at)) != std::string::npos;) {
            at += key.size();
            out += (out.empty() ? "" : " ") + text.substr(at, text.find('}', at) - at);
        }
        return out;
    }
};

TEST(SubscriptionCounts, FollowTheSuccessOfTheJoiner) { // spec §9
    ana.join("news");

    STRCMP_EQUAL(
        (PusherProtocol::subscriptionSucceeded("news") + "\n" +
         R"({"event":"pusher_internal:subscription_count","data":"{\"subscription_count\":1}","channel":"news"})")
            .c_str(),
        ana.heard().c_str());
}

TEST(SubscriptionCounts, AreToldUponEveryChange) {
    ana.join("news");
    joinMany(2);
    crowd.pop_back();

    STRCMP_EQUAL("1 2 3 2", counts(ana).c_str());
    STRCMP_EQUAL("2 3 2", counts(*crowd[0]).c_str());
}

TEST(SubscriptionCounts, AreNotToldAgainToARepeatedSubscribe) {
    ana.join("news");
    ana.join("news");

    STRCMP_EQUAL("1", counts(ana).c_str());
}

TEST(SubscriptionCounts, AreOffByDefault) {
    world.set(&App::subscriptionCount, false);
    ana.join("news");

    STRCMP_EQUAL("", counts(ana).c_str());
}

TEST(SubscriptionCounts, AreNotForPresenceChannels) {
    ana.join("presence-a", {"7", ""});
    TestClient ben(world, "2.1");
    ben.join("presence-a", {"8", ""});

    STRCMP_EQUAL("", counts(ana).c_str());
}

TEST(SubscriptionCounts, AreForAllOtherKinds) {
    for (const char *channel : {"private-a", "private-encrypted-a", "cache-a"}) {
        ana.join(channel);
        STRCMP_EQUAL_TEXT("1", counts(ana).c_str(), channel);
    }
}

TEST(SubscriptionCounts, AreToldEveryFiveSecondsAbove100) { // spec §9
    ana.join("news");
    joinMany(99);
    (void)counts(ana);
    joinMany(3);
    STRCMP_EQUAL("101", counts(ana).c_str());
    pass(4);
    STRCMP_EQUAL("", counts(ana).c_str());
    pass(1);
    STRCMP_EQUAL("103", counts(ana).c_str());
    joinMany(1);
    pass(4);
    STRCMP_EQUAL("", counts(ana).c_str());
    pass(1);
    STRCMP_EQUAL("104", counts(ana).c_str());
}

TEST(SubscriptionCounts, AreNotToldIfTheNumberIsTheSame) {
    ana.join("news");
    joinMany(101);
    pass(5);
    (void)counts(ana);
    joinMany(1);
    crowd.pop_back();
    pass(20);

    STRCMP_EQUAL("", counts(ana).c_str());
}

TEST(SubscriptionCounts, AreToldAtOnceAfterAQuietTime) {
    ana.join("news");
    joinMany(101);
    pass(5);
    (void)counts(ana);
    pass(5);
    joinMany(1);

    STRCMP_EQUAL("103", counts(ana).c_str());
}

TEST(SubscriptionCounts, AreToldAtOnceWhenTheChannelIsSmallAgain) {
    ana.join("news");
    joinMany(101);
    (void)counts(ana);
    crowd.pop_back();
    STRCMP_EQUAL("", counts(ana).c_str());
    crowd.pop_back();
    STRCMP_EQUAL("100", counts(ana).c_str());
}

TEST(SubscriptionCounts, OfAChannelThatHasGoneAreForgotten) {
    joinMany(101);
    crowd.clear();
    pass(10);
    ana.join("news");

    STRCMP_EQUAL("1", counts(ana).c_str());
}

TEST(SubscriptionCounts, AreReportedAsTheyAreTold) {
    ana.join("news");
    STRCMP_EQUAL("occupied news | counted news 1", world.events.take().c_str());
    Membership::leave(ana, "news");
    STRCMP_EQUAL("vacated news", world.events.take().c_str());
}

TEST(SubscriptionCounts, TellsNothingMoreOnceTheApplicationHasItOff) {
    ana.join("news");
    joinMany(SubscriptionCounts::kSmall + 5);
    (void)ana.heard();
    world.set(&App::subscriptionCount, false);
    joinMany(1);

    pass(2 * SubscriptionCounts::kSeconds);

    STRCMP_EQUAL("", counts(ana).c_str());
}

TEST(SubscriptionCounts, FlappingAroundTheLimitIsToldOnceAboveIt) {
    ana.join("news");
    joinMany(SubscriptionCounts::kSmall); // 101 with Ana
    for (int i = 0; i < 5; i++) {
        crowd.pop_back();
        joinMany(1);
    }

    const std::string told = counts(ana);
    LONGS_EQUAL(told.find("101"), told.rfind("101"));
}
