// SPDX-License-Identifier: MIT
#include "worker/protocol/pusher_protocol.h"

#include "tests/worker/test_client.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace pregon;
using namespace pregon::workertest;

TEST_GROUP(PusherProtocol){/// `event|data|channel` as they came; the reason of a refusal.
                           static std::string parse(std::string_view text){
                               const auto message = PusherProtocol::parseClientMessage(text);
if (!message)
    return message.error().code == Errc::BadRequest ? "refused" : "wrong code";
return message->event + "|" + std::string(message->data.raw) + "|" +
       std::string(message->channel.raw);
}

/// `channel|auth|channel_data` of a subscription's data.
static std::string parseSubscribe(const std::string &data) {
    const std::string text = R"({"event":"pusher:subscribe","data":)" + data + "}";
    const auto message = PusherProtocol::parseClientMessage(text);
    CHECK_TRUE_TEXT(message.has_value(), data.c_str());
    const auto request = PusherProtocol::parseSubscribeRequest(message->data);
    if (!request)
        return "refused";
    return request->channel + "|" + request->auth + "|" + request->channelData;
}

/// `user_id|user_info`; `invalid` (4200), `unauthorized` (4009).
static std::string parseMember(const std::string &channelData) {
    const auto member = PusherProtocol::parseMember(channelData);
    if (!member)
        return member.error().code == Errc::BadRequest ? "invalid" : "unauthorized";
    return member->userId + "|" + member->userInfoJson;
}
}
;

// What the server says: the texts of the specification, byte for byte.

TEST(PusherProtocol, SaysConnectionEstablished) { // §1.5
    STRCMP_EQUAL(
        R"({"event":"pusher:connection_established","data":"{\"socket_id\":\"482913377.91820455\",\"activity_timeout\":30}"})",
        PusherProtocol::connectionEstablished("482913377.91820455", 30).c_str());
}

TEST(PusherProtocol, SaysErrors) { // §3.4
    STRCMP_EQUAL(
        R"({"event":"pusher:error","data":{"code":4009,"message":"Connection is unauthorized"}})",
        PusherProtocol::error(PusherProtocol::kUnauthorized).c_str());
}

TEST(PusherProtocol, HasTheTextsOfTheSpecification) { // §1.4, §2.3, §3.5, §7.2
    using namespace PusherProtocol;
    const std::pair<CodeText, std::pair<int, const char *>> cases[] = {
        {kTlsRequired, {4000, "Application only accepts TLS"}},
        {kApplicationUnknown, {4001, "Application does not exist"}},
        {kApplicationDisabled, {4003, "Application is disabled"}},
        {kOverConnectionQuota, {4004, "Application is over connection quota"}},
        {kPathNotFound, {4005, "Path not found"}},
        {kInvalidVersion, {4006, "Invalid version string format"}},
        {kUnsupportedVersion, {4007, "Unsupported protocol version"}},
        {kUnauthorized, {4009, "Connection is unauthorized"}},
        {kOriginRefused, {4009, "Origin not allowed"}},
        {kNotAMember, {4009, "The client is not a member of the specified channel."}},
        {kDisconnectedByApp, {4009, "You got disconnected by the app."}},
        {kNotAuthorizedInTime, {4009, "Connection not authorized within timeout."}},
        {kOverCapacity, {4100, "Over capacity"}},
        {kInvalidMessage, {4200, "Invalid message format"}},
        {kPongNotReceived, {4201, "Pong reply not received in time"}},
        {kInvalidChannel, {4300, "Invalid channel name"}},
        {kClientEventsOff, {4301, "The app does not have client messaging enabled."}},
        {kRateLimited, {4301, "Rate limit exceeded"}},
        {kClientEventRate, {4301, "Client event rejected due to rate limit"}},
        {kClientEventNameTooLong, {4301, "Event name is too long. Maximum allowed size is 200."}},
        {kClientEventTooLarge, {4301, "The event data should be less than 10 KB."}},
        {kWatchlistTooLong,
         {4302, "Watchlist limit exceeded. Only the first 100 user IDs are accepted."}},
    };
    for (const auto &[what, expected] : cases) {
        LONGS_EQUAL(expected.first, static_cast<int>(what.code));
        STRCMP_EQUAL(expected.second, std::string(what.text).c_str());
    }
}

