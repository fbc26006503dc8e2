// SPDX-License-Identifier: MIT
#pragma once

#include "worker/channels/application.h"
#include "worker/channels/presence.h"

#include <cstdint>
#include <string_view>

namespace pregon {

/// Joins and leaves channels, and tells those concerned: the joiner its success and what the
/// channel remembers, the members of a presence channel who came and went, the subscribers how many
/// they are (spec pusher-websocket §4.2, §5.2, §6, §9). The connection's application must be set.
namespace Membership {

/// A public or private channel. Says subscription_succeeded, also for a repeated subscribe. `now`
/// in milliseconds of a steady clock, for the age of what is cached.
void join(Connection &connection, std::string_view channel, std::int64_t now);
/// A presence channel. member_added to the others if the user is new there, then the list to the
/// joiner. A connection that is in already as another user leaves first.
void join(Connection &connection, std::string_view channel, const Member &member, std::int64_t now);
/// Without effect if the connection is not in.
void leave(Connection &connection, std::string_view channel);
/// Before a connection dies: out of at most `most` of its channels. Returns of how many.
std::size_t leaveSome(Connection &connection, std::size_t most);
void leaveAll(Connection &connection);

// --- for Neighbours ---

/// Sends a subscription_succeeded that is due, and what the channel remembers.
void confirm(Connection &connection, std::string_view channel, const std::string &succeeded,
             std::int64_t now);
/// Out of a presence channel that was full; the client is told so.
void expelFromFull(Connection &connection, const std::string &channel);

} // namespace Membership
} // namespace pregon
