// SPDX-License-Identifier: MIT
#include "fcgi/auth/broadcasting_api.h"

#include "tests/fcgi/demo_shops.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace pregon;
using namespace pregon::fcgitest;

namespace {

constexpr const char *kRules = R"({"rules":[
    {"channel":"orders.{id}","allow":{}},
    {"channel":"room.{id}","allow":{},"presence":{"user_id":"user.id","user_info":["name"]}},
    {"channel":"bare","allow":{},"presence":{"user_id":"user.id"}},
    {"channel":"role","allow":{},
     "presence":{"user_id":"user.role","user_info":{"mail":"email"}}},
    {"channel":"vault","allow":{}},
    {"channel":"broken","query":"SELECT 1 FROM nowhere"},
    {"channel":"asked","query":"SELECT 1"},
    {"channel":"left","fallback":true},
    {"channel":"own.{id}","allow":{"id":"user.id"}}],
  "user":{"id":"user.id","user_info":["name"],
          "watchlist":"SELECT '8' UNION SELECT NULL UNION SELECT '9' ORDER BY 1"}})";
constexpr const char *kMasterKey = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
constexpr const char *kForbidden = R"(403 {"message":"Forbidden."})";

} // namespace

TEST_GROUP(BroadcastingApi) {
    DemoShops demo;
    AppConfig config = *makeAppConfig({{"REVERB_APP_ID", "417702"},
                                       {"REVERB_APP_KEY", "3f1c9a7be0d24581a6c2"},
                                       {"REVERB_APP_SECRET", "9d0b57f8c61e4a2f8b73"}},
                                      {});
    ChannelAuthorizer rules = std::move(*ChannelAuthorizer::parse(kRules));
    AuthLimits limits;
    BroadcastingApi api{config, rules, demo.clock, limits};
    Database database = std::move(*Database::open(demo.url));
    User user{"7", {{"id", "7"}, {"name", "Ana"}, {"email", std::nullopt}}};

    static std::string text(const HttpResponse &response) {
        return std::to_string(response.status) + " " + response.body;
    }
    std::string send(const HttpRequest &request) {
        const auto refusal = api.refusal(request);
        return text(refusal ? *refusal : api.authorize(request, &user, database));
    }
    static HttpRequest form(const std::string &body) {
        HttpRequest request;
        request.method = "POST";
        request.path = "/broadcasting/auth";
        request.contentType = "application/x-www-form-urlencoded";
        request.body = body;
        return request;
    }
    /// As pusher-js asks.
    std::string ask(const std::string &channel, const std::string &socketId = "1234.5678") {
        return send(form("socket_id=" + socketId + "&channel_name=" + channel));
    }
    std::string signIn(const std::string &body) {
        HttpRequest request = form(body);
        request.path = "/api/broadcasting/user-auth";
        return text(api.authenticate(request, &user, database));
    }
    static std::string header(const HttpResponse &response, const char *name) {
        for (const auto &[key, value] : response.headers)
            if (key == name)
                return value;
        return "";
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

TEST(BroadcastingApi, NamesTheColumnsOfUserInfoAsTheRuleDoesAndNullIsNull) {
    user.columns["role"] = "boss";

    CHECK_TRUE(
        ask("presence-role")
            .ends_with(
                R"("channel_data":"{\"user_id\":\"boss\",\"user_info\":{\"mail\":null}}"})"));
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
    const char *badName = R"(400 {"message":"Invalid channel name"})";
    const std::pair<const char *, const char *> cases[] = {
        {"", kForbidden},
        {"orders.42", kForbidden},
        {"privateorders.42", kForbidden},
        {"private-unknown", kForbidden},
        {"private-left", kForbidden}, // no application is configured
        {"private-own.8", kForbidden},
        {"presence-orders.42", kForbidden}, // the rule names no member
        {"presence-role", kForbidden},      // the member would have no id
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
    STRCMP_EQUAL(kForbidden, ask("private-encrypted-own.8").c_str());
}

TEST(BroadcastingApi, GivesTheKeyOfAnEncryptedChannel) { // spec broadcasting-auth §2
    config.encryptionMasterKey = kMasterKey;

    CHECK_TRUE(
        ask("private-encrypted-vault")
            .ends_with(R"(,"shared_secret":"jNneKMvh5rhUq1TOy4jU3xJ9tJ7g+DW3fSZKwHvsZQ8="})"));
    CHECK_TRUE(ask("private-vault").find("shared_secret") == std::string::npos);
}

TEST(BroadcastingApi, SaysThatTheStoreFailedAndClosesIt) {
    STRCMP_EQUAL(R"(503 {"message":"Service Unavailable"})", ask("private-broken").c_str());
    STRCMP_EQUAL("the connection was ended", database.query("SELECT 1", 1).error().reason.c_str());
}

TEST(BroadcastingApi, RefusesALargeOrMalformedBody) {
    HttpRequest large, malformed;
    large.body.assign(16385, 'x');
    malformed.contentType = "application/json";
    malformed.body = "{";

    STRCMP_EQUAL(R"(413 {"message":"Request body too large."})", send(large).c_str());
    STRCMP_EQUAL(R"(400 {"message":"Invalid request body."})", send(malformed).c_str());
}

TEST(BroadcastingApi, WithoutAUserItDependsOnThePath) { // spec broadcasting-auth §3.4
    HttpRequest request = form("socket_id=1.2&channel_name=private-orders.1");
    STRCMP_EQUAL(R"(403 {"message":"Unauthenticated."})",
                 text(api.authorize(request, nullptr, database)).c_str());
    request.path = "/api/broadcasting/auth";
    STRCMP_EQUAL(R"(401 {"message":"Unauthenticated."})",
                 text(api.authorize(request, nullptr, database)).c_str());
}

TEST(BroadcastingApi, TellsWhetherACredentialArrived) { // RFC 6750 §3.1
    HttpRequest request = form("socket_id=1.2&channel_name=private-orders.1");
    const auto challenge = [&] {
        return api.authorize(request, nullptr, database).headers.front().second;
    };
    STRCMP_EQUAL("Bearer", challenge().c_str());
    request.headers.emplace_back("HTTP_AUTHORIZATION", "Bearer 0|nobody");
    STRCMP_EQUAL("Bearer error=\"invalid_token\"", challenge().c_str());
}

// --- Several channels at once --------------------------------------------------------------------

TEST(BroadcastingApi, DecidesABatchOneByOne) {
    const std::string body = "&socket_id=1234.5678&channel_name[0]=private-orders.42"
                             "&channel_name[1]=private-own.8&channel_name[2]=private-a%3Ab"
                             "&channel_name[3]=private-encrypted-vault";
    const char *expected =
        R"(200 {"private-a:b":{"status":400,"data":{"message":"Invalid channel name"}},)"
        R"("private-encrypted-vault":{"status":500,"data":{"message":"encryption master key not configured"}},)"
        R"("private-orders.42":{"status":200,"data":{"auth":"3f1c9a7be0d24581a6c2:86f11701e6445a0cda65c4ce93f91faa429073a511796cfa5329cb3fabcef53a"}},)"
        R"("private-own.8":{"status":403,"data":{"message":"Forbidden."}}})";
    HttpRequest json;
    json.contentType = "application/json";
    json.body = R"({"socket_id":"1234.5678","channels":["private-orders.42","private-own.8",
                    "private-a:b","private-encrypted-vault","private-own.8"]})";

    STRCMP_EQUAL(expected, send(form(body)).c_str());
    STRCMP_EQUAL(expected, send(json).c_str());
}

TEST(BroadcastingApi, AStoreThatFailsSpoilsOnlyWhatAsksIt) {
    const std::string answer = send(form("socket_id=1.2&channel_name[0]=private-asked"
                                         "&channel_name[1]=private-orders.1"
                                         "&channel_name[2]=private-broken"
                                         "&channel_name[3]=private-zzz"));
    CHECK_TRUE(answer.find(R"("private-asked":{"status":200)") != std::string::npos);
    CHECK_TRUE(answer.find(R"("private-broken":{"status":503)") != std::string::npos);
    CHECK_TRUE(answer.find(R"("private-orders.1":{"status":200)") != std::string::npos);
    CHECK_TRUE(answer.find(R"("private-zzz":{"status":403)") != std::string::npos);
    STRCMP_EQUAL("the connection was ended", database.query("SELECT 1", 1).error().reason.c_str());
}

TEST(BroadcastingApi, ABatchHasALimit) {
    config.authBatchMax = 2;
    std::string body = "socket_id=1.2&channel_name[0]=private-orders.1&channel_name[1]=private-a";

    CHECK_TRUE(send(form(body)).starts_with("200 "));
    STRCMP_EQUAL(R"(413 {"message":"Too many channels."})",
                 send(form(body + "&channel_name[2]=private-b")).c_str());
    STRCMP_EQUAL(R"(400 {"message":"Invalid socket_id"})",
                 send(form("channel_name[0]=private-orders.1")).c_str());
}

// --- Sign-in
// ---------------------------------------------------------------------------------------

TEST(BroadcastingApi, SignsWhoTheUserIs) { // spec broadcasting-auth §2
    STRCMP_EQUAL(
        R"(200 {"auth":"3f1c9a7be0d24581a6c2:83232a75202cb7af0a0117027ab4d33152d447fa41e7224f77f14ce348e5a802","user_data":"{\"id\":\"7\",\"user_info\":{\"name\":\"Ana\"},\"watchlist\":[\"8\",\"9\"]}"})",
        signIn("socket_id=1234.5678").c_str());
}

