// SPDX-License-Identifier: MIT
#pragma once

#include "shared/json/json_scan.h"
#include "shared/result.h"
#include "worker/protocol/member.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pregon {

/// The texts of the Pusher protocol, version 7: client text -> ClientMessage, server event -> text.
/// The one place that knows the JSON of each message (spec pusher-websocket). Pure.
namespace PusherProtocol {

/// Error and close codes (spec §3.5).
enum class Code : std::uint16_t {
    TlsRequired = 4000,
    ApplicationUnknown = 4001,
    ApplicationDisabled = 4003,
    OverConnectionQuota = 4004,
    PathNotFound = 4005,
    InvalidVersion = 4006,
    UnsupportedVersion = 4007,
    Unauthorized = 4009,
    OverCapacity = 4100,
    ComeBackAtOnce = 4200, ///< as a Close code
    InvalidMessage = 4200, ///< as an error's
    PongNotReceived = 4201,
    InvalidChannel = 4300,
    ClientEventRefused = 4301,
    WatchlistTooLong = 4302,
};

struct CodeText {
    Code code;
    std::string_view text;
};

inline constexpr CodeText kApplicationUnknown{Code::ApplicationUnknown,
                                              "Application does not exist"};
inline constexpr CodeText kTlsRequired{Code::TlsRequired, "Application only accepts TLS"};
inline constexpr CodeText kApplicationDisabled{Code::ApplicationDisabled,
                                               "Application is disabled"};
inline constexpr CodeText kOriginRefused{Code::Unauthorized, "Origin not allowed"};
inline constexpr CodeText kOverConnectionQuota{Code::OverConnectionQuota,
                                               "Application is over connection quota"};
inline constexpr CodeText kPathNotFound{Code::PathNotFound, "Path not found"};
inline constexpr CodeText kInvalidVersion{Code::InvalidVersion, "Invalid version string format"};
inline constexpr CodeText kUnsupportedVersion{Code::UnsupportedVersion,
                                              "Unsupported protocol version"};
inline constexpr CodeText kUnauthorized{Code::Unauthorized, "Connection is unauthorized"};
inline constexpr CodeText kOverCapacity{Code::OverCapacity, "Over capacity"};
/// For new connections. Not 42xx: with such a code before the greeting pusher-js tries again
/// without any delay, for ever (spec §1.4).
inline constexpr CodeText kDraining{Code::OverCapacity,
                                    "Server is closing. Please reconnect shortly."};
/// For clients that have had the greeting (spec §3.3): only as a Close code, and spread over a
/// period.
inline constexpr CodeText kRestarting{Code::ComeBackAtOnce, "Server is restarting"};
inline constexpr CodeText kInvalidMessage{Code::InvalidMessage, "Invalid message format"};
inline constexpr CodeText kPongNotReceived{Code::PongNotReceived,
                                           "Pong reply not received in time"};
inline constexpr CodeText kInvalidChannel{Code::InvalidChannel, "Invalid channel name"};
inline constexpr CodeText kClientEventsOff{Code::ClientEventRefused,
                                           "The app does not have client messaging enabled."};
inline constexpr CodeText kNoPublicClientEvents{
    Code::ClientEventRefused, "Client events are not enabled on public channels."};
inline constexpr CodeText kClientEventNameTooLong{
    Code::ClientEventRefused, "Event name is too long. Maximum allowed size is 200."};
inline constexpr CodeText kClientEventTooLarge{Code::ClientEventRefused,
                                               "The event data should be less than 10 KB."};
inline constexpr CodeText kClientEventRate{Code::ClientEventRefused,
                                           "Client event rejected due to rate limit"};
inline constexpr CodeText kNotAMember{Code::Unauthorized,
                                      "The client is not a member of the specified channel."};
inline constexpr CodeText kRateLimited{Code::ClientEventRefused, "Rate limit exceeded"};
inline constexpr CodeText kUserInfoTooLarge{Code::ClientEventRefused,
                                            "The user_info exceeds the allowed maximum size."};
inline constexpr CodeText kDisconnectedByApp{Code::Unauthorized,
                                             "You got disconnected by the app."};
inline constexpr CodeText kNotAuthorizedInTime{Code::Unauthorized,
                                               "Connection not authorized within timeout."};
/// 4100, not 4202: an idle client that is told to come back at once would do so for ever.
inline constexpr CodeText kNothingHeard{Code::OverCapacity, "No message received in time"};
inline constexpr CodeText kWatchlistTooLong{
    Code::WatchlistTooLong, "Watchlist limit exceeded. Only the first 100 user IDs are accepted."};

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

/// `data` of pusher:signin.
struct SignInRequest {
    std::string auth;
    std::string userData; ///< exactly as it was signed
};
/// BadRequest unless `data` is an object (or a string that holds one), Unauthorized unless it has
/// both strings.
Result<SignInRequest> parseSignIn(const JsonSlice &data);
/// The user that user_data describes, with at most kMaxWatchlist distinct watched ids;
/// `isWatchlistCut` tells whether there were more. Unauthorized if it describes none.
struct SignedIn {
    SignedInUser user;
    bool isWatchlistCut = false;
};
Result<SignedIn> parseUserData(std::string_view userData);

std::string connectionEstablished(std::string_view socketId, std::int64_t activityTimeoutSeconds);
std::string error(const CodeText &what);
/// For applications that want pusher-js to see why a subscribe failed (spec §4.3, §5.5).
std::string subscriptionRefused(std::string_view channel, const CodeText &why);
std::string presenceFull(std::string_view channel);
std::string pong();
std::string ping();
std::string subscriptionSucceeded(std::string_view channel);
/// `lists` of `count` users.
std::string presenceSucceeded(std::string_view channel, std::size_t count,
                              const MemberLists &lists);
std::string memberAdded(std::string_view channel, const Member &member);
std::string memberRemoved(std::string_view channel, std::string_view userId);
std::string cacheMiss(std::string_view channel);
std::string subscriptionCount(std::string_view channel, std::size_t count);
std::string signInSucceeded(std::string_view userData);
/// One of the lists may be empty, not both.
std::string watchlistEvents(const std::vector<std::string> &online,
                            const std::vector<std::string> &offline);
/// A client event as it goes to the others: `dataJson` is any JSON value, verbatim; `userId` is
/// left out if empty (spec §7.1).
std::string clientEvent(std::string_view event, std::string_view channel, std::string_view dataJson,
                        std::string_view userId);
/// `eventJson` and `dataJson` are JSON strings with their quotes, passed on verbatim.
std::string channelEvent(std::string_view channel, std::string_view eventJson,
                         std::string_view dataJson);

} // namespace PusherProtocol
} // namespace pregon
