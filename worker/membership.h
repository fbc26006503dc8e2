#pragma once

#include "worker/application.h"
#include "worker/presence.h"

#include <string_view>

namespace pregon {

/// Joins and leaves channels, and tells those concerned: the joiner its success, the members of a
/// presence channel who came and went (spec pusher-websocket §5.2). The connection's application
/// must be set.
namespace Membership {

/// A public or private channel. Says subscription_succeeded, also for a repeated subscribe.
void join(Connection &connection, std::string_view channel);
/// A presence channel. member_added to the others if the user is new there, then the list to the
/// joiner. A connection that is in already as another user leaves first.
void join(Connection &connection, std::string_view channel, const Member &member);
/// Without effect if the connection is not in.
void leave(Connection &connection, std::string_view channel);
/// Before a connection dies.
void leaveAll(Connection &connection);

} // namespace Membership
} // namespace pregon