TEST(PusherProtocol, SaysPingAndPongWithoutData) { // §2.1
    STRCMP_EQUAL(R"({"event":"pusher:ping","data":"{}"})", PusherProtocol::ping().c_str());
    STRCMP_EQUAL(R"({"event":"pusher:pong","data":"{}"})", PusherProtocol::pong().c_str());
}

TEST(PusherProtocol, SaysSubscriptionSucceeded) { // §4.2
    STRCMP_EQUAL(
        R"({"event":"pusher_internal:subscription_succeeded","data":"{}","channel":"news"})",
        PusherProtocol::subscriptionSucceeded("news").c_str());
}

TEST(PusherProtocol, SaysThePresenceList) { // §5.3
    TestWorld world;
    TestClient ana(world, "1.1"), bo(world, "2.2");
    Presence presence;
    presence.join(ana, {"7", R"({"name":"Ana"})"});
    presence.join(bo, {"8", ""});

    STRCMP_EQUAL(
        R"({"event":"pusher_internal:subscription_succeeded","data":"{\"presence\":{\"count\":2,\"ids\":[\"7\",\"8\"],\"hash\":{\"7\":{\"name\":\"Ana\"},\"8\":null}}}","channel":"presence-room.1"})",
        PusherProtocol::presenceSucceeded("presence-room.1", presence.userCount(), presence.lists())
            .c_str());
}

TEST(PusherProtocol, PresenceHashIsAnObjectEvenForUserZero) { // §5.3
    TestWorld world;
    TestClient ana(world, "1.1");
    Presence presence;
    presence.join(ana, {"0", ""});

    CHECK_TRUE(
        PusherProtocol::presenceSucceeded("presence-a", presence.userCount(), presence.lists())
            .find(R"(\"hash\":{\"0\":null})") != std::string::npos);
}

TEST(PusherProtocol, SaysMemberAdded) { // §5.4
    STRCMP_EQUAL(
        R"({"event":"pusher_internal:member_added","data":"{\"user_id\":\"8\",\"user_info\":{\"name\":\"Bo\"}}","channel":"presence-room.1"})",
        PusherProtocol::memberAdded("presence-room.1", {"8", R"({"name":"Bo"})"}).c_str());
    STRCMP_EQUAL(
        R"({"event":"pusher_internal:member_added","data":"{\"user_id\":\"8\"}","channel":"presence-room.1"})",
        PusherProtocol::memberAdded("presence-room.1", {"8", ""}).c_str());
}

TEST(PusherProtocol, SaysMemberRemoved) { // §5.4
    STRCMP_EQUAL(
        R"({"event":"pusher_internal:member_removed","data":"{\"user_id\":\"8\"}","channel":"presence-room.1"})",
        PusherProtocol::memberRemoved("presence-room.1", "8").c_str());
}

TEST(PusherProtocol, EscapesUserIdsAtBothLevels) {
    STRCMP_EQUAL(
        R"({"event":"pusher_internal:member_removed","data":"{\"user_id\":\"a\\\"b\\\\\"}","channel":"presence-a"})",
        PusherProtocol::memberRemoved("presence-a", R"(a"b\)").c_str());
}

TEST(PusherProtocol, SaysWhyASubscriptionFailed) { // §4.3, §5.5
    STRCMP_EQUAL(
        R"({"event":"pusher:subscription_error","channel":"private-a","data":{"type":"AuthError","error":"The connection is unauthorized.","status":401}})",
        PusherProtocol::subscriptionRefused("private-a", PusherProtocol::kUnauthorized).c_str());
    const std::pair<PusherProtocol::CodeText, const char *> cases[] = {
        {PusherProtocol::kInvalidChannel,
         R"("AuthError","error":"Invalid channel name","status":400)"},
        {PusherProtocol::kInvalidMessage,
         R"("AuthError","error":"Invalid message format","status":400)"},
        {PusherProtocol::kUserInfoTooLarge,
         R"("LimitReached","error":"The user_info exceeds the allowed maximum size.","status":413)"},
        {PusherProtocol::kOverCapacity, R"("LimitReached","error":"Over capacity","status":403)"},
    };
    for (const auto &[why, expected] : cases)
        STRCMP_EQUAL((R"({"event":"pusher:subscription_error","channel":"a","data":{"type":)" +
                      std::string(expected) + "}}")
                         .c_str(),
                     PusherProtocol::subscriptionRefused("a", why).c_str());
    STRCMP_EQUAL(
        R"({"event":"pusher:subscription_error","channel":"presence-a","data":{"type":"LimitReached","error":"The maximum members per presence channel limit was reached","status":4100}})",
        PusherProtocol::presenceFull("presence-a").c_str());
}

