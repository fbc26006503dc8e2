#include "fcgi/broadcasting_api.h"

#include "tests/fcgi/demo_shops.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace pregon;
using namespace pregon::fcgitest;

namespace {

constexpr const char *kRules = R"([
    {"channel":"orders.{id}","allow":{}},
    {"channel":"room.{id}","allow":{},"presence":{"user_id":"user.id","user_info":["name"]}},
    {"channel":"bare","allow":{},"presence":{"user_id":"user.id"}},
    {"channel":"role","allow":{},"presence":{"user_id":"user.role","user_info":["email"]}},
    {"channel":"broken","query":"SELECT 1 FROM nowhere"},
    {"channel":"own.{id}","allow":{"id":"user.id"}}
])";

} // namespace

TEST_GROUP(BroadcastingApi) {
    DemoShops demo;
    App app;
    ChannelAuthorizer rules = std::move(*ChannelAuthorizer::parse(kRules));
    User user{"7", {{"id", "7"}, {"name", "Ana"}, {"email", std::nullopt}}};

    void setup() override {
        app.key = "3f1c9a7be0d24581a6c2";
        app.secret = "9d0b57f8c61e4a2f8b73";
    }

    std::string send(HttpRequest request) {
        const auto response = BroadcastingApi(rules, app).authorize(request, user, demo.database);
        if (!response)
            return "unavailable";
        return std::to_string(response->status) + " " + response->body;
    }
    /// As pusher-js asks.
    std::string ask(const std::string &channel, const std::string &socketId = "1234.5678") {
        HttpRequest request;
        request.method = "POST";
        request.contentType = "application/x-www-form-urlencoded";
        request.body = "socket_id=" + socketId + "&channel_name=" + channel;
        return send(request);
    }
};

TEST(BroadcastingApi, SignsAPrivateChannel) { // spec broadcasting-auth §2
    STRCMP_EQUAL(
        R"(200 {"auth":"3f1c9a7be0d24581a6c2:86f11701e6445a0cda65c4ce93f91faa429073a511796cfa5329cb3fabcef53a"})",
        ask("private-orders.42").c_str());
}

TEST(BroadcastingApi, SignsAPresenceChannelWithItsMember) { // spec broadcasting-auth §2
    STRCMP_EQUAL(
        R"(200 {"auth":"3f1c9a7be0d24581a6c2:d0298c7a18b43814f81cb916453ff38c5da102b147206455e2bd5c29fc68aa27","channel_data":"{\"user_id\":\"7\",\"user_info\":{\"name\":\"Ana\"}}"})",
        ask("presence-room.1").c_str());
}

TEST(BroadcastingApi, LeavesUserInfoOutWhereTheRuleHasNone) {
    CHECK_TRUE(ask("presence-bare").ends_with(R"("channel_data":"{\"user_id\":\"7\"}"})"));
}

TEST(BroadcastingApi, ANullColumnIsNullInUserInfo) {
    user.columns["role"] = "boss";

    CHECK_TRUE(
        ask("presence-role")
            .ends_with(
                R"("channel_data":"{\"user_id\":\"boss\",\"user_info\":{\"email\":null}}"})"));
}

TEST(BroadcastingApi, TakesEveryFormOfTheRequest) { // spec broadcasting-auth §1.3
    const std::string expected = ask("private-orders.42");
    HttpRequest query, json, multipart;
    query.query = "socket_id=1234.5678&channel_name=private-orders.42";
    json.contentType = "application/json";
    json.body = R"({"socket_id":"1234.5678","channel_name":"private-orders.42"})";
    multipart.contentType = "multipart/form-data; boundary=X";
    multipart.body = "--X\r\nContent-Disposition: form-data; name=\"socket_id\"\r\n\r\n1234.5678"
                     "\r\n--X\r\nContent-Disposition: form-data; name=\"channel_name\"\r\n\r\n"
                     "private-orders.42\r\n--X--\r\n";

    for (const HttpRequest &request : {query, json, multipart})
        STRCMP_EQUAL(expected.c_str(), send(request).c_str());
}

TEST(BroadcastingApi, DecodesTheNameOnce) {
    CHECK_TRUE(ask("private-orders.a%40b%3D%2C%3B").starts_with("200 "));
    STRCMP_EQUAL("400 {\"message\":\"Invalid channel name\"}",
                 ask("private-orders.a%2540b").c_str());
}

TEST(BroadcastingApi, SignsNothingElse) {
    const char *forbidden = R"(403 {"message":"Forbidden."})";
    const char *badName = R"(400 {"message":"Invalid channel name"})";
    const std::pair<const char *, const char *> cases[] = {
        {"", forbidden},
        {"orders.42", forbidden},
        {"privateorders.42", forbidden},
        {"private-unknown", forbidden},
        {"private-own.8", forbidden},
        {"presence-orders.42", forbidden}, // the rule names no member
        {"presence-role", forbidden},      // the member would have no id
        {"%23server-to-user-7", badName},
        {"private-a:b", badName},
        {"private-orders.42%0A", badName},
        {"+private-orders.42", badName},
        {"private-orders.%C3%A9", badName},
    };
    for (const auto &[channel, expected] : cases)
        STRCMP_EQUAL_TEXT(expected, ask(channel).c_str(), channel);
}

TEST(BroadcastingApi, RefusesWhatIsNoSocketId) {
    for (const char *socketId :
         {"", "1234", "1234.5678:private-x", "1234.5678%0A", "undefined", "1234.5678.9", "-1.2"})
        STRCMP_EQUAL_TEXT(R"(400 {"message":"Invalid socket_id"})",
                          ask("private-orders.42", socketId).c_str(), socketId);
}

TEST(BroadcastingApi, NeverSignsAnEncryptedChannelWithoutItsKey) { // spec broadcasting-auth §2
    STRCMP_EQUAL(R"(500 {"message":"encryption master key not configured"})",
                 ask("private-encrypted-orders.42").c_str());
    STRCMP_EQUAL(R"(403 {"message":"Forbidden."})", ask("private-encrypted-own.8").c_str());
}

TEST(BroadcastingApi, SaysThatTheStoreFailed) {
    STRCMP_EQUAL("unavailable", ask("private-broken").c_str());
}

TEST(BroadcastingApi, RefusesALargeOrMalformedBody) {
    HttpRequest large, malformed;
    large.body.assign(16385, 'x');
    malformed.contentType = "application/json";
    malformed.body = "{";

    STRCMP_EQUAL(R"(413 {"message":"Request body too large."})", send(large).c_str());
    STRCMP_EQUAL(R"(400 {"message":"Invalid request body."})", send(malformed).c_str());
}
