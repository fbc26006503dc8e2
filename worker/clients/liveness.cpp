// SPDX-License-Identifier: MIT
#include "worker/clients/liveness.h"

#include "shared/protocol/hmac_signer.h"
#include "worker/channels/application.h"
#include "worker/protocol/pusher_protocol.h"

#include <algorithm>

namespace pregon {
namespace {

std::uint32_t pingInterval(const Connection &connection) {
    return static_cast<std::uint32_t>(connection.application()->settings().pingIntervalSeconds);
}

std::uint32_t pongTimeout(const Connection &connection, std::uint32_t otherwise) {
    const auto own =
        static_cast<std::uint32_t>(connection.application()->settings().pongTimeoutSeconds);
    return own > 0 ? own : otherwise;
}

/// Up to a tenth of the interval: clients that came in one burst are not probed in one.
std::uint32_t jitter(std::uint32_t interval) {
    return randomNumber(std::max(interval / 10, 1u)) - 1;
}

} // namespace

void Liveness::opened(Connection &connection) {
    seen(connection);
    const std::uint32_t interval = pingInterval(connection);
    schedule(connection, interval + jitter(interval));
}

Silence Liveness::silence(const Connection &connection) const {
    return {now_ - connection.lastSeen_, connection.isProbed_,
            connection.isProbed_ ? now_ - connection.probedAt_ : 0};
}

void Liveness::resume(Connection &connection, const Silence &silence) {
    connection.lastSeen_ = now_ - silence.seconds; // may lie before our own beginning
    connection.isProbed_ = silence.isProbed;
    connection.probedAt_ = now_ - silence.probedSeconds;
    schedule(connection, 1); // what is due then is seen then
}

void Liveness::tick() {
    now_++;
    wheel_.advance([this](TimerHook &hook) {
        due(static_cast<Connection &>(static_cast<LivenessHook &>(hook)));
    });
}

void Liveness::due(Connection &connection) {
    if (connection.closing())
        return;
    const std::uint32_t silent = now_ - connection.lastSeen_;
    const std::uint32_t interval = pingInterval(connection);
    if (silent < interval) {
        schedule(connection, interval - silent);
        return;
    }
    if (!connection.isProbed_) {
        probe(connection);
        return;
    }
    const std::uint32_t waited = now_ - connection.probedAt_;
    const std::uint32_t patience = pongTimeout(connection, pongTimeout_);
    if (waited < patience) {
        schedule(connection, patience - waited);
        return;
    }
    connection.send(textFrame(PusherProtocol::error(PusherProtocol::kPongNotReceived)));
    connection.close(static_cast<std::uint16_t>(PusherProtocol::kPongNotReceived.code),
                     PusherProtocol::kPongNotReceived.text);
}

void Liveness::schedule(LivenessHook &hook, std::uint32_t seconds) {
    wheel_.schedule(hook, seconds);
}

void Liveness::probe(Connection &connection) {
    connection.isProbed_ = true;
    connection.probedAt_ = now_;
    connection.send(pingFrame());
    if (!connection.sendsPings_ || connection.resumable)
        connection.send(textFrame(PusherProtocol::ping()));
    if (connection.resumable) // whose answers prove more than its presence
        connection.application()->recovery().pinged(*connection.resumable);
    schedule(connection, std::min(pongTimeout(connection, pongTimeout_), pingInterval(connection)));
}

} // namespace pregon
