// SPDX-License-Identifier: MIT
#include "worker/ipc/listings.h"

#include "shared/json/json.h"
#include "tests/worker/test_client.h"
#include "worker/ipc/ipc_commands.h"

#include <memory>
#include <set>
#include <string>

#include "CppUTest/TestHarness.h"

using namespace pregon;
using namespace pregon::workertest;

TEST_GROUP(Listings) {
    TestWorld world;
    WorkerFigures figures;
    Drain drain{world.applications, figures, world.clock, std::chrono::seconds(7)};
    IpcCommands commands{world.applications, figures, world.clock, drain};
    std::vector<std::unique_ptr<TestClient>> crowd;

    void fill(std::size_t count) {
        for (std::size_t i = 0; i < count; i++)
            crowd.push_back(
                std::make_unique<TestClient>(world, "7." + std::to_string(crowd.size() + 1)));
    }
    std::string ask(IpcType type, const ListQuery &query) {
        const ReplyMessage reply = commands.handle({type, 1, query.encode()});
        return reply.error ? "error " + std::to_string(static_cast<int>(*reply.error)) : reply.text;
    }
    /// One page: the ids go to `seen`. How many it had; `query` asks for the next one then.
    std::size_t page(ListQuery & query, std::multiset<std::string> & seen) {
        const auto document = JsonDocument::parse(ask(IpcType::ListConnections, query));
        const JsonValue root = document->root();
        root.find("connections").forEach([&](std::string_view, JsonValue entry) {
            seen.insert(*entry.find("id").asString());
        });
        query.from = {static_cast<std::uint32_t>(root.find("buckets").asInteger().value_or(0)),
                      static_cast<std::uint32_t>(root.find("next").asInteger().value_or(0))};
        return root.find("connections").size();
    }
};

TEST(Listings, TellAllAboutAConnection) {
    TestClient ana(world, "1.1");
    ana.cameFrom("203.0.113.9", world.clock.steady() - std::chrono::seconds(90));
    ana.join("presence-room", {"7", ""});
    ana.consume(ana.queuedBytes());
    ana.send(textFrame("{}"));

    STRCMP_EQUAL(R"({"connections":[{"id":"1.1","app":"417702","address":"203.0.113.9",)"
                 R"("since":4910,"channel_count":1,"channels":["presence-room"],)"
                 R"("queued_bytes":4,"user_id":"7"}]})",
                 ask(IpcType::ListConnections, {}).c_str());
    CHECK_TRUE(ana.signIn(R"({"id":"8"})"));
    STRCMP_CONTAINS(R"("user_id":"8")", ask(IpcType::ListConnections, {}).c_str());
}

TEST(Listings, NameOnlySomeOfManyChannels) {
    TestClient ana(world, "1.1");
    for (std::size_t i = 0; i <= Listings::kMaxNamed; i++)
        ana.join("room-" + std::to_string(i));
    const auto document = JsonDocument::parse(ask(IpcType::ListConnections, {}));
    JsonValue only;
    document->root().find("connections").forEach([&](std::string_view, JsonValue entry) {
        only = entry;
    });

    LONGS_EQUAL(Listings::kMaxNamed + 1, *only.find("channel_count").asInteger());
    LONGS_EQUAL(Listings::kMaxNamed, only.find("channels").size());
}

TEST(Listings, OfOneApplicationShowNoOther) {
    TestClient ana(world, "1.1"), stranger(world, world.other(), "3.3");

    STRCMP_CONTAINS("\"3.3\"", ask(IpcType::ListConnections, {"2", ""}).c_str());
    CHECK_TRUE(ask(IpcType::ListConnections, {"2", ""}).find("\"1.1\"") == std::string::npos);
    STRCMP_EQUAL("error 3", ask(IpcType::ListConnections, {"unknown", ""}).c_str());
    STRCMP_EQUAL("error 3", ask(IpcType::ListChannels, {"", ""}).c_str());
}

TEST(Listings, ComeInPagesAndMissNobody) {
    fill(2000);
    ListQuery query;
    std::multiset<std::string> seen;
    std::size_t pages = 0;
    do {
        const std::size_t count = page(query, seen);
        CHECK_TRUE(count <= 600); // 500, and the rest of a bucket
        pages++;
    } while (query.from.next > 0);

    CHECK_TRUE(pages >= 4);
    LONGS_EQUAL(2000, seen.size());
    LONGS_EQUAL(2000, std::set<std::string>(seen.begin(), seen.end()).size());
}

TEST(Listings, BeginAnewIfTheTableHasGrownMeanwhile) {
    fill(2000);
    ListQuery query;
    std::multiset<std::string> seen;
    page(query, seen);
    fill(4000);
    do
        page(query, seen);
    while (query.from.next > 0);

    LONGS_EQUAL(6000, std::set<std::string>(seen.begin(), seen.end()).size());
    CHECK_TRUE(seen.size() > 6000);
}

TEST(Listings, TakeAnyPlaceToGoOnFrom) {
    fill(3);
    for (const WalkPlace place : {WalkPlace{0xffffffff, 0xffffffff}, {1, 0xffffffff}, {0, 1}})
        CHECK_TRUE(
            ask(IpcType::ListConnections, {"", "", place}).starts_with("{\"connections\":["));
}

TEST(Listings, OfChannelsHaveSubscriptionsAndUsers) {
    TestClient ana(world, "1.1"), tab(world, "1.2");
    for (TestClient *client : {&ana, &tab})
        client->join("presence-room", {"7", ""});
    ana.join("news");

    STRCMP_EQUAL(
        R"({"channels":[{"name":"presence-room","app":"417702","subscriptions":2,"users":1}]})",
        ask(IpcType::ListChannels, {"417702", "presence-"}).c_str());
    STRCMP_EQUAL(R"({"channels":[{"name":"news","app":"417702","subscriptions":1}]})",
                 ask(IpcType::ListChannels, {"417702", "n"}).c_str());
}
