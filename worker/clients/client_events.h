#pragma once

#include "worker/channels/application.h"
#include "worker/protocol/pusher_protocol.h"

#include <cstdint>
#include <optional>

namespace pregon {

/// Passes a client event on to everybody else in its channel, if the application's rules allow it
/// (spec pusher-websocket §7). The code to answer with otherwise; the connection stays. `now` in
/// milliseconds of a steady clock. The message's channel must be a string.
std::optional<PusherProtocol::CodeText> passClientEvent(
    Connection &sender, const PusherProtocol::ClientMessage &message, std::int64_t now);

} // namespace pregon