TEST(PusherProtocol, SaysCacheMiss) { // §6
    STRCMP_EQUAL(R"({"event":"pusher:cache_miss","channel":"cache-prices","data":"{}"})",
                 PusherProtocol::cacheMiss("cache-prices").c_str());
}

TEST(PusherProtocol, SaysSubscriptionCount) { // §9
    STRCMP_EQUAL(
        R"({"event":"pusher_internal:subscription_count","data":"{\"subscription_count\":3}","channel":"news"})",
        PusherProtocol::subscriptionCount("news", 3).c_str());
}

TEST(PusherProtocol, SaysWatchlistEvents) { // §8.3
    STRCMP_EQUAL(
        R"({"event":"pusher_internal:watchlist_events","data":"{\"events\":[{\"name\":\"online\",\"user_ids\":[\"8\"]},{\"name\":\"offline\",\"user_ids\":[\"9\",\"10\"]}]}"})",
        PusherProtocol::watchlistEvents({"8"}, {"9", "10"}).c_str());
    STRCMP_EQUAL(
        R"({"event":"pusher_internal:watchlist_events","data":"{\"events\":[{\"name\":\"offline\",\"user_ids\":[\"9\"]}]}"})",
        PusherProtocol::watchlistEvents({}, {"9"}).c_str());
}

TEST(PusherProtocol, SaysClientEvents) { // §7.1
    STRCMP_EQUAL(
        R"({"event":"client-typing","channel":"presence-room.1","data":{"name":"Ana"},"user_id":"7"})",
        PusherProtocol::clientEvent("client-typing", "presence-room.1", R"({"name":"Ana"})", "7")
            .c_str());
    STRCMP_EQUAL(R"({"event":"client-\"","channel":"a","data":"text"})",
                 PusherProtocol::clientEvent("client-\"", "a", R"("text")", "").c_str());
}

TEST(PusherProtocol, PassesEventsOnVerbatim) { // §10
    STRCMP_EQUAL(
        R"({"event":"App\\Events\\OrderShipped","data":"{\"id\":42,\"n\":\"\u00e9\/\"}","channel":"private-orders.42"})",
        PusherProtocol::channelEvent("private-orders.42", R"("App\\Events\\OrderShipped")",
                                     R"("{\"id\":42,\"n\":\"\u00e9\/\"}")")
            .c_str());
}

// What a client says.

TEST(PusherProtocol, ReadsTheEnvelope) { // §2, §4.5
    const std::pair<const char *, const char *> cases[] = {
        {R"({"event":"pusher:ping"})", "pusher:ping||"},
        {R"({"event":"a","data":{"x": 1},"channel":"c"})", R"(a|{"x": 1}|"c")"},
        {R"({"event":"a","event":"b"})", "b||"},
        {R"({"\u0065vent":"pusher\u003aping"})", "pusher:ping||"},
        {R"({"event":"a","channel":5,"more":[]})", "a||5"},
        {"", "refused"},
        {"nonsense", "refused"},
        {"[]", "refused"},
        {R"("event")", "refused"},
        {"{}", "refused"},
        {R"({"event":""})", "refused"},
        {R"({"event":null})", "refused"},
        {R"({"event":5})", "refused"},
        {R"({"Event":"a"})", "refused"},
        {R"({"event":"a"}x)", "refused"},
        {"\xef\xbb\xbf{\"event\":\"a\"}", "refused"},
        {R"({"event":"\ud800"})", "refused"},
    };
    for (const auto &[text, expected] : cases)
        STRCMP_EQUAL_TEXT(expected, parse(text).c_str(), text);
}

