// SPDX-License-Identifier: MIT
#pragma once

#include "worker/channels/application.h"
#include "worker/protocol/pusher_protocol.h"

#include <cstdint>
#include <optional>

namespace pregon {

/// Publishes a client event to the other subscribers of its channel, if the application's rules
/// allow it (spec pusher-websocket §7). Otherwise returns the error for the client; the connection
/// stays open. `now` in milliseconds of a steady clock. The message's channel must be a string.
std::optional<PusherProtocol::CodeText> passClientEvent(
    Connection &sender, const PusherProtocol::ClientMessage &message, std::int64_t now);

} // namespace pregon
