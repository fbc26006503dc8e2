// SPDX-License-Identifier: MIT
#include "worker/ipc/ipc_commands.h"

#include "shared/json/json.h"
#include "shared/log/log.h"
#include "tests/worker/test_client.h"
#include "worker/protocol/pusher_protocol.h"

#include <string>
#include <unistd.h>

#include "CppUTest/TestHarness.h"

using namespace pregon;
using namespace pregon::workertest;

TEST_GROUP(IpcCommands) {
    TestWorld world;
    WorkerFigures figures;
    Drain drain{world.applications, figures, world.clock, std::chrono::seconds(7)};
    IpcCommands commands{world.applications, figures, world.clock, drain};
    TestClient ana{world, "1.1"}, ben{world, "2.2"}, stranger{world, world.other(), "3.3"};

    void setup() override {
        for (TestClient *client : {&ana, &ben, &stranger})
            client->application()->channels().subscribe(*client, "news");
        ana.application()->channels().subscribe(ana, "more");
    }

    ReplyMessage publish(const PublishMessage &message) {
        return commands.handle({IpcType::Publish, 1, message.encode()});
    }
    static PublishMessage event(std::vector<std::string> channels, std::string except = "") {
        return {"417702", std::move(except), R"("e")", R"("d")", std::move(channels)};
    }
    /// The answer's JSON, or `error` and its code as a number.
    template <class Message>
    std::string ask(IpcType type, const Message &message) {
        const ReplyMessage reply = commands.handle({type, 1, message.encode()});
        return reply.error ? "error " + std::to_string(static_cast<int>(*reply.error)) : reply.text;
    }
    /// A figure of the worker's status, or of one of its applications.
    std::int64_t figure(const char *name) {
        document = *JsonDocument::parse(commands.handle({IpcType::Status, 1, ""}).text);
        return *document.root().find(name).asInteger();
    }
    JsonDocument document;
};

TEST(IpcCommands, PublishesToTheSubscribersOfTheApplication) {
    const ReplyMessage reply = publish(event({"news"}));

    CHECK_FALSE(reply.error.has_value());
    STRCMP_EQUAL("{}", reply.text.c_str());
    STRCMP_EQUAL(R"({"event":"e","data":"d","channel":"news"})", ana.heard().c_str());
    STRCMP_EQUAL(R"({"event":"e","data":"d","channel":"news"})", ben.heard().c_str());
    STRCMP_EQUAL("", stranger.heard().c_str());
}

TEST(IpcCommands, PublishesOnceForEachChannel) {
    publish(event({"news", "more", "empty"}));

    STRCMP_EQUAL("{\"event\":\"e\",\"data\":\"d\",\"channel\":\"news\"}\n"
                 "{\"event\":\"e\",\"data\":\"d\",\"channel\":\"more\"}",
                 ana.heard().c_str());
}

TEST(IpcCommands, SkipsTheConnectionThatIsExcepted) {
    publish(event({"news"}, "1.1"));

    STRCMP_EQUAL("", ana.heard().c_str());
    CHECK_TRUE(ben.heard() != "");
}

TEST(IpcCommands, AnExceptedConnectionThatIsUnknownOrElsewhereSkipsNobody) {
    for (const char *except : {"9.9", "3.3"}) {
        CHECK_FALSE(publish(event({"news"}, except)).error.has_value());
        CHECK_TRUE(ana.heard() != "" && ben.heard() != "");
    }
}

TEST(IpcCommands, PublishingToNobodyIsDone) {
    CHECK_FALSE(publish(event({"empty", "#server-to-user-7"})).error.has_value());
}

TEST(IpcCommands, RefusesAnUnknownApplication) {
    PublishMessage message = event({"news"});
    message.appId = "unknown";

    CHECK(publish(message).error == Errc::NotFound);
}

TEST(IpcCommands, RefusesAnInvalidChannelForAll) {
    CHECK(publish(event({"news", "a b"})).error == Errc::BadRequest);
    STRCMP_EQUAL("", ana.heard().c_str());
}

TEST(IpcCommands, RefusesWhatIsNoRequest) {
    CHECK(commands.handle({IpcType::Reply, 1, ""}).error == Errc::BadRequest);
    CHECK(commands.handle({IpcType::Publish, 1, "nonsense"}).error == Errc::BadRequest);
}

