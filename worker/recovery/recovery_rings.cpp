// SPDX-License-Identifier: MIT

// Recovery: the rings, and who holds them.

#include "worker/recovery/recovery.h"

#include <utility>

namespace pregon {

ChannelRing &Recovery::ringOf(std::string_view channel) {
    if (const auto found = rings_.find(channel); found != rings_.end())
        return *found->second;
    auto ring = std::make_unique<ChannelRing>(*this, channel, lsn_);
    ChannelRing &made = *ring;
    rings_.emplace(made.name, std::move(ring));
    pool_.figures.rings++;
    return made;
}

std::unique_ptr<ChannelPosition> Recovery::hold(ChannelRing &ring) {
    auto position = std::make_unique<ChannelPosition>();
    position->ring = &ring;
    ring.holders++;
    return position;
}

/// The last one takes the ring with it.
void Recovery::release(ChannelPosition &position) {
    leaveRing(position);
    if (--position.ring->holders == 0)
        drop(*position.ring);
}

void Recovery::release(ChannelPositions &positions) {
    for (const auto &position : positions)
        release(*position);
    positions.clear();
}

void Recovery::attach(ResumableClient &client, std::unique_ptr<ChannelPosition> position) {
    ChannelRing &ring = *position->ring;
    position->client = &client;
    position->next = ring.subscribed;
    if (position->next != nullptr)
        position->next->previous = position.get();
    ring.subscribed = position.get();
    client.channels_.push_back(std::move(position));
}

void Recovery::leaveRing(ChannelPosition &position) {
    if (std::exchange(position.client, nullptr) == nullptr)
        return;
    (position.previous != nullptr ? position.previous->next : position.ring->subscribed) =
        position.next;
    if (position.next != nullptr)
        position.next->previous = position.previous;
    position.previous = position.next = nullptr;
}

void Recovery::drop(ChannelRing &ring) {
    while (!ring.events.isEmpty())
        dropOldest(ring);
    pool_.figures.rings--;
    const auto gone = rings_.extract(rings_.find(ring.name)); // no one may find it any more
    if (pool_.whenRingIsDropped)
        pool_.whenRingIsDropped(*this, ring.name);
}

void Recovery::keep(std::string_view channel, const Frame &frame, std::string_view exceptSocketId) {
    const auto found = rings_.find(channel);
    if (found == rings_.end())
        return;
    ChannelRing &ring = *found->second;
    const std::int64_t now = pool_.now();
    const std::uint64_t except = socketNumber(exceptSocketId);
    append(ring, {++lsn_, now, except, frame});
    for (ChannelPosition *at = ring.subscribed; at != nullptr; at = at->next)
        if (except == 0 || at->client->sockets_[0] != except)
            cover(*at->client, now);
    pool_.enforce();
}

void Recovery::append(ChannelRing &ring, EventRing::Event event) {
    const RecoveryLimits &limits = pool_.limits();
    const std::int64_t since = event.at - limits.seconds * 1000;
    pool_.figures.ringBytes += EventRing::cost(event);
    pool_.figures.frameBytes += event.frame.cost();
    ring.events.append(std::move(event));
    pool_.rings.weigh(ring, ring.events.bytes());
    while (!ring.events.isEmpty() &&
           (ring.events.size() > limits.events || ring.events.bytes() > limits.channelBytes ||
            ring.events.oldest().at < since))
        dropOldest(ring);
    if (!ring.isScheduled() && !ring.events.isEmpty())
        pool_.expiring.schedule(ring, static_cast<std::uint32_t>(limits.seconds) + 1);
}

void Recovery::dropOldest(ChannelRing &ring) {
    pool_.figures.ringBytes -= EventRing::cost(ring.events.oldest());
    pool_.figures.frameBytes -= ring.events.oldest().frame.cost();
    ring.events.dropOldest();
    pool_.rings.weigh(ring, ring.events.bytes());
}

void Recovery::expire(ChannelRing &ring) {
    const std::int64_t age = pool_.limits().seconds * 1000, now = pool_.now();
    while (!ring.events.isEmpty() && ring.events.oldest().at <= now - age)
        dropOldest(ring);
    if (ring.events.isEmpty())
        return;
    const std::int64_t left = ring.events.oldest().at + age - now;
    pool_.expiring.schedule(ring, static_cast<std::uint32_t>(left / 1000) + 1);
}

void Recovery::breakRing(std::string_view channel) {
    const auto found = rings_.find(channel);
    if (found == rings_.end())
        return;
    ChannelRing &ring = *found->second;
    while (!ring.events.isEmpty())
        dropOldest(ring);
    ring.events.breakAt(++lsn_);
}

void Recovery::breakRings() {
    for (const auto &[name, ring] : rings_)
        breakRing(name);
}

} // namespace pregon
