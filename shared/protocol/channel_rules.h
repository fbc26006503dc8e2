// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string_view>

namespace pregon {

/// Names, kinds and limits of the Pusher protocol (spec pusher-websocket §2.3, §4.1). Pure.
namespace ChannelRules {

inline constexpr std::size_t kMaxChannelName = 200; ///< bytes
inline constexpr std::size_t kMaxEventName = 200;   ///< characters
inline constexpr std::size_t kMaxUserId = 128;      ///< characters
inline constexpr std::size_t kMaxChannelsPerEvent = 100;

/// 1 to kMaxChannelName of `A-Z a-z 0-9 _ - = @ , . ;`. A leading `#` is not valid here.
bool isValidName(std::string_view channel);
/// A name that a publisher may send to: isValidName, or `#server-to-user-` and a user id.
bool isValidTarget(std::string_view channel);
/// `private-…` and `presence-…`, with the dash: a signature is needed to join.
bool needsAuth(std::string_view channel);
bool isPresence(std::string_view channel);
bool isEncrypted(std::string_view channel);
/// `cache-`, `private-cache-`, `presence-cache-` and `private-encrypted-cache-`.
bool isCache(std::string_view channel);
/// The user id of `#server-to-user-ID`; empty for any other name.
std::string_view serverToUser(std::string_view channel);
/// 1 to kMaxUserId characters of those that channel names have: what a signed-in user may be.
bool isValidUserId(std::string_view userId);
/// `private-encrypted-`, `private-` or `presence-` removed once: the name that rules are written
/// for (spec broadcasting-auth §3.2). The name itself if it has none of them.
std::string_view withoutPrefix(std::string_view channel);

/// `^\d+\.\d+$`, anchored; at most 20 digits on each side.
bool isValidSocketId(std::string_view socketId);
/// `pusher:`, `pusher_internal:` and `pregon:` belong to the server.
bool isReservedEvent(std::string_view event);

} // namespace ChannelRules
} // namespace pregon
