// SPDX-License-Identifier: MIT
#include "worker/ipc/channel_queries.h"

#include "tests/worker/test_client.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace pregon;
using namespace pregon::workertest;

TEST_GROUP(ChannelQueries) {
    TestWorld world;
    TestClient ana{world, "1.1"}, anasTab{world, "1.2"}, ben{world, "2.1"},
        stranger{world, world.other(), "3.1"};

    std::string channels(std::uint32_t attributes, const std::string &prefix = "") {
        return ChannelQueries::channels(world.example(), {"417702", attributes, prefix},
                                        world.clock.milliseconds());
    }
    std::string info(std::uint32_t attributes, std::vector<std::string> names) {
        return ChannelQueries::channelInfo(
            world.example(), {"417702", attributes, std::move(names)}, world.clock.milliseconds());
    }
    std::string users(const char *channel) {
        return ChannelQueries::users(world.example(), channel);
    }
    /// Two users with three connections in a presence channel.
    void fillRoom() {
        ana.join("presence-room.1", {"7", ""});
        anasTab.join("presence-room.1", {"7", ""});
        ben.join("presence-room.1", {"8", ""});
    }
};

TEST(ChannelQueries, ListTheOccupiedChannels) { // spec pusher-http-api §4, E3
    STRCMP_EQUAL(R"({"channels":{}})", channels(0).c_str());
    ana.join("news");
    stranger.join("elsewhere");

    STRCMP_EQUAL(R"({"channels":{"news":{}}})", channels(0).c_str());
}

TEST(ChannelQueries, ListByPrefix) {
    ana.join("news");
    fillRoom();

    STRCMP_EQUAL(R"({"channels":{"presence-room.1":{"user_count":2,"subscription_count":3}}})",
                 channels(kUserCount | kSubscriptionCount, "presence-").c_str());
    STRCMP_EQUAL(R"({"channels":{"news":{"subscription_count":1}}})",
                 channels(kUserCount | kSubscriptionCount, "news").c_str());
    STRCMP_EQUAL(R"({"channels":{}})", channels(0, "ews").c_str());
    STRCMP_EQUAL(R"({"channels":{"news":{"occupied":true}}})", channels(kOccupied, "n").c_str());
}

TEST(ChannelQueries, AChannelThatHasBeenLeftIsNotListed) {
    ana.join("news");
    Membership::leave(ana, "news");

    STRCMP_EQUAL(R"({"channels":{}})", channels(0).c_str());
}

TEST(ChannelQueries, AnswerForEachChannelInOrder) { // spec pusher-http-api §3.3, §4, E4
    fillRoom();
    ana.join("news");
    ben.join("news");
    ana.join("private-x");
    constexpr std::uint32_t kAll = kOccupied | kUserCount | kSubscriptionCount;
    struct {
        std::uint32_t attributes;
        std::vector<std::string> names;
        const char *expected;
    } const cases[] = {
        {0, {"news"}, "[{}]"},
        {kOccupied, {"news", "unknown"}, R"([{"occupied":true},{"occupied":false}])"},
        {kOccupied | kUserCount, {"presence-room.1"}, R"([{"occupied":true,"user_count":2}])"},
        {kAll,
         {"unknown", "presence-unknown"},
         R"([{"occupied":false,"subscription_count":0},{"occupied":false,"user_count":0,"subscription_count":0}])"},
        {kAll, {"#server-to-user-7"}, R"([{"occupied":false,"subscription_count":0}])"},
        {kUserCount,
         {"presence-room.1", "news", "private-x", "unknown"},
         R"([{"user_count":2},{},{},{}])"},
        {kSubscriptionCount,
         {"presence-room.1", "news", "private-x", "unknown"},
         R"([{"subscription_count":3},{"subscription_count":2},{"subscription_count":1},{"subscription_count":0}])"},
        {kCache, {"news", "presence-room.1"}, "[{},{}]"},
    };
    for (const auto &one : cases)
        STRCMP_EQUAL(one.expected, info(one.attributes, one.names).c_str());
}

TEST(ChannelQueries, TellWhatIsCachedAndForHowLong) { // spec pusher-http-api §3.5
    const std::int64_t now = world.clock.milliseconds();
    world.example().cache().store("cache-p", {R"("Price")", R"("{\"p\":12}")", now + 60'000}, 10,
                                  now);
    const auto cached = [&](const char *ttl) {
        return R"([{"cache":{"data":"{\"p\":12}","ttl":)" + std::string(ttl) +
               R"(,"event":"Price","channel":"cache-p"}}])";
    };

    STRCMP_EQUAL(cached("60").c_str(), info(kCache, {"cache-p"}).c_str());
    world.clock.advance(58'500);
    STRCMP_EQUAL(cached("2").c_str(), info(kCache, {"cache-p"}).c_str());
    world.clock.advance(1499);
    STRCMP_EQUAL(cached("1").c_str(), info(kCache, {"cache-p"}).c_str());
    world.clock.advance(1);
    STRCMP_EQUAL(R"([{"cache":null}])", info(kCache, {"cache-p"}).c_str());
}

TEST(ChannelQueries, TellOfAnEmptyCache) {
    ana.join("cache-p");

    STRCMP_EQUAL(R"([{"occupied":true,"subscription_count":1,"cache":null}])",
                 info(kOccupied | kSubscriptionCount | kCache, {"cache-p"}).c_str());
    STRCMP_EQUAL(R"({"channels":{"cache-p":{"cache":null}}})", channels(kCache).c_str());
}

TEST(ChannelQueries, ListTheUsersOfAPresenceChannel) { // spec pusher-http-api §4, E5
    fillRoom();
    TestClient zero(world, "4.1");
    zero.join("presence-room.1", {"0", ""});
    ana.join("news");

    STRCMP_EQUAL(R"({"users":[{"id":"7"},{"id":"8"},{"id":"0"}]})",
                 users("presence-room.1").c_str());
    STRCMP_EQUAL(R"({"users":[]})", users("presence-empty").c_str());
    STRCMP_EQUAL(R"({"users":[]})", users("news").c_str());
}
