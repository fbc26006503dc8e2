// SPDX-License-Identifier: MIT
#pragma once

#include "shared/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pregon {

/// The fields that each IpcType carries. `encode` gives the payload of an IpcFrame. `decode` is
/// BadRequest on anything missing or out of range. It ignores what follows the last field, for that
/// is of a later release: see kIpcVersion for how a message may change.

/// An event for the subscribers of one or more channels of one application.
struct PublishMessage {
    std::string appId;
    std::string exceptSocketId; ///< this connection is skipped; empty: none is
    std::string eventJson;      ///< the event's name as a JSON string, with its quotes
    std::string dataJson;       ///< the data as a JSON string, with its quotes, passed on verbatim
    std::vector<std::string> channels;

    template <class Fields, class Self>
    static void describe(Fields &fields, Self &self) {
        fields(self.appId);
        fields(self.exceptSocketId);
        fields(self.eventJson);
        fields(self.dataJson);
        fields(self.channels);
    }
    std::string encode() const;
    static Result<PublishMessage> decode(std::string_view payload);
};

/// What may be asked about a channel, as bits (spec pusher-http-api §3.5). What does not fit the
/// channel's kind is left out of the answer.
enum ChannelAttribute : std::uint32_t {
    kUserCount = 1,         ///< distinct users; presence channels only
    kSubscriptionCount = 2, ///< connections; all but presence channels
    kCache = 4,             ///< the cached event with its remaining lifetime, or null
    kOccupied = 8,          ///< whether the channel has subscribers
};

/// The occupied channels of an application whose names begin with `prefix`.
struct ChannelsQuery {
    std::string appId;
    std::uint32_t attributes = 0;
    std::string prefix; ///< empty: all

    template <class Fields, class Self>
    static void describe(Fields &fields, Self &self) {
        fields(self.appId);
        fields(self.attributes);
        fields(self.prefix);
    }
    std::string encode() const;
    static Result<ChannelsQuery> decode(std::string_view payload);
};

/// The attributes of 1 to kMaxChannelsPerEvent channels, in their order, occupied or not.
struct ChannelInfoQuery {
    std::string appId;
    std::uint32_t attributes = 0;
    std::vector<std::string> channels;

    template <class Fields, class Self>
    static void describe(Fields &fields, Self &self) {
        fields(self.appId);
        fields(self.attributes);
        fields(self.channels);
    }
    std::string encode() const;
    static Result<ChannelInfoQuery> decode(std::string_view payload);
};

/// A question about one application; `subject` is what IpcType says, empty if nothing.
struct AppQuery {
    std::string appId;
    std::string subject;

    template <class Fields, class Self>
    static void describe(Fields &fields, Self &self) {
        fields(self.appId);
        fields(self.subject);
    }
    std::string encode() const;
    static Result<AppQuery> decode(std::string_view payload);
};

/// The events that a `pregonctl tail` shows as they are published.
struct TailRequest {
    std::string appId;   ///< empty: of every application
    std::string channel; ///< empty: on every channel

    template <class Fields, class Self>
    static void describe(Fields &fields, Self &self) {
        fields(self.appId);
        fields(self.channel);
    }
    std::string encode() const;
    static Result<TailRequest> decode(std::string_view payload);
};

/// An event that has just been queued for its subscribers, of the event API or of a client.
struct TailEvent {
    std::string appId;
    std::string channel;
    std::string senderSocketId;   ///< of a client event; empty: the application's
    std::uint32_t deliveries = 0; ///< for so many connections
    std::uint32_t dropped = 0;    ///< events before this one that the watcher was too slow for
    std::string messageJson;      ///< what the clients get; empty: tells only what was dropped

    template <class Fields, class Self>
    static void describe(Fields &fields, Self &self) {
        fields(self.appId);
        fields(self.channel);
        fields(self.senderSocketId);
        fields(self.deliveries);
        fields(self.dropped);
        fields(self.messageJson);
    }
    std::string encode() const;
    static Result<TailEvent> decode(std::string_view payload);
};

/// Where a walk through a table of the worker continues. The first page is requested with zeros;
/// each answer has `"buckets"` and `"next"` for the following page, and no `"next"` if it was the
/// last. If the table has grown meanwhile the walk begins again: ignore entries that were seen
/// already. An entry that exists during the whole walk is met, and a page costs the worker its
/// size.
struct WalkPlace {
    std::uint32_t buckets = 0;
    std::uint32_t next = 0;
};

/// One page of the worker's connections or of an application's channels.
struct ListQuery {
    std::string appId;  ///< empty: connections of every application; channels need one
    std::string prefix; ///< of channels' names; empty: all
    WalkPlace from = {};

    template <class Fields, class Self>
    static void describe(Fields &fields, Self &self) {
        fields(self.appId);
        fields(self.prefix);
        fields(self.from.buckets);
        fields(self.from.next);
    }
    std::string encode() const;
    static Result<ListQuery> decode(std::string_view payload);
};

/// The answer to every request.
struct ReplyMessage {
    std::optional<Errc> error; ///< nullopt: done
    std::string text;          ///< JSON where the request asks for it, else the reason

    std::string encode() const;
    static Result<ReplyMessage> decode(std::string_view payload);
};

} // namespace pregon
