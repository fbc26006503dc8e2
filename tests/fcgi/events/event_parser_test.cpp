// SPDX-License-Identifier: MIT
#include "fcgi/events/event_parser.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace pregon;

TEST_GROUP(EventParser) {
    const EventParser parser{10240, 3};
    App app;

    void setup() override {
        app.id = "417702";
    }

    static std::string refused(const Error &error) {
        const char *status = error.code == Errc::BadRequest ? "400 "
                             : error.code == Errc::TooLarge ? "413 "
                                                            : "? ";
        return status + error.reason;
    }
    static std::string text(const EventRequest &event) {
        const PublishMessage &message = event.message;
        std::string channels;
        for (const std::string &channel : message.channels)
            channels += (channels.empty() ? "" : ",") + channel;
        return message.eventJson + "|" + message.dataJson + "|" + channels + "|" +
               message.exceptSocketId + (event.info ? "?" + std::to_string(*event.info) : "");
    }
    /// `event|data|channels|except`, `?` and bits if info is asked for; or `400 sentence`,
    /// `413 sentence`.
    std::string parse(const std::string &body) {
        const auto event = parser.event(body, app);
        return event ? text(*event) : refused(event.error());
    }
    /// The same for each event of a batch, a line each.
    std::string parseBatch(const std::string &items) {
        const auto events = parser.batch(R"({"batch":)" + items + "}", app);
        if (!events)
            return refused(events.error());
        std::string lines;
        for (const EventRequest &event : *events)
            lines += text(event) + "\n";
        return lines;
    }
    /// With everything that is required, and more.
    static std::string with(const std::string &more) {
        return R"({"name":"n","data":"d",)" + more + "}";
    }
    static std::string list(std::size_t count) {
        std::string text;
        for (std::size_t i = 0; i < count; i++)
            text += (i > 0 ? "," : "") + ("\"c" + std::to_string(i)) + "\"";
        return "[" + text + "]";
    }
};

TEST(EventParser, ReadsTheWorkedExample) { // spec §2.5
    STRCMP_EQUAL(
        R"("OrderShipped"|"{\"id\":42}"|private-orders.42,private-audit|1234.5678)",
        parse(
            R"({"name":"OrderShipped","data":"{\"id\":42}","channels":["private-orders.42","private-audit"],"socket_id":"1234.5678"})")
            .c_str());
}

TEST(EventParser, IsForTheApplicationOfThePath) {
    STRCMP_EQUAL("417702", parser.event(with(R"("channel":"c")"), app)->message.appId.c_str());
}

TEST(EventParser, PassesNameAndDataOnVerbatim) {
    STRCMP_EQUAL(
        R"("App\\Events\\Paid"|"{\"n\":\"\u00e9\/\"}"|c|)",
        parse(R"({"name":"App\\Events\\Paid","data":"{\"n\":\"\u00e9\/\"}","channel":"c"})")
            .c_str());
}

