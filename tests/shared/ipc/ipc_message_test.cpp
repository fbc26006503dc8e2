// SPDX-License-Identifier: MIT
#include "shared/ipc/ipc_message.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace pregon;

TEST_GROUP(PublishMessage) {
    const PublishMessage event{
        "417702", "1234.5678", R"("App\\Events\\Paid")", R"("{\"id\":42}")", {"a", "private-b"}};
};

TEST(PublishMessage, RoundTrips) {
    const auto decoded = PublishMessage::decode(event.encode());

    STRCMP_EQUAL("417702", decoded->appId.c_str());
    STRCMP_EQUAL("1234.5678", decoded->exceptSocketId.c_str());
    STRCMP_EQUAL(event.eventJson.c_str(), decoded->eventJson.c_str());
    STRCMP_EQUAL(event.dataJson.c_str(), decoded->dataJson.c_str());
    CHECK_TRUE(decoded->channels == event.channels);
}

TEST(PublishMessage, CarriesEveryByte) {
    PublishMessage bytes = event;
    bytes.dataJson = std::string("\0\xff\n", 3);

    CHECK_TRUE(PublishMessage::decode(bytes.encode())->dataJson == bytes.dataJson);
}

TEST(PublishMessage, IsRefusedWhereverItIsCut) {
    const std::string payload = event.encode();
    for (std::size_t length = 0; length < payload.size(); length++)
        CHECK_FALSE(PublishMessage::decode(payload.substr(0, length)).has_value());
}

TEST(PublishMessage, IsDecodedWithFieldsBehindItThatALaterReleaseAppended) {
    const auto decoded = PublishMessage::decode(event.encode() + "later");

    CHECK_TRUE(decoded->channels == event.channels);
}

TEST(PublishMessage, HasOneTo100Channels) {
    PublishMessage message = event;
    for (const auto &[count, isValid] :
         {std::pair(0, false), {1, true}, {100, true}, {101, false}}) {
        message.channels.assign(static_cast<std::size_t>(count), "c");
        CHECK_EQUAL(isValid, PublishMessage::decode(message.encode()).has_value());
    }
}

TEST(PublishMessage, IsRefusedWithALengthThatReachesBeyondIt) {
    std::string payload = event.encode();
    payload.replace(0, 4, "\xff\xff\xff\xff");

    CHECK_FALSE(PublishMessage::decode(payload).has_value());
}

namespace {

/// Refused wherever it is cut, and the same with what a later release appends.
template <class Message>
void checkItsEnd(const Message &message) {
    const std::string payload = message.encode();
    CHECK_TRUE(Message::decode(payload).has_value());
    for (std::size_t length = 0; length < payload.size(); length++)
        CHECK(Message::decode(payload.substr(0, length)).error().code == Errc::BadRequest);
    CHECK_TRUE(Message::decode(payload + "later")->encode() == payload);
    CHECK_FALSE(Message::decode("\xff\xff\xff\xff" + payload.substr(4)).has_value());
}

} // namespace

TEST_GROUP(IpcQueries){};

TEST(IpcQueries, ChannelsRoundTrip) {
    const auto decoded =
        ChannelsQuery::decode(ChannelsQuery{"417702", kUserCount | kCache, "presence-"}.encode());

    STRCMP_EQUAL("417702", decoded->appId.c_str());
    LONGS_EQUAL(kUserCount | kCache, decoded->attributes);
    STRCMP_EQUAL("presence-", decoded->prefix.c_str());
}

TEST(IpcQueries, ChannelInfoRoundTrips) {
    const std::vector<std::string> channels = {"news", "presence-a"};
    const auto decoded =
        ChannelInfoQuery::decode(ChannelInfoQuery{"417702", kOccupied, channels}.encode());

    STRCMP_EQUAL("417702", decoded->appId.c_str());
    LONGS_EQUAL(kOccupied, decoded->attributes);
    CHECK_TRUE(decoded->channels == channels);
}

TEST(IpcQueries, ChannelInfoHasOneTo100Channels) {
    for (const auto &[count, isValid] :
         {std::pair(0, false), {1, true}, {100, true}, {101, false}}) {
        const ChannelInfoQuery query{
            "1", 0, std::vector<std::string>(static_cast<std::size_t>(count), "c")};
        CHECK_EQUAL(isValid, ChannelInfoQuery::decode(query.encode()).has_value());
    }
}

TEST(IpcQueries, AboutAnApplicationRoundTrip) {
    const auto decoded = AppQuery::decode(AppQuery{"417702", "presence-a"}.encode());

    STRCMP_EQUAL("417702", decoded->appId.c_str());
    STRCMP_EQUAL("presence-a", decoded->subject.c_str());
    STRCMP_EQUAL("", AppQuery::decode(AppQuery{"1", ""}.encode())->subject.c_str());
}

TEST(IpcQueries, OfWatchersAndListsRoundTrip) {
    const auto request = TailRequest::decode(TailRequest{"417702", "news"}.encode());
    const auto event =
        TailEvent::decode(TailEvent{"417702", "news", "1.2", 3, 4, R"({"event":"e"})"}.encode());
    const auto query = ListQuery::decode(ListQuery{"417702", "private-", {13, 7}}.encode());

    STRCMP_EQUAL("417702 news", (request->appId + " " + request->channel).c_str());
    STRCMP_EQUAL(R"(417702 news 1.2 {"event":"e"})",
                 (event->appId + " " + event->channel + " " + event->senderSocketId + " " +
                  event->messageJson)
                     .c_str());
    LONGS_EQUAL(3, event->deliveries);
    LONGS_EQUAL(4, event->dropped);
    STRCMP_EQUAL("417702 private-", (query->appId + " " + query->prefix).c_str());
    LONGS_EQUAL(13, query->from.buckets);
    LONGS_EQUAL(7, query->from.next);
}

TEST(IpcQueries, EndWhereTheirLastFieldEnds) {
    checkItsEnd(ChannelsQuery{"417702", 3, "presence-"});
    checkItsEnd(ChannelInfoQuery{"417702", 3, {"news", "presence-a"}});
    checkItsEnd(AppQuery{"417702", "7"});
    checkItsEnd(TailRequest{"417702", "news"});
    checkItsEnd(TailEvent{"417702", "news", "1.2", 3, 4, "{}"});
    checkItsEnd(ListQuery{"417702", "private-", {13, 7}});
}

TEST_GROUP(ReplyMessage){};

TEST(ReplyMessage, RoundTripsSuccess) {
    const auto decoded = ReplyMessage::decode(ReplyMessage{std::nullopt, "{}"}.encode());

    CHECK_FALSE(decoded->error.has_value());
    STRCMP_EQUAL("{}", decoded->text.c_str());
}

TEST(ReplyMessage, RoundTripsEveryError) {
    for (Errc code : {Errc::BadRequest, Errc::Unauthorized, Errc::Forbidden, Errc::NotFound,
                      Errc::TooLarge, Errc::Unavailable, Errc::Internal, Errc::Degraded})
        CHECK(ReplyMessage::decode(ReplyMessage{code, "why"}.encode())->error == code);
}

TEST(ReplyMessage, EndsWhereItsLastFieldEnds) {
    const std::string payload = ReplyMessage{Errc::NotFound, "why"}.encode();
    for (std::size_t length = 0; length < payload.size(); length++)
        CHECK_FALSE(ReplyMessage::decode(payload.substr(0, length)).has_value());
    STRCMP_EQUAL("why", ReplyMessage::decode(payload + "later")->text.c_str());
}

TEST(ReplyMessage, IsRefusedWithAnUnknownCode) {
    std::string payload = ReplyMessage{Errc::Internal, ""}.encode();
    for (const char code : {'\x09', '\xff'}) {
        payload[0] = code;
        CHECK_FALSE(ReplyMessage::decode(payload).has_value());
    }
}
