// SPDX-License-Identifier: MIT
#include "fcgi/events/channel_query.h"

#include "tests/fcgi/demo_shops.h"
#include "tests/fcgi/fake_worker.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace pregon;
using namespace pregon::fcgitest;

TEST_GROUP(ChannelQuery) {
    TemporaryFolder folder;
    FakeWorker worker{folder.file("worker.sock")};
    WorkerClient client{folder.file("worker.sock"), std::chrono::milliseconds(3000)};
};

TEST(ChannelQuery, ReadsAttributesAsBits) { // spec §3.5
    const std::pair<const char *, std::uint32_t> cases[] = {
        {"", 0},
        {"user_count", kUserCount},
        {"subscription_count", kSubscriptionCount},
        {"cache", kCache},
        {"occupied", kOccupied},
        {"user_count,subscription_count", kUserCount | kSubscriptionCount},
        {"cache,user_count,cache", kCache | kUserCount},
        {"user_count,nonsense,,occupied,", kUserCount | kOccupied},
        {" user_count , cache ", kUserCount | kCache},
        {"nonsense", 0},
        {",", 0},
        {"USER_COUNT", 0},
        {"user_counts", 0},
    };
    for (const auto &[list, bits] : cases)
        LONGS_EQUAL_TEXT(bits, channelAttributes(list), list);
}

TEST(ChannelQuery, NamesTheChannelThatIsInvalid) {
    CHECK_TRUE(checkChannelName("presence-a.1").has_value());
    CHECK_TRUE(checkChannelName("#server-to-user-7").has_value());
    STRCMP_EQUAL("Invalid channel name [x y].", checkChannelName("x y").error().reason.c_str());
}

TEST(ChannelQuery, GivesOneObjectPerChannel) {
    worker.answerWith(IpcType::ChannelInfo, R"([{"user_count":2},{}])");
    worker.start();

    const auto objects = askChannelInfo(client, {"1", kUserCount, {"presence-a", "b"}});

    LONGS_EQUAL(2, objects->size());
    STRCMP_EQUAL(R"({"user_count":2})", (*objects)[0].c_str());
    STRCMP_EQUAL("{}", (*objects)[1].c_str());
}

TEST(ChannelQuery, TakesAnAnswerThatDoesNotFitForAWorkerThatIsAway) {
    worker.start();
    for (const char *answer : {"", "{}", "[]", "[{}]", "[{},{},{}]", "[{},5]", "[{},{}"}) {
        worker.answerWith(IpcType::ChannelInfo, answer);

        const auto objects = askChannelInfo(client, {"1", kUserCount, {"a", "b"}});

        CHECK_TRUE_TEXT(!objects && objects.error().code == Errc::Unavailable, answer);
    }
}