TEST(EventParser, AcceptsWhatTheSpecificationAllows) { // §3.1
    const std::pair<std::string, const char *> cases[] = {
        {with(R"("channel":"c")"), R"("n"|"d"|c|)"},
        {with(R"("channels":["a","b","a"])"), R"("n"|"d"|a,b|)"},
        {with(R"("channels":["a"],"channel":"b")"), R"("n"|"d"|a|)"},
        {with(R"("channels":null,"channel":"b")"), R"("n"|"d"|b|)"},
        {with(R"("channel":"c","socket_id":null)"), R"("n"|"d"|c|)"},
        {with(R"("channel":"c","more":[])"), R"("n"|"d"|c|)"},
        {with(R"("channel":"c","info":null)"), R"("n"|"d"|c|)"},
        {with(R"("channel":"c","info":"user_count")"), R"("n"|"d"|c|?1)"},
        {with(R"("channel":"c","info":"")"), R"("n"|"d"|c|?0)"},
        {with(R"("channel":"#server-to-user-7")"), R"("n"|"d"|#server-to-user-7|)"},
        {R"({"name":"n","data":"","channel":"c"})", R"("n"|""|c|)"},
        {R"({"name":"pusher","data":"d","channel":"c"})", R"("pusher"|"d"|c|)"},
    };
    for (const auto &[body, expected] : cases)
        STRCMP_EQUAL_TEXT(expected, parse(body).c_str(), body.c_str());
}

TEST(EventParser, RefusesWithASentence) { // §3.1, §5
    const char *noList = "400 The channels field must be an array of strings.";
    const char *noChannel = "400 The channels field is required.";
    const char *noName = "400 The name field is required.";
    const char *reserved =
        "400 Event names that begin with pusher:, pusher_internal: or pregon: are reserved.";
    const std::pair<std::string, const char *> cases[] = {
        {"", "400 The body is not a valid JSON object."},
        {"[]", "400 The body is not a valid JSON object."},
        {"{", "400 The body is not a valid JSON object."},
        {with("\"channel\":\"c\xff\""), "400 The body is not a valid JSON object."},
        {with(R"("channel":"\ud800")"), "400 The body is not a valid JSON object."},
        {"{}", noName},
        {R"({"name":"","data":"d","channel":"c"})", noName},
        {R"({"name":5,"data":"d","channel":"c"})", noName},
        {R"({"name":"pusher:x","data":"d","channel":"c"})", reserved},
        {R"({"name":"pusher_internal:x","data":"d","channel":"c"})", reserved},
        {R"({"name":"\u0070usher:x","data":"d","channel":"c"})", reserved},
        {R"({"name":"n","channel":"c"})", "400 The data field must be a string."},
        {R"({"name":"n","data":{"a":1},"channel":"c"})", "400 The data field must be a string."},
        {R"({"name":"n","data":null,"channel":"c"})", "400 The data field must be a string."},
        {R"({"name":"n","data":"d"})", noChannel},
        {with(R"("channels":[])"), noChannel},
        {with(R"("channel":5)"), noChannel},
        {with(R"("channels":{"a":"b"})"), noList},
        {with(R"("channels":"a")"), noList},
        {with(R"("channels":["a",5])"), noList},
        {with(R"("channels":["a",["b"]])"), noList},
        {with(R"("channel":"x y")"), "400 Invalid channel name [x y]."},
        {with(R"("channels":["a",""])"), "400 Invalid channel name []."},
        {with(R"("channel":"#other")"), "400 Invalid channel name [#other]."},
        {with(R"("channel":"c","socket_id":"")"), "400 Invalid socket_id."},
        {with(R"("channel":"c","socket_id":"1.2.3")"), "400 Invalid socket_id."},
        {with(R"("channel":"c","socket_id":1.2)"), "400 Invalid socket_id."},
        {with(R"("channel":"c","info":["user_count"])"), "400 The info field must be a string."},
        {with(R"("channel":"c","info":1)"), "400 The info field must be a string."},
    };
    for (const auto &[body, expected] : cases)
        STRCMP_EQUAL_TEXT(expected, parse(body).c_str(), body.c_str());
}

TEST(EventParser, TakesOneHundredChannels) {
    CHECK_TRUE(parse(with("\"channels\":" + list(100))).ends_with(",c99|"));
    STRCMP_EQUAL("400 An event can be sent to at most 100 channels.",
                 parse(with("\"channels\":" + list(101))).c_str());
}

TEST(EventParser, BoundsTheNameInCharacters) {
    std::string name;
    for (int i = 0; i < 200; i++)
        name += "é";
    const auto body = [](const std::string &text) {
        return R"({"data":"","channel":"c","name":")" + text + "\"}";
    };

    CHECK_TRUE(parse(body(name)).starts_with("\"é"));
    STRCMP_EQUAL("400 The event name exceeds the allowed maximum (200 characters).",
                 parse(body(name + "x")).c_str());
}

TEST(EventParser, BoundsTheDataInBytesOfWhatItStandsFor) {
    const auto body = [](const std::string &data) {
        return R"({"name":"n","channel":"c","data":")" + data + "\"}";
    };
    std::string escapes;
    for (int i = 0; i < 5120; i++)
        escapes += "\\u00e9";

    CHECK_TRUE(parse(body(std::string(10240, 'x'))).starts_with("\"n\""));
    CHECK_TRUE(parse(body(escapes)).starts_with("\"n\""));
    STRCMP_EQUAL("413 The data content of this event exceeds the allowed maximum (10240 bytes).",
                 parse(body(std::string(10241, 'x'))).c_str());
    STRCMP_EQUAL("413 The data content of this event exceeds the allowed maximum (10240 bytes).",
                 parse(body(escapes + "x")).c_str());
}

TEST(EventParser, ReadsTheEventsOfABatchInTheirOrder) { // §3.4
    STRCMP_EQUAL("\"a\"|\"{}\"|news|\n"
                 "\"b\"|\"[]\"|presence-room.1|1.2?1\n"
                 "\"c\"|\"\"|x|\n",
                 parseBatch(R"([{"channel":"news","name":"a","data":"{}"},)"
                            R"({"channel":"presence-room.1","name":"b","data":"[]",)"
                            R"("socket_id":"1.2","info":"user_count"},)"
                            R"({"channels":["x"],"name":"c","data":""}])")
                     .c_str());
}

TEST(EventParser, RefusesABatchAsAWhole) { // §3.4, §9
    const std::string good = R"({"name":"n","data":"d","channel":"c"},)";
    const std::pair<std::string, const char *> cases[] = {
        {"[]", "400 The batch field is required."},
        {"{}", "400 The batch field must be an array of events."},
        {"null", "400 The batch field must be an array of events."},
        {"[5]", "400 batch.0: The event must be an object."},
        {"[" + good + "{}]", "400 batch.1: The name field is required."},
        {"[" + good + R"({"name":"n","data":"d","channel":"x y"}])",
         "400 batch.1: Invalid channel name [x y]."},
        {"[" + good + R"({"name":"n","data":"d","channel":"c","socket_id":"1"}])",
         "400 batch.1: Invalid socket_id."},
        {"[" + good + R"({"name":"n","data":"d","channel":"c","info":{}}])",
         "400 batch.1: The info field must be a string."},
        {R"([{"name":"n","data":"d","channels":["a","b"]}])",
         "400 batch.0: An event of a batch is for one channel."},
        {"[" + good + good + good + R"({"name":"n","data":"d","channel":"c"}])",
         "400 Batch too large: at most 3 events."},
        {"[" + good + R"({"name":"n","channel":"c","data":")" + std::string(10241, 'x') + "\"}]",
         "413 batch.1: The data content of this event exceeds the allowed maximum (10240 bytes)."},
    };
    for (const auto &[items, expected] : cases)
        STRCMP_EQUAL_TEXT(expected, parseBatch(items).c_str(), items.c_str());
}

TEST(EventParser, RefusesABatchThatIsNoJsonObject) {
    for (const char *body : {"", "[]", "{", "{\"batch\":[\"\xff\"]}"})
        STRCMP_EQUAL_TEXT("400 The body is not a valid JSON object.",
                          refused(parser.batch(body, app).error()).c_str(), body);
    STRCMP_EQUAL("400 The batch field must be an array of events.",
                 refused(parser.batch("{}", app).error()).c_str());
}

TEST(EventParser, TakesAsManyEventsAsConfigured) {
    const std::string one = R"({"name":"n","data":"d","channel":"c"})";
    CHECK_TRUE(parser.batch(R"({"batch":[)" + one + "," + one + "," + one + "]}", app).has_value());
}