TEST(PusherProtocol, ReadsTheDataOfASubscription) { // §4.5
    const std::pair<const char *, const char *> cases[] = {
        {R"({"channel":"news"})", "news||"},
        {R"({"auth":"k:s","channel":"c","channel_data":"{}","x":1})", "c|k:s|{}"},
        {R"("{\"channel\":\"news\"}")", "news||"},
        {R"({"channel":"c","auth":null,"channel_data":null})", "c||"},
        {R"({"channel":"c","auth":5})", "c||"},
        {R"({"channel":"c","auth":true})", "c||"},
        {R"({"channel":"c","channel_data":"{\"n\":\"Zo\\u00eb\"}"})", R"(c||{"n":"Zo\u00eb"})"},
        {R"({"channel":""})", "||"},
        {R"({"channel":"c","auth":[]})", "refused"},
        {R"({"channel":"c","auth":{}})", "refused"},
        {R"({"channel":"c","channel_data":5})", "refused"},
        {R"({"channel":"c","channel_data":{}})", "refused"},
        {R"({"channel":"c","channel_data":true})", "refused"},
        {R"({"channel":5})", "refused"},
        {R"({"channel":true})", "refused"},
        {R"({"channel":null})", "refused"},
        {R"({"channel":["c"]})", "refused"},
        {"{}", "refused"},
        {"[]", "refused"},
        {"null", "refused"},
        {"5", "refused"},
        {R"("news")", "refused"},
        {R"("\"{}\"")", "refused"},
    };
    for (const auto &[data, expected] : cases)
        STRCMP_EQUAL_TEXT(expected, parseSubscribe(data).c_str(), data);
}

TEST(PusherProtocol, RefusesASubscriptionWithoutData) {
    CHECK_FALSE(PusherProtocol::parseSubscribeRequest({}).has_value());
}

TEST(PusherProtocol, ReadsMembers) { // §4.5, §5.1
    const std::string long128 = std::string(127, 'a') + "é";
    const std::pair<std::string, std::string> cases[] = {
        {R"({"user_id":"7","user_info":{"name":"Ana"}})", R"(7|{"name":"Ana"})"},
        {R"({"user_id":"7"})", "7|"},
        {R"({"user_id":7})", "7|"},
        {R"({"user_id":12345678901234567890})", "12345678901234567890|"},
        {R"({"user_id":"0","user_info":null})", "0|null"},
        {R"({"user_id":"7","user_info":{ "b":1,"a":2.0 }})", R"(7|{ "b":1,"a":2.0 })"},
        {R"({"user_id":")" + long128 + "\"}", long128 + "|"},
        {R"({"user_id":"x)" + long128 + "\"}", "unauthorized"},
        {R"({"user_id":""})", "unauthorized"},
        {R"({"user_id":null})", "unauthorized"},
        {R"({"user_id":true})", "unauthorized"},
        {R"({"user_id":["7"]})", "unauthorized"},
        {R"({"user_id":{}})", "unauthorized"},
        {R"({"user_info":{}})", "unauthorized"},
        {"{}", "unauthorized"},
        {"", "unauthorized"},
        {"[]", "invalid"},
        {"7", "invalid"},
        {"{", "invalid"},
        {R"({"user_id":"7"}x)", "invalid"},
    };
    for (const auto &[channelData, expected] : cases)
        STRCMP_EQUAL_TEXT(expected.c_str(), parseMember(channelData).c_str(), channelData.c_str());
}

TEST(PusherProtocol, ReadsTheDataOfASignIn) { // §8
    const std::pair<const char *, const char *> cases[] = {
        {R"({"auth":"k:s","user_data":"{\"id\":\"7\"}"})", R"(k:s|{"id":"7"})"},
        {R"("{\"auth\":\"k:s\",\"user_data\":\"{}\"}")", "k:s|{}"},
        {R"({"auth":"k:s","user_data":""})", "k:s|"},
        {R"({"auth":"k:s"})", "refused"},
        {R"({"user_data":"{}"})", "refused"},
        {R"({"auth":null,"user_data":"{}"})", "refused"},
        {R"({"auth":"k:s","user_data":{"id":"7"}})", "refused"},
        {R"("nonsense")", "refused"},
        {"[]", "refused"},
        {"null", "refused"},
    };
    for (const auto &[data, expected] : cases) {
        const std::string text = R"({"event":"pusher:signin","data":)" + std::string(data) + "}";
        const auto message = PusherProtocol::parseClientMessage(text);
        const auto request = PusherProtocol::parseSignIn(message->data);
        const std::string read = request ? request->auth + "|" + request->userData : "refused";
        STRCMP_EQUAL_TEXT(expected, read.c_str(), data);
    }
}