TEST(BroadcastingApi, SignsNoUserWithoutAnIdOrASocket) {
    STRCMP_EQUAL(R"(400 {"message":"Invalid socket_id"})", signIn("socket_id=1.2:x").c_str());
    user.columns["id"] = "";
    STRCMP_EQUAL(kForbidden, signIn("socket_id=1.2").c_str());
    user.columns["id"] = "a b";
    STRCMP_EQUAL(kForbidden, signIn("socket_id=1.2").c_str());
}

TEST(BroadcastingApi, WithoutAUserInTheRulesThereIsNoSignIn) {
    rules = std::move(*ChannelAuthorizer::parse("[]"));

    STRCMP_EQUAL(R"(404 {"message":"The route api/broadcasting/user-auth could not be found."})",
                 signIn("socket_id=1.2").c_str());
}

// --- Limits and JSONP
// ------------------------------------------------------------------------------

TEST(BroadcastingApi, LimitsTheRequestsOfOneAddress) {
    config.authRatePerMinute = 2;
    HttpRequest request = form("socket_id=1.2&channel_name=private-orders.1");
    request.clientAddress = "203.0.113.9";
    for (int i = 0; i < 2; i++)
        CHECK_FALSE(api.refusal(request).has_value());

    const auto refusal = api.refusal(request);
    STRCMP_EQUAL(R"(429 {"message":"Too Many Attempts."})", text(*refusal).c_str());
    STRCMP_EQUAL("60", header(*refusal, "Retry-After").c_str());
    request.clientAddress = "203.0.113.10";
    CHECK_FALSE(api.refusal(request).has_value());
}

