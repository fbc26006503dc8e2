// SPDX-License-Identifier: MIT
#include "fcgi/events/events_api.h"

#include "tests/fcgi/demo_shops.h"
#include "tests/fcgi/fake_worker.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace pregon;
using namespace pregon::fcgitest;

TEST_GROUP(EventsApi) {
    TemporaryFolder folder;
    FakeWorker worker{folder.file("worker.sock")};
    WorkerClient client{folder.file("worker.sock"), std::chrono::milliseconds(3000)};
    Publisher publisher{{folder.file("worker.sock")}, std::chrono::milliseconds(3000)};
    EventsApi events{publisher, client, EventParser(10240, 10)};
    App app;

    void setup() override {
        app.id = "417702";
    }

    /// The JSON, or `error: sentence`.
    static std::string text(const Result<std::string> &answer) {
        return answer ? *answer : "error: " + answer.error().reason;
    }
    /// The questions to the worker: `publish a,b; info 1 a,b; `.
    std::string dialogue() {
        std::string lines;
        for (const IpcFrame &frame : worker.asked())
            if (const auto query = ChannelInfoQuery::decode(frame.payload);
                frame.type == IpcType::ChannelInfo && query)
                lines += "info " + std::to_string(query->attributes) + list(query->channels) + "; ";
            else if (const auto message = PublishMessage::decode(frame.payload); message)
                lines += "publish" + list(message->channels) + "; ";
        return lines;
    }
    static std::string list(const std::vector<std::string> &names) {
        std::string joined;
        for (const std::string &name : names)
            joined += (joined.empty() ? " " : ",") + name;
        return joined;
    }
};

TEST(EventsApi, PublishesForTheApplicationOfThePath) {
    worker.start();

    STRCMP_EQUAL("{}",
                 text(events.trigger(R"({"name":"n","data":"d","channel":"c"})", app)).c_str());
    STRCMP_EQUAL("417702", worker.published().at(0).appId.c_str());
    STRCMP_EQUAL("publish c; ", dialogue().c_str());
}

TEST(EventsApi, AnswersWithInfoPerDistinctChannelAfterPublishing) { // spec §3.3
    worker.answerWith(IpcType::ChannelInfo, R"([{"user_count":2},{"subscription_count":13}])");
    worker.start();

    STRCMP_EQUAL(
        R"({"channels":{"presence-a":{"user_count":2},"news":{"subscription_count":13}}})",
        text(events.trigger(R"({"name":"n","data":"d","channels":["presence-a","news","news"],)"
                            R"("info":"user_count,subscription_count"})",
                            app))
            .c_str());
    STRCMP_EQUAL("publish presence-a,news; info 3 presence-a,news; ", dialogue().c_str());
}

TEST(EventsApi, AsksForNothingWhereTheEventIsRefused) {
    worker.answerWith(Errc::NotFound);
    worker.start();

    STRCMP_EQUAL(
        "error: fake",
        text(events.trigger(R"({"name":"n","data":"d","channel":"c","info":"cache"})", app))
            .c_str());
    STRCMP_EQUAL("publish c; ", dialogue().c_str());
}

TEST(EventsApi, PublishesABatchInItsOrder) { // spec §3.4
    worker.start();

    STRCMP_EQUAL(
        "{}", text(events.triggerBatch(R"({"batch":[{"name":"n","data":"1","channel":"b"},)"
                                       R"({"name":"n","data":"2","channel":"a","socket_id":"1.2"},)"
                                       R"({"name":"n","data":"3","channels":["b"]}]})",
                                       app))
                  .c_str());
    STRCMP_EQUAL("publish b; publish a; publish b; ", dialogue().c_str());
    STRCMP_EQUAL("1.2", worker.published()[1].exceptSocketId.c_str());
    STRCMP_EQUAL("\"3\"", worker.published()[2].dataJson.c_str());
}

TEST(EventsApi, AnswersABatchWithInfoWhereItWasAsked) {
    worker.answerWith(IpcType::ChannelInfo, R"([{"user_count":2}])");
    worker.start();

    STRCMP_EQUAL(R"({"batch":[{},{"user_count":2},{}]})",
                 text(events.triggerBatch(
                          R"({"batch":[{"name":"n","data":"1","channel":"a"},)"
                          R"({"name":"n","data":"2","channel":"presence-b","info":"user_count"},)"
                          R"({"name":"n","data":"3","channel":"c","info":null}]})",
                          app))
                     .c_str());
    STRCMP_EQUAL("publish a; publish presence-b; publish c; info 1 presence-b; ",
                 dialogue().c_str());
}

TEST(EventsApi, SendsNothingOfABatchWithAMistake) {
    worker.start();
    const char *good = R"({"name":"n","data":"1","channel":"a"},)";
    const std::pair<std::string, Errc> cases[] = {
        {R"({"name":"n","data":"2","channel":"x y"})", Errc::BadRequest},
        {R"({"name":"pusher:n","data":"2","channel":"a"})", Errc::BadRequest},
        {R"({"name":"n","channel":"a","data":")" + std::string(10241, 'x') + "\"}", Errc::TooLarge},
    };
    for (const auto &[bad, code] : cases) {
        const auto answer = events.triggerBatch(R"({"batch":[)" + (good + bad) + "]}", app);
        CHECK_TRUE_TEXT(!answer && answer.error().code == code, bad.c_str());
    }
    STRCMP_EQUAL("", dialogue().c_str());
}

TEST(EventsApi, SaysThatTheWorkerIsAway) {
    const std::string one = R"({"name":"n","data":"d","channel":"c"})";

    CHECK(events.trigger(one, app).error().code == Errc::Unavailable);
    CHECK(events.triggerBatch(R"({"batch":[)" + one + "]}", app).error().code == Errc::Unavailable);
}
