// SPDX-License-Identifier: MIT
#include "worker/recovery/recovery_pool.h"

#include "worker/protocol/pusher_protocol.h"
#include "worker/recovery/recovery.h"

namespace pregon {

void RecoveryPool::begin(const Clock &clock, const RecoveryLimits &limits) {
    clock_ = &clock;
    change(limits);
}

void RecoveryPool::change(const RecoveryLimits &limits) {
    limits_ = limits;
    enforce();
}

std::int64_t RecoveryPool::now() const {
    return clock_->milliseconds();
}

void RecoveryPool::tick() {
    uptimeSeconds_++;
    clients.advance([](TimerHook &hook) {
        auto &client = static_cast<ResumableClient &>(hook);
        client.token()->owner.due(client);
    });
    tokens.advance([this](TimerHook &hook) {
        auto &token = static_cast<Token &>(hook);
        const std::int64_t left = token.endedAt + limits_.seconds * 1000 - now();
        if (left > 0) // beyond the wheel's horizon
            tokens.schedule(token, static_cast<std::uint32_t>(left / 1000) + 1);
        else
            token.owner.expire(token);
    });
    expiring.advance([](TimerHook &hook) {
        auto &ring = static_cast<ChannelRing &>(hook);
        ring.owner.expire(ring);
    });
}

void RecoveryPool::enforce() {
    while (bytes() > limits_.bytes || figures.retained > limits_.tokens) {
        ChannelRing *ring = rings.heaviest();
        RetainedOfAddress *address = addresses.heaviest();
        const bool isForTokens = figures.retained > limits_.tokens;
        if (ring != nullptr && !isForTokens &&
            (address == nullptr || ring->weight() >= address->weight()))
            ring->owner.dropOldest(*ring);
        else if (address != nullptr)
            evict(*address->oldest.front());
        else
            return;
    }
}

void RecoveryPool::evict(Token &token) {
    forgotAt = unixSeconds();
    token.owner.expire(token);
}

const Frame &RecoveryPool::ping() {
    if (!ping_)
        ping_ = textFrame(PusherProtocol::ping());
    return ping_;
}

} // namespace pregon