TEST(IpcCommands, IgnoresWhatALaterReleaseAsksAlongWithWhatIsKnown) {
    CHECK_FALSE(commands.handle({IpcType::Status, 1, "later"}).error.has_value());
    CHECK_FALSE(commands.handle({IpcType::Drain, 1, "later"}).error.has_value());
    CHECK_TRUE(drain.isOn());
}

TEST(IpcCommands, CountsEventsAndDeliveries) {
    publish(event({"news", "more"}));
    publish(event({"news"}, "1.1"));
    publish(event({"a b"}));

    LONGS_EQUAL(2, figure("events_published"));
    LONGS_EQUAL(4, figure("deliveries"));
}

TEST(IpcCommands, TellsItsStatus) {
    figures.uptimeSeconds = 7;
    figures.slowConsumers = 2;
    figures.refused = 3;
    figures.framesSent = 4;
    figures.queuedBytes = 5;

    LONGS_EQUAL(::getpid(), figure("pid"));
    LONGS_EQUAL(7, figure("uptime_seconds"));
    LONGS_EQUAL(3, figure("connections"));
    LONGS_EQUAL(2, figure("slow_consumers_closed"));
    LONGS_EQUAL(3, figure("clients_refused"));
    LONGS_EQUAL(4, figure("frames_sent"));
    LONGS_EQUAL(5, figure("queued_bytes"));
    CHECK_TRUE(figure("heap_bytes") > 0);
    STRCMP_EQUAL(
        R"([{"id":"417702","connections":2,"channels":2},{"id":"2","connections":1,"channels":1}])",
        document.root().find("apps").print().c_str());
}

TEST(IpcCommands, DrainsAndSaysSo) {
    setLogLevel(LogLevel::Error);
    figures.closing = 4;
    commands.handle({IpcType::Status, 1, ""});
    document = *JsonDocument::parse(commands.handle({IpcType::Status, 1, ""}).text);
    CHECK_FALSE(*document.root().find("draining").asBoolean());

    for (int i = 0; i < 2; i++) // asked again it changes nothing
        STRCMP_EQUAL(R"({"connections":7,"seconds":7})",
                     commands.handle({IpcType::Drain, 1, ""}).text.c_str());

    LONGS_EQUAL(4, figure("closing"));
    CHECK_TRUE(*document.root().find("draining").asBoolean());
    setLogLevel(LogLevel::Info);
}

TEST(IpcCommands, PublishesToWhoIsLeftOfADrain) {
    setLogLevel(LogLevel::Error);
    commands.handle({IpcType::Drain, 1, ""}); // closes one of the three
    const std::string before = ana.heard() + ben.heard() + stranger.heard();
    CHECK_FALSE(publish(event({"news"})).error.has_value());

    STRCMP_EQUAL("<close 4200 Server is restarting>", before.c_str());
    for (TestClient *client : {&ana, &ben})
        LONGS_EQUAL(client->closing() ? 0 : 1, client->heard() == "" ? 0 : 1);
    setLogLevel(LogLevel::Info);
}

