#pragma once

#include "shared/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pregon {

/// The fields that each IpcType carries. `encode` gives the payload of an IpcFrame; `decode`
/// consumes a payload exactly: BadRequest on anything missing, left over or out of range.

/// An event for the subscribers of one or more channels of one application.
struct PublishMessage {
    std::string appId;
    std::string exceptSocketId; ///< this connection is skipped; empty: nobody is
    std::string eventJson;      ///< the event's name as a JSON string, with its quotes
    std::string dataJson;       ///< the data as a JSON string, with its quotes, passed on verbatim
    std::vector<std::string> channels;

    std::string encode() const;
    static Result<PublishMessage> decode(std::string_view payload);
};

/// What may be asked about a channel, as bits (spec pusher-http-api §3.5). What does not fit the
/// channel's kind is left out of the answer.
enum ChannelAttribute : std::uint32_t {
    kUserCount = 1,         ///< distinct users; presence channels only
    kSubscriptionCount = 2, ///< connections; all but presence channels
    kCache = 4,             ///< the cached event with its remaining lifetime, or null
    kOccupied = 8,          ///< whether anybody is subscribed
};

/// The occupied channels of an application whose names begin with `prefix`.
struct ChannelsQuery {
    std::string appId;
    std::uint32_t attributes = 0;
    std::string prefix; ///< empty: all

    std::string encode() const;
    static Result<ChannelsQuery> decode(std::string_view payload);
};

/// The attributes of 1 to kMaxChannelsPerEvent channels, in their order, occupied or not.
struct ChannelInfoQuery {
    std::string appId;
    std::uint32_t attributes = 0;
    std::vector<std::string> channels;

    std::string encode() const;
    static Result<ChannelInfoQuery> decode(std::string_view payload);
};

/// A question about one application; `subject` is what IpcType says, empty if nothing.
struct AppQuery {
    std::string appId;
    std::string subject;

    std::string encode() const;
    static Result<AppQuery> decode(std::string_view payload);
};

/// The answer to every request.
struct ReplyMessage {
    std::optional<Errc> error; ///< nullopt: done
    std::string text;          ///< JSON where the request asks for it, else the reason

    std::string encode() const;
    static Result<ReplyMessage> decode(std::string_view payload);
};

} // namespace pregon
