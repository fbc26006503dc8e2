// SPDX-License-Identifier: MIT
#include "webhookd/hook_body.h"

#include "shared/protocol/hmac_signer.h"
#include "webhookd/hook_request.h"

#include <algorithm>
#include <set>

#include "CppUTest/TestHarness.h"

using namespace pregon;

namespace {

HookEvent event(HookKind kind, const char *channel, const char *userId = "") {
    HookEvent event;
    event.kind = kind;
    event.channel = channel;
    event.userId = userId;
    return event;
}

HookEvent clientEvent(const char *channel, const char *name, const char *dataJson,
                      const char *socketId, const char *userId = "") {
    HookEvent made = event(HookKind::ClientEvent, channel, userId);
    made.event = name;
    made.dataJson = dataJson;
    made.socketId = socketId;
    return made;
}

HookEvent count(const char *channel, std::uint64_t number) {
    HookEvent made = event(HookKind::SubscriptionCount, channel);
    made.count = number;
    return made;
}

std::string body(std::int64_t timeMs, const std::vector<HookEvent> &events) {
    std::vector<std::string> json;
    for (const HookEvent &one : events)
        json.push_back(eventJson(one));
    return bodyOf(timeMs, json);
}

struct Vector {
    std::size_t bytes;
    std::string body;
    const char *signature;
};

} // namespace

TEST_GROUP(HookBody) {
    HookTarget target{"app", "3f1c9a7be0d24581a6c2", "9d0b57f8c61e4a2f8b73", 1, {}};

    std::string headerOf(const HookRequest &request, const std::string &name) {
        for (const auto &[known, value] : request.headers)
            if (known == name)
                return value;
        return "";
    }
};

TEST(HookBody, IsThatOfEveryVector) { // spec webhooks §9
    const Vector vectors[] = {
        {94, body(1700000000123, {event(HookKind::ChannelOccupied, "private-orders.42")}),
         "8640cf7fc201bc244ef17594795cc4f1a87617fa6715c36a5081497edbba52bd"},
        {93, body(1700000003123, {event(HookKind::ChannelVacated, "private-orders.42")}),
         "6a9bcfc975e2b4300be4b5cdc2431cd335c1da4973dc8a43f94c22c71a2682b5"},
        {102, body(1700000000500, {event(HookKind::MemberAdded, "presence-room.1", "7")}),
         "6f52eb8b80e5443b0171cd61503829802770517891517b27758a398d34b871f9"},
        {104, body(1700000004000, {event(HookKind::MemberRemoved, "presence-room.1", "7")}),
         "32bc8b3028c55ab5e927bd84a0e07fc4fecd64bc5eecdb617d2ab980cdcf759b"},
        {161,
         body(1700000001000,
              {clientEvent("private-orders.42", "client-typing", R"({"on":true})", "1234.5678")}),
         "70be777934fb73a1a89684cdd8c9f3b5fea09a462b0d4a915d224bd9bd882396"},
        {160,
         body(1700000001500,
              {clientEvent("presence-room.1", "client-hi", R"("hola")", "1234.5678", "7")}),
         "de9b447cde9ff146e72f936996bebbd0cf6a0e4ad630d6755e8fae5f6f37ba68"},
        {91, body(1700000002000, {event(HookKind::CacheMiss, "private-cache-prices")}),
         "82a02f265b8b91bddc7d3377b0511515b4a41531bd17e4399e53d27372141ea3"},
        {107, body(1700000002500, {count("news", 13)}),
         "c7203e7ad76df5588660c478bb5ab8886e3e5b03744e7e9e8202eb93e14bf6c9"},
        {224,
         body(1700000000123, {event(HookKind::ChannelOccupied, "presence-room.1"),
                              event(HookKind::MemberAdded, "presence-room.1", "7"),
                              event(HookKind::MemberAdded, "presence-room.1", "8")}),
         "7f4c8c395e60f15802df7b83d23d73e3b14aa8a206ac0b4900e0d1cf645745d1"},
        {146,
         body(1700000005000,
              {clientEvent("private-chat.9", "client-msg", "\"Se\\u00f1al \xe2\x9c\x93\"", "1.2")}),
         "8e4cb1d4e4077b4a6f284d23324cf04bf5c3a74e713f329148eec26faf3272a1"},
    };
    for (const Vector &vector : vectors) {
        LONGS_EQUAL(vector.bytes, vector.body.size());
        const HookRequest request = hookRequest(target, "id", 1, vector.body);
        STRCMP_EQUAL(vector.signature, headerOf(request, "X-Pusher-Signature").c_str());
    }
}

TEST(HookBody, EncodedAnewByAReceiverHasAnotherSignature) { // spec webhooks §9
    const std::string again = R"({ "time_ms": 1700000000123, "events": [{ "name": )"
                              R"("channel_occupied", "channel": "private-orders.42" }] })";

    STRCMP_EQUAL("85d6b425f90a53f7203b7889cf79056fb0ccd03c33e148d985e68b9bd1d0f476",
                 HmacSigner(target.appSecret).sign(again).c_str());
}

TEST(HookBody, HasTheDataOfAClientEventAsTextWhateverItIs) {
    const std::pair<const char *, const char *> cases[] = {
        {"[1,2]", R"("data":"[1,2]")"},
        {"17", R"("data":"17")"},
        {"true", R"("data":"true")"},
        {R"("a\"b")", R"("data":"a\"b")"},
        {R"("a\/b")", R"("data":"a/b")"},
        {R"("a\u0000b")", R"("data":"a\u0000b")"}, // which no C string can hold
    };
    for (const auto &[data, expected] : cases)
        CHECK(eventJson(clientEvent("private-a", "client-x", data, "1.1")).find(expected) !=
              std::string::npos);
}

TEST(HookBody, HasAnIdThatTellsItsTimeAndIsNeverTheSame) {
    std::set<std::string> ids;
    for (int i = 0; i < 1000; i++)
        ids.insert(newDeliveryId(1700000000123));

    LONGS_EQUAL(1000, ids.size());
    LONGS_EQUAL(26, ids.begin()->size());
    CHECK(std::ranges::all_of(ids, [&](const std::string &id) {
        return id.substr(0, 10) == ids.begin()->substr(0, 10);
    }));
    CHECK(newDeliveryId(1700000000124) > *ids.rbegin());
}

TEST(HookBody, GoesOutWithOurHeadersAndThenTheConfiguredOnes) {
    target.settings.headers = {{"Authorization", "Bearer x"}};

    const HookRequest request = hookRequest(target, "01JD", 3, "{}");

    STRCMP_EQUAL("application/json", headerOf(request, "Content-Type").c_str());
    STRCMP_EQUAL("3f1c9a7be0d24581a6c2", headerOf(request, "X-Pusher-Key").c_str());
    STRCMP_EQUAL("01JD", headerOf(request, "X-Pregon-Delivery").c_str());
    STRCMP_EQUAL("3", headerOf(request, "X-Pregon-Attempt").c_str());
    STRCMP_EQUAL("Authorization", request.headers.back().first.c_str());
}
