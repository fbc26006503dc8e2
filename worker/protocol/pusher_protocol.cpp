// SPDX-License-Identifier: MIT
#include "worker/protocol/pusher_protocol.h"

#include "shared/protocol/channel_rules.h"

#include <algorithm>

namespace pregon::PusherProtocol {
namespace {

tl::unexpected<Error> malformed(const char *what) {
    return failure(Errc::BadRequest, what);
}

/// `{"event":"…","data":"…","channel":"…"}`: `dataJson` is a JSON text, sent as a string (spec
/// §2.1).
std::string envelope(std::string_view event, std::string_view dataJson, std::string_view channel) {
    std::string text = R"({"event":)";
    appendJsonString(text, event);
    text += R"(,"data":)";
    appendJsonString(text, dataJson);
    text += R"(,"channel":)";
    appendJsonString(text, channel);
    text += '}';
    return text;
}

/// A string member that may be absent, null or (for `auth`) a scalar, which counts as absent.
enum class Scalars { AreAbsent, AreRefused };

Result<std::string> optionalString(const JsonSlice &slice, Scalars scalars) {
    switch (slice.kind) {
    case JsonKind::String:
        return decodeJsonString(slice.raw);
    case JsonKind::Missing:
    case JsonKind::Null:
        return std::string();
    case JsonKind::Boolean:
    case JsonKind::Number:
        if (scalars == Scalars::AreAbsent)
            return std::string();
        return malformed("member is not a string");
    case JsonKind::Array:
    case JsonKind::Object:
        return malformed("member is not a string");
    }
    return malformed("member is not a string");
}

/// The text of an object that may also be sent as a string of JSON (spec §2.1).
std::string objectText(const JsonSlice &data) {
    return data.isString() ? decodeJsonString(data.raw) : std::string(data.raw);
}

std::string jsonString(std::string_view text) {
    std::string json;
    appendJsonString(json, text);
    return json;
}

/// Distinct strings of a list, at most kMaxWatchlist; `isCut` tells whether there were more.
std::vector<std::string> readWatchlist(const JsonSlice &list, bool &isCut) {
    std::vector<std::string> ids;
    if (list.kind != JsonKind::Array)
        return ids;
    (void)scanJsonArray(list.raw, [&](JsonSlice element) { // valid: part of a scanned text
        std::string id = element.isString() ? decodeJsonString(element.raw) : std::string();
        if (id.empty() || std::find(ids.begin(), ids.end(), id) != ids.end())
            return true;
        isCut = ids.size() == kMaxWatchlist;
        if (!isCut)
            ids.push_back(std::move(id));
        return !isCut;
    });
    return ids;
}

/// How pusher:subscription_error says it, with a status as HTTP has it.
struct Refusal {
    std::string type;
    std::string_view text;
    int status;
};

Refusal refusalOf(const CodeText &why) {
    switch (why.code) {
    case Code::Unauthorized:
        return {"AuthError", "The connection is unauthorized.", 401};
    case Code::OverCapacity:
        return {"LimitReached", why.text, 403};
    case Code::ClientEventRefused: // the code of a user_info that is too large
        return {"LimitReached", why.text, 413};
    default:
        return {"AuthError", why.text, 400};
    }
}

} // namespace

Result<ClientMessage> parseClientMessage(std::string_view text) {
    const auto members = scanJsonObject(text, {"event", "data", "channel"});
    if (!members)
        return tl::unexpected<Error>(members.error());
    const auto &[event, data, channel] = *members;
    if (!event.isString())
        return malformed("event is not a string");
    ClientMessage message{decodeJsonString(event.raw), data, channel};
    if (message.event.empty())
        return malformed("event is empty");
    return message;
}

Result<SubscribeRequest> parseSubscribeRequest(const JsonSlice &data) {
    if (!data.isString() && !data.isObject())
        return malformed("data is not an object");
    const std::string object = objectText(data);
    const auto members = scanJsonObject(object, {"channel", "auth", "channel_data"});
    if (!members)
        return tl::unexpected<Error>(members.error());
    const auto &[channel, auth, channelData] = *members;
    if (!channel.isString())
        return malformed("channel is not a string");
    auto authText = optionalString(auth, Scalars::AreAbsent);
    auto dataText = optionalString(channelData, Scalars::AreRefused);
    if (!authText || !dataText)
        return malformed("auth or channel_data is not a string");
    if (!dataText->empty() && !scanJsonObject(*dataText, {}, {}))
        return malformed("channel_data is not a JSON object");
    return SubscribeRequest{decodeJsonString(channel.raw), std::move(*authText),
                            std::move(*dataText)};
}

Result<Member> parseMember(std::string_view channelData) {
    if (channelData.empty())
        return failure(Errc::Unauthorized, "channel_data is missing");
    const auto members = scanJsonObject(channelData, {"user_id", "user_info"});
    if (!members)
        return malformed("channel_data is not a JSON object");
    const auto &[userId, userInfo] = *members;
    Member member;
    if (userId.isString())
        member.userId = decodeJsonString(userId.raw);
    else if (userId.kind == JsonKind::Number)
        member.userId = userId.raw;
    if (member.userId.empty() || countCodePoints(member.userId) > ChannelRules::kMaxUserId)
        return failure(Errc::Unauthorized, "user_id is not usable");
    member.userInfoJson = userInfo.raw;
    return member;
}

Result<SignInRequest> parseSignIn(const JsonSlice &data) {
    if (!data.isString() && !data.isObject())
        return malformed("data is not an object");
    const std::string object = objectText(data);
    const auto members = scanJsonObject(object, {"auth", "user_data"});
    if (!members)
        return tl::unexpected<Error>(members.error());
    const auto &[auth, userData] = *members;
    if (!auth.isString() || !userData.isString())
        return failure(Errc::Unauthorized, "auth or user_data is not a string");
    return SignInRequest{decodeJsonString(auth.raw), decodeJsonString(userData.raw)};
}

Result<SignedIn> parseUserData(std::string_view userData) {
    const auto members = scanJsonObject(userData, {"id", "user_info", "watchlist"});
    if (!members)
        return failure(Errc::Unauthorized, "user_data is not a JSON object");
    const auto &[id, userInfo, watchlist] = *members;
    SignedIn signedIn;
    if (id.isString())
        signedIn.user.id = decodeJsonString(id.raw);
    else if (id.kind == JsonKind::Number)
        signedIn.user.id = id.raw;
    if (!ChannelRules::isValidUserId(signedIn.user.id))
        return failure(Errc::Unauthorized, "id is not usable");
    signedIn.user.userInfoJson = userInfo.raw;
    signedIn.user.watchlist = readWatchlist(watchlist, signedIn.isWatchlistCut);
    return signedIn;
}

std::string connectionEstablished(std::string_view socketId, std::int64_t activityTimeoutSeconds) {
    std::string text = R"({"event":"pusher:connection_established","data":"{\"socket_id\":\")";
    text += socketId;
    text += R"(\",\"activity_timeout\":)" + std::to_string(activityTimeoutSeconds) + R"(}"})";
    return text;
}