TEST(IpcCommands, PublishesToWhoIsSignedInAsTheUser) { // spec pusher-websocket §8.1
    TestClient anasTab(world, "1.2");
    for (TestClient *client : {&ana, &anasTab})
        CHECK_TRUE(client->signIn(R"({"id":"7"})"));
    ben.signIn(R"({"id":"8"})");
    for (TestClient *client : {&ana, &anasTab, &ben})
        (void)client->heard();
    publish(event({"#server-to-user-7"}, "1.2"));

    STRCMP_EQUAL(R"({"event":"e","data":"d","channel":"#server-to-user-7"})", ana.heard().c_str());
    STRCMP_EQUAL("", anasTab.heard().c_str());
    STRCMP_EQUAL("", ben.heard().c_str());
    LONGS_EQUAL(1, figure("deliveries"));
}

TEST(IpcCommands, AUserOfAnotherApplicationHearsNothing) {
    ana.signIn(R"({"id":"7"})");
    (void)ana.heard();
    PublishMessage message = event({"#server-to-user-7"});
    message.appId = "2";
    publish(message);

    STRCMP_EQUAL("", ana.heard().c_str());
}

TEST(IpcCommands, RefusesOtherInternalChannels) {
    for (const char *channel : {"#a", "#server-to-user-", "#server-to-user-a b"})
        CHECK_TEXT(publish(event({channel})).error == Errc::BadRequest, channel);
}

TEST(IpcCommands, RemembersTheLastEventOfACacheChannel) { // spec pusher-websocket §6
    publish(event({"cache-a", "news", "private-encrypted-cache-a"}));
    (void)ana.heard();
    TestClient late(world, "9.9");
    late.join("cache-a");

    STRCMP_EQUAL((PusherProtocol::subscriptionSucceeded("cache-a") + "\n" +
                  R"({"event":"e","data":"d","channel":"cache-a"})")
                     .c_str(),
                 late.heard().c_str());
    LONGS_EQUAL(2, world.example().cache().size());
    LONGS_EQUAL(0, world.other().cache().size());
}

TEST(IpcCommands, RemembersWhoeverWasExcepted) { // spec pusher-websocket §6
    ana.join("cache-a");
    (void)ana.heard();
    publish(event({"cache-a"}, "1.1"));
    STRCMP_EQUAL("", ana.heard().c_str());
    ana.join("cache-a");

    CHECK_TRUE(ana.heard().ends_with(R"({"event":"e","data":"d","channel":"cache-a"})"));
}

TEST(IpcCommands, RemembersForTheTimeAndNumberOfTheApplication) {
    world.set<std::int64_t>(&App::cacheSeconds, 60);
    world.set<std::int64_t>(&App::cacheMaxChannels, 2);
    const auto isCached = [&](const char *channel) {
        return world.example().cache().find(channel, world.clock.milliseconds()) != nullptr;
    };
    publish(event({"cache-a", "cache-b", "cache-c"}));
    CHECK_TRUE(!isCached("cache-a") && isCached("cache-b") && isCached("cache-c"));
    world.clock.advance(59'999);
    CHECK_TRUE(isCached("cache-c"));
    world.clock.advance(1);
    CHECK_FALSE(isCached("cache-c"));
}

TEST(IpcCommands, ARefusedEventIsNotRemembered) {
    publish(event({"cache-a", "a b"}));

    LONGS_EQUAL(0, world.example().cache().size());
}

TEST(IpcCommands, AnswersQueries) { // spec pusher-http-api §4
    ana.join("presence-room.1", {"7", ""});

    STRCMP_EQUAL(R"({"channels":{"presence-room.1":{"user_count":1}}})",
                 ask(IpcType::Channels, ChannelsQuery{"417702", kUserCount, "presence-"}).c_str());
    STRCMP_EQUAL(
        R"([{"occupied":true},{"occupied":false}])",
        ask(IpcType::ChannelInfo, ChannelInfoQuery{"417702", kOccupied, {"news", "x"}}).c_str());
    STRCMP_EQUAL(R"({"users":[{"id":"7"}]})",
                 ask(IpcType::Users, AppQuery{"417702", "presence-room.1"}).c_str());
    STRCMP_EQUAL(R"({"connections":2})", ask(IpcType::Connections, AppQuery{"417702", ""}).c_str());
    STRCMP_EQUAL(R"({"connections":1})", ask(IpcType::Connections, AppQuery{"2", ""}).c_str());
}

TEST(IpcCommands, TerminatesAUser) {
    ana.signIn(R"({"id":"7"})");

    STRCMP_EQUAL("{}", ask(IpcType::Terminate, AppQuery{"417702", "7"}).c_str());
    STRCMP_EQUAL("{}", ask(IpcType::Terminate, AppQuery{"417702", "unknown"}).c_str());
    LONGS_EQUAL(4009, ana.closing()->code);
    CHECK_TRUE(ben.closing() == nullptr);
}

TEST(IpcCommands, RefusesQueriesAboutAnUnknownApplication) {
    const std::string notFound = "error " + std::to_string(static_cast<int>(Errc::NotFound));
    STRCMP_EQUAL(notFound.c_str(), ask(IpcType::Channels, ChannelsQuery{"x", 0, ""}).c_str());
    STRCMP_EQUAL(notFound.c_str(),
                 ask(IpcType::ChannelInfo, ChannelInfoQuery{"x", 0, {"news"}}).c_str());
    for (IpcType type : {IpcType::Users, IpcType::Terminate, IpcType::Connections})
        STRCMP_EQUAL(notFound.c_str(), ask(type, AppQuery{"x", "7"}).c_str());
}

TEST(IpcCommands, RefusesMalformedQueries) {
    for (IpcType type : {IpcType::Channels, IpcType::ChannelInfo, IpcType::Users,
                         IpcType::Terminate, IpcType::Connections})
        CHECK(commands.handle({type, 1, "nonsense"}).error == Errc::BadRequest);
}
