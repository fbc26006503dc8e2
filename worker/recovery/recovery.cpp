// SPDX-License-Identifier: MIT

// Recovery: positions, replays, gaps and pings. Rings are in recovery_rings.cpp, tokens in
// recovery_tokens.cpp.

#include "worker/recovery/recovery.h"

#include <algorithm>
#include <utility>

namespace pregon {
namespace {

constexpr std::uint32_t kMaxReplays = 5; ///< in a row that nothing proves to have been handled
constexpr std::string_view kUserEvents = "#server-to-user-";

/// The place of the ring's position; the end if there is none.
template <class Positions>
auto placeIn(Positions &positions, const ChannelRing &ring) {
    return std::ranges::find_if(positions,
                                [&](const auto &position) { return position->ring == &ring; });
}

bool isExcepted(const EventRing::Event &event,
                const std::array<std::uint64_t, ResumableClient::kSockets> &sockets) {
    return event.except != 0 && std::ranges::find(sockets, event.except) != sockets.end();
}

std::string_view text(const std::unique_ptr<const std::string> &userId) {
    return userId ? std::string_view(*userId) : std::string_view();
}

std::unique_ptr<const std::string> ownText(std::string_view userId) {
    return userId.empty() ? nullptr : std::make_unique<const std::string>(userId);
}

} // namespace

Recovery::Told Recovery::subscribed(ResumableClient &client, std::string_view channel,
                                    std::string_view userId) {
    if (client.role_ == Role::Shared) {
        sendGap(client, channel, Gap::Shared);
        return Told::Gap;
    }
    if (client.role_ == Role::Detached && client.unknown_ != Gap::None) {
        sendGap(client, channel, client.unknown_);
        return Told::Gap;
    }
    if (client.role_ != Role::Current)
        return Told::Nothing;
    ChannelRing &ring = ringOf(channel);
    if (const auto at = placeIn(client.channels_, ring); at != client.channels_.end()) {
        (*at)->userId = ownText(userId); // a subscription that is repeated
        return Told::Nothing;
    }
    const auto known = placeIn(client.inherited_, ring);
    const bool isNew = known == client.inherited_.end();
    auto position = isNew ? hold(ring) : std::move(*known);
    if (!isNew)
        client.inherited_.erase(known);
    ChannelPosition &at = *position;
    attach(client, std::move(position));
    const Gap why = isNew ? client.unknown_ : gapOf(at, userId);
    at.userId = ownText(userId);
    if (isNew)
        at.position = lsn_;
    if (why != Gap::None)
        return tellGap(client, at, why);
    return isNew ? Told::Nothing : replay(client, at);
}

Gap Recovery::gapOf(const ChannelPosition &position, std::string_view userId) const {
    if (position.gap != Gap::None)
        return position.gap;
    if (text(position.userId) != userId)
        return Gap::User;
    return position.ring->events.reaches(position.position) ? Gap::None : Gap::Evicted;
}

Recovery::Told Recovery::replay(ResumableClient &client, ChannelPosition &position) {
    std::vector<Frame> frames;
    std::size_t bytes = 0;
    position.ring->events.forEachAfter(position.position, [&](const EventRing::Event &event) {
        if (isExcepted(event, client.sockets_))
            return;
        frames.push_back(event.frame);
        bytes += event.frame.size();
    });
    if (frames.empty()) {
        position.position = lsn_;
        return Told::Nothing;
    }
    if (client.replays_ >= kMaxReplays || !client.hasRoomFor(bytes))
        return tellGap(client, position, Gap::Evicted);
    client.send(textFrame(RecoveryEvents::replay(position.ring->name, frames.size())));
    for (const Frame &frame : frames)
        client.send(frame);
    pool_.figures.replays++;
    pool_.figures.events += frames.size();
    client.hasReplayed_ = true;
    position.settledBy = client.acknowledgement_.nextPing();
    cover(client, pool_.now());
    return Told::Replay;
}

Recovery::Told Recovery::tellGap(ResumableClient &client, ChannelPosition &position, Gap why) {
    sendGap(client, position.ring->name, why);
    position.gap = why;
    position.position = lsn_;
    position.settledBy = client.acknowledgement_.nextPing();
    cover(client, pool_.now());
    return Told::Gap;
}

void Recovery::sendGap(ResumableClient &client, std::string_view channel, Gap why) {
    client.send(textFrame(RecoveryEvents::gap(channel, why)));
    pool_.figures.gaps[static_cast<std::size_t>(why)]++;
}

/// Their channel's name has the user's id in it.
void Recovery::signedIn(ResumableClient &client, std::string_view userId) {
    const std::string channel = std::string(kUserEvents) + std::string(userId);
    const auto other = std::ranges::find_if(client.inherited_, [&](const auto &position) {
        return position->ring->name.starts_with(kUserEvents) && position->ring->name != channel;
    });
    if (other != client.inherited_.end()) {
        release(**other);
        client.inherited_.erase(other);
        ChannelRing &ring = ringOf(channel);
        auto position = hold(ring);
        position->gap = Gap::User;
        client.inherited_.push_back(std::move(position));
    }
    subscribed(client, channel, {});
}

void Recovery::unsubscribed(ResumableClient &client, std::string_view channel) {
    const auto found = rings_.find(channel);
    if (found == rings_.end())
        return;
    const auto position = placeIn(client.channels_, *found->second);
    if (position == client.channels_.end())
        return;
    const auto gone = std::move(*position);
    client.channels_.erase(position);
    release(*gone);
}

/// Something was queued for the client that only the pong of a ping behind it proves to be handled.
void Recovery::cover(ResumableClient &client, std::int64_t now) {
    if (client.acknowledgement_.mayPing(now))
        return ping(client, now);
    client.isUncovered_ = true;
    if (client.isScheduled() || client.acknowledgement_.isAwaited())
        return; // it is looked at then, or at the pong
    const std::int64_t pause = std::max<std::int64_t>(client.acknowledgement_.pauseMs(now), 0);
    pool_.clients.schedule(client, static_cast<std::uint32_t>(pause / 1000) + 1);
}

void Recovery::ping(ResumableClient &client, std::int64_t now) {
    client.send(pool_.ping());
    client.isUncovered_ = false;
    client.acknowledgement_.pinged(lsn_, now);
}

void Recovery::due(ResumableClient &client) {
    if (client.isUncovered_ && !client.acknowledgement_.isAwaited())
        ping(client, pool_.now());
}

void Recovery::pinged(ResumableClient &client) {
    client.isUncovered_ = false;
    client.acknowledgement_.pinged(lsn_, pool_.now());
}

void Recovery::ponged(ResumableClient &client) {
    const auto answered = client.acknowledgement_.ponged();
    if (!answered)
        return;
    if (client.role_ == Role::Predecessor && *answered >= client.lifePing_)
        return lives(client);
    if (client.role_ != Role::Current)
        return;
    settle(client, *answered);
    if (client.isUncovered_)
        cover(client, pool_.now());
}

void Recovery::settle(ResumableClient &client, std::uint32_t ping) {
    bool isAllSettled = true;
    for (const auto &position : client.channels_) {
        if (position->settledBy > ping) {
            isAllSettled = false;
        } else if (position->settledBy != 0) {
            position->settledBy = 0;
            position->gap = Gap::None;
        }
    }
    if (isAllSettled) {
        client.hasReplayed_ = false;
        client.replays_ = 0;
    }
}

} // namespace pregon