std::string error(const CodeText &what) {
    return R"({"event":"pusher:error","data":{"code":)" +
           std::to_string(static_cast<int>(what.code)) + R"(,"message":)" + jsonString(what.text) +
           "}}";
}

std::string subscriptionRefused(std::string_view channel, const CodeText &why) {
    const Refusal refusal = refusalOf(why);
    return R"({"event":"pusher:subscription_error","channel":)" + jsonString(channel) +
           R"(,"data":{"type":")" + refusal.type + R"(","error":)" + jsonString(refusal.text) +
           R"(,"status":)" + std::to_string(refusal.status) + "}}";
}

std::string presenceFull(std::string_view channel) {
    return R"({"event":"pusher:subscription_error","channel":)" + jsonString(channel) +
           R"(,"data":{"type":"LimitReached","error":"The maximum members per presence channel )"
           R"(limit was reached","status":4100}})";
}

std::string pong() {
    return R"({"event":"pusher:pong","data":"{}"})";
}

std::string ping() {
    return R"({"event":"pusher:ping","data":"{}"})";
}

std::string subscriptionSucceeded(std::string_view channel) {
    return envelope("pusher_internal:subscription_succeeded", "{}", channel);
}

std::string presenceSucceeded(std::string_view channel, std::size_t count,
                              const MemberLists &lists) {
    const std::string data = R"({"presence":{"count":)" + std::to_string(count) + R"(,"ids":[)" +
                             lists.ids + R"(],"hash":{)" + lists.hash + "}}}";
    return envelope("pusher_internal:subscription_succeeded", data, channel);
}

std::string memberAdded(std::string_view channel, const Member &member) {
    std::string data = R"({"user_id":)";
    appendJsonString(data, member.userId);
    if (!member.userInfoJson.empty())
        data += R"(,"user_info":)" + member.userInfoJson;
    data += '}';
    return envelope("pusher_internal:member_added", data, channel);
}

std::string memberRemoved(std::string_view channel, std::string_view userId) {
    std::string data = R"({"user_id":)";
    appendJsonString(data, userId);
    data += '}';
    return envelope("pusher_internal:member_removed", data, channel);
}

std::string cacheMiss(std::string_view channel) {
    return R"({"event":"pusher:cache_miss","channel":)" + jsonString(channel) + R"(,"data":"{}"})";
}

std::string subscriptionCount(std::string_view channel, std::size_t count) {
    return envelope("pusher_internal:subscription_count",
                    R"({"subscription_count":)" + std::to_string(count) + "}", channel);
}

std::string signInSucceeded(std::string_view userData) {
    const std::string data = R"({"user_data":)" + jsonString(userData) + "}";
    return R"({"event":"pusher:signin_success","data":)" + jsonString(data) + "}";
}

std::string watchlistEvents(const std::vector<std::string> &online,
                            const std::vector<std::string> &offline) {
    std::string events;
    const auto append = [&](const char *name, const std::vector<std::string> &ids) {
        std::string list;
        for (const std::string &id : ids)
            list += (list.empty() ? "" : ",") + jsonString(id);
        if (!list.empty())
            events += std::string(events.empty() ? "" : ",") + R"({"name":")" + name +
                      R"(","user_ids":[)" + list + "]}";
    };
    append("online", online);
    append("offline", offline);
    return R"({"event":"pusher_internal:watchlist_events","data":)" +
           jsonString(R"({"events":[)" + events + "]}") + "}";
}

std::string clientEvent(std::string_view event, std::string_view channel, std::string_view dataJson,
                        std::string_view userId) {
    std::string text =
        R"({"event":)" + jsonString(event) + R"(,"channel":)" + jsonString(channel) + R"(,"data":)";
    text += dataJson;
    if (!userId.empty())
        text += R"(,"user_id":)" + jsonString(userId);
    text += '}';
    return text;
}

std::string channelEvent(std::string_view channel, std::string_view eventJson,
                         std::string_view dataJson) {
    std::string text;
    text.reserve(40 + eventJson.size() + dataJson.size() + channel.size());
    text += R"({"event":)";
    text += eventJson;
    text += R"(,"data":)";
    text += dataJson;
    text += R"(,"channel":)";
    appendJsonString(text, channel);
    text += '}';
    return text;
}

} // namespace pregon::PusherProtocol
