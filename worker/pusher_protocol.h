#pragma once

#include "shared/json_scan.h"
#include "shared/result.h"
#include "worker/presence.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pregon {

/// The texts of the Pusher protocol, version 7: client text -> ClientMessage, server event -> text.
/// The one place that knows the JSON of each message (spec pusher-websocket). Pure.
namespace PusherProtocol {

/// Error and close codes (spec §3.5).
enum class Code : std::uint16_t {
    ApplicationUnknown = 4001,
    OverConnectionQuota = 4004,
    PathNotFound = 4005,
    InvalidVersion = 4006,
    UnsupportedVersion = 4007,
    Unauthorized = 4009,
    OverCapacity = 4100,
    InvalidMessage = 4200,
    PongNotReceived = 4201,
    InvalidChannel = 4300,
    ClientEventRefused = 4301,
};

struct CodeText {
    Code code;
    std::string_view text;
};

inline constexpr CodeText kApplicationUnknown{Code::ApplicationUnknown,
                                              "Application does not exist"};
inline constexpr CodeText kOverConnectionQuota{Code::OverConnectionQuota,
                                               "Application is over connection quota"};
inline constexpr CodeText kPathNotFound{Code::PathNotFound, "Path not found"};
inline constexpr CodeText kInvalidVersion{Code::InvalidVersion, "Invalid version string format"};
inline constexpr CodeText kUnsupportedVersion{Code::UnsupportedVersion,
                                              "Unsupported protocol version"};
inline constexpr CodeText kUnauthorized{Code::Unauthorized, "Connection is unauthorized"};
inline constexpr CodeText kOverCapacity{Code::OverCapacity, "Over capacity"};
inline constexpr CodeText kInvalidMessage{Code::InvalidMessage, "Invalid message format"};
inline constexpr CodeText kPongNotReceived{Code::PongNotReceived,
                                           "Pong reply not received in time"};
inline constexpr CodeText kInvalidChannel{Code::InvalidChannel, "Invalid channel name"};
inline constexpr CodeText kClientEventsOff{Code::ClientEventRefused,
                                           "The app does not have client messaging enabled."};

/// What a client sent. The slices are of the received text.
struct ClientMessage {
    std::string event;
    JsonSlice data;
    JsonSlice channel;
};

/// BadRequest unless the text is a JSON object with a non-empty string `event` (spec §4.5).
Result<ClientMessage> parseClientMessage(std::string_view text);

/// `data` of pusher:subscribe and pusher:unsubscribe.
struct SubscribeRequest {
    std::string channel;
    std::string auth;        ///< empty if absent, null or a scalar
    std::string channelData; ///< exactly as it was signed; empty if absent or null
};

/// `data` is an object, or a string that holds one. BadRequest by spec §4.5.
Result<SubscribeRequest> parseSubscribeRequest(const JsonSlice &data);

/// The member that channel_data describes. BadRequest: not a JSON object. Unauthorized: no usable
/// user_id (spec §4.5, §5.1).
Result<Member> parseMember(std::string_view channelData);

std::string connectionEstablished(std::string_view socketId, std::int64_t activityTimeoutSeconds);
std::string error(const CodeText &what);
std::string pong();
std::string ping();
std::string subscriptionSucceeded(std::string_view channel);
std::string presenceSucceeded(std::string_view channel, const Presence &presence);
std::string memberAdded(std::string_view channel, const Member &member);
std::string memberRemoved(std::string_view channel, std::string_view userId);
/// `eventJson` and `dataJson` are JSON strings with their quotes, passed on verbatim.
std::string channelEvent(std::string_view channel, std::string_view eventJson,
                         std::string_view dataJson);

} // namespace PusherProtocol
} // namespace pregon
