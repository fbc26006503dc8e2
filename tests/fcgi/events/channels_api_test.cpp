// SPDX-License-Identifier: MIT
#include "fcgi/events/channels_api.h"

#include "tests/fcgi/demo_shops.h"
#include "tests/fcgi/fake_worker.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace pregon;
using namespace pregon::fcgitest;

TEST_GROUP(ChannelsApi) {
    TemporaryFolder folder;
    FakeWorker worker{folder.file("worker.sock")};
    WorkerClient client{folder.file("worker.sock"), std::chrono::milliseconds(3000)};
    ChannelsApi channels{client};
    App app;

    void setup() override {
        app.id = "417702";
        worker.start();
    }

    /// The JSON, or `error: sentence`.
    static std::string text(const Result<std::string> &answer) {
        return answer ? *answer : "error: " + answer.error().reason;
    }
    std::string lastPayload() {
        return worker.asked().back().payload;
    }
};

TEST(ChannelsApi, ListsWhatTheWorkerSays) {
    worker.answerWith(IpcType::Channels, R"({"channels":{}})");

    STRCMP_EQUAL(R"({"channels":{}})", text(channels.list("auth_key=k", app)).c_str());
    STRCMP_EQUAL("417702", ChannelsQuery::decode(lastPayload())->appId.c_str());
}

TEST(ChannelsApi, ReadsPrefixAndInfoOfTheQuery) { // spec §4 E3, §2.2 for the arrays
    const struct {
        const char *query, *prefix;
        std::uint32_t attributes;
    } cases[] = {
        {"", "", 0},
        {"filter_by_prefix=presence-&info=user_count", "presence-", kUserCount},
        {"filter_by_prefix=presence%2D&info=user_count%2Ccache", "presence-", kUserCount | kCache},
        {"info[]=user_count&info[]=occupied", "", kUserCount | kOccupied},
        {"info%5B0%5D=user_count&info%5B1%5D=cache", "", kUserCount | kCache},
        {"info=unknown", "", 0},
    };
    for (const auto &one : cases) {
        (void)channels.list(one.query, app);
        const auto asked = ChannelsQuery::decode(lastPayload());
        STRCMP_EQUAL_TEXT(one.prefix, asked->prefix.c_str(), one.query);
        LONGS_EQUAL_TEXT(one.attributes, asked->attributes, one.query);
    }
}

TEST(ChannelsApi, AlwaysSaysWhetherAChannelIsOccupied) { // E4
    worker.answerWith(IpcType::ChannelInfo, R"([{"occupied":true,"user_count":2}])");

    STRCMP_EQUAL(R"({"occupied":true,"user_count":2})",
                 text(channels.describe("presence-a", "info=user_count", app)).c_str());
    const auto asked = ChannelInfoQuery::decode(lastPayload());
    LONGS_EQUAL(kOccupied | kUserCount, asked->attributes);
    STRCMP_EQUAL("presence-a", asked->channels.at(0).c_str());
    (void)channels.describe("presence-a", "", app);
    LONGS_EQUAL(kOccupied, ChannelInfoQuery::decode(lastPayload())->attributes);
}

TEST(ChannelsApi, ListsTheUsersOfAPresenceChannel) { // E5
    worker.answerWith(IpcType::Users, R"({"users":[{"id":"7"}]})");

    STRCMP_EQUAL(R"({"users":[{"id":"7"}]})", text(channels.users("presence-a", app)).c_str());
    STRCMP_EQUAL("presence-a", AppQuery::decode(lastPayload())->subject.c_str());
}

TEST(ChannelsApi, RefusesNamesWithoutAskingTheWorker) {
    const char *noPresence = "error: The channel must be a presence channel.";
    STRCMP_EQUAL(noPresence, text(channels.users("news", app)).c_str());
    STRCMP_EQUAL(noPresence, text(channels.users("private-presence-a", app)).c_str());
    STRCMP_EQUAL("error: Invalid channel name [presence-x y].",
                 text(channels.users("presence-x y", app)).c_str());
    STRCMP_EQUAL("error: Invalid channel name [a/b].",
                 text(channels.describe("a/b", "", app)).c_str());
    LONGS_EQUAL(0, worker.asked().size());
}

TEST(ChannelsApi, CountsConnections) { // E7
    worker.answerWith(IpcType::Connections, R"({"connections":3})");

    STRCMP_EQUAL(R"({"connections":3})", text(channels.connections(app)).c_str());
    STRCMP_EQUAL("417702", AppQuery::decode(lastPayload())->appId.c_str());
}

TEST(ChannelsApi, SaysThatTheWorkerIsAway) {
    worker.stop();

    CHECK(channels.list("", app).error().code == Errc::Unavailable);
    CHECK(channels.describe("a", "", app).error().code == Errc::Unavailable);
    CHECK(channels.users("presence-a", app).error().code == Errc::Unavailable);
    CHECK(channels.connections(app).error().code == Errc::Unavailable);
}
