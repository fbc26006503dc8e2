// SPDX-License-Identifier: MIT
#pragma once

#include "worker/protocol/member.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pregon {

/// What workers say to one another through Redis: topics and the messages on them. What Redis keeps
/// (keys and their values) is in cluster_scripts.cpp, whose scripts write some of these messages.
///
/// This is version 1. Workers of two releases share one Redis while an operator upgrades them one
/// after the other, so a later version
/// - may put further words at the end of a message's first line, and further topics and kinds of
///   message beside these: a worker of this version ignores them,
/// - changes nothing else, nor leaves anything out.
/// tests/worker/cluster/wire_test.cpp reads a recorded message of every kind of every version.
namespace Wire {

inline constexpr int kVersion = 1;

/// The first byte of a message.
enum class Kind : char {
    Event = 'E',        ///< of the API
    CachedEvent = 'K',  ///< of the API, in a cache channel
    ClientEvent = 'C',  ///< of a client
    MemberChange = 'M', ///< of a presence channel, or of a user's online state; written by a script
    Count = 'N',        ///< the subscribers of a channel; written by a script
    Terminate = 'T',    ///< close a user's connections
};
/// nullopt: a kind that this version does not know, or nothing.
std::optional<Kind> kindOf(std::string_view message);

/// The text up to `separator`, which is taken off `text`, the separator too; all of it if there is
/// none.
std::string_view takeWord(std::string_view &text, char separator);

// --- topics ---

/// Every worker hears it. Terminate.
inline constexpr const char *kControlTopic = "control";
/// Every worker with a subscriber of the channel, or with a connection of the user of a
/// `#server-to-user-` channel, hears it. Event, CachedEvent, ClientEvent, MemberChange, Count.
/// `application` as ClusterContext::nameOf makes it.
std::string channelTopic(std::string_view application, std::string_view channel);
/// Every worker with a client that watches the user receives it. MemberChange.
std::string watchTopic(std::string_view application, std::string_view userId);

enum class TopicKind { Channel, User, Watch, Other };
/// The views are of `text`.
struct Topic {
    TopicKind kind = TopicKind::Other;
    std::string_view application, name; ///< of a Watch the name is the user's id
};
Topic parseTopic(std::string_view text);

// --- messages; nullopt: malformed ---

/// `KIND ORIGIN SEQUENCE EXCEPT\nBODY` without a space between the first two.
struct EventMessage {
    Kind kind = Kind::Event;
    std::string origin;         ///< of the process that took the event
    std::uint64_t sequence = 0; ///< counted by that process
    std::string exceptSocketId; ///< does not get it, or sent it; empty: none
    std::uint64_t version = 0;  ///< of a CachedEvent, `VERSION\n` in front of the body
    std::string body;           ///< of a CachedEvent `EVENT\nDATA`, else the text for the clients
};
/// The first line. The body comes behind it, of a CachedEvent by way of the script that numbers it.
std::string headOf(const EventMessage &event);
std::optional<EventMessage> parseEvent(std::string_view message);

/// One change of the members of a presence channel: `M+ BEFORE VERSION LENGTH\nUSER INFO`, without
/// a space between the last two; `M-` if the user has left.
struct MemberChange {
    bool isJoin = false;
    std::uint64_t before = 0;  ///< the channel's version before; 0: it was empty
    std::uint64_t version = 0; ///< after
    Member member;
};
std::optional<MemberChange> parseMemberChange(std::string_view message);

/// `NWORKER VERSION TOTAL`.
struct CountMessage {
    std::string worker; ///< whose answer told it the same already
    std::uint64_t version = 0;
    std::size_t total = 0;
};
std::optional<CountMessage> parseCount(std::string_view message);

/// `TORIGIN APPLICATION\nUSER`.
struct TerminateMessage {
    std::string origin, application, userId;
};
std::string textOf(const TerminateMessage &terminate);
std::optional<TerminateMessage> parseTerminate(std::string_view message);

} // namespace Wire
} // namespace pregon