TEST(BroadcastingApi, AnswersJsonpOnlyWhereItIsOn) { // spec broadcasting-auth §1.2
    HttpRequest request;
    request.method = "GET";
    request.query = "callback=Pusher.auth_callbacks%5B'0'%5D&socket_id=1.2&channel_name=private-x";
    const HttpResponse good{200, "application/json", "{}", {}};
    STRCMP_EQUAL("200 {}", text(api.finished(request, good)).c_str());

    config.authJsonp = true;
    const HttpResponse script = api.finished(request, good);
    STRCMP_EQUAL("200 /**/Pusher.auth_callbacks['0']({});", text(script).c_str());
    STRCMP_EQUAL("text/javascript; charset=utf-8", script.contentType.c_str());
    STRCMP_EQUAL("nosniff", header(script, "X-Content-Type-Options").c_str());
    STRCMP_EQUAL("no-store", header(script, "Cache-Control").c_str());
    const HttpResponse refused{403, "application/json", "{}", {}};
    STRCMP_EQUAL("403 {}", text(api.finished(request, refused)).c_str());
    request.query = "callback=alert(1)//";
    STRCMP_EQUAL(R"(400 {"message":"Invalid callback"})", text(*api.refusal(request)).c_str());
    STRCMP_EQUAL("200 {}", text(api.finished(request, good)).c_str());
}
