#include "worker/ipc_commands.h"

#include "shared/json.h"
#include "tests/worker/test_client.h"

#include <string>
#include <unistd.h>

#include "CppUTest/TestHarness.h"

using namespace pregon;
using namespace pregon::workertest;

TEST_GROUP(IpcCommands) {
    TestWorld world;
    WorkerFigures figures;
    IpcCommands commands{world.applications, figures};
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
    CHECK(commands.handle({IpcType::Status, 1, "x"}).error == Errc::BadRequest);
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

    LONGS_EQUAL(::getpid(), figure("pid"));
    LONGS_EQUAL(7, figure("uptime_seconds"));
    LONGS_EQUAL(3, figure("connections"));
    LONGS_EQUAL(2, figure("slow_consumers_closed"));
    LONGS_EQUAL(3, figure("clients_refused"));
    LONGS_EQUAL(4, figure("frames_sent"));
    STRCMP_EQUAL(
        R"([{"id":"417702","connections":2,"channels":2},{"id":"2","connections":1,"channels":1}])",
        document.root().find("apps").print().c_str());
}
