// SPDX-License-Identifier: MIT

// Recovery: what goes over to the worker that takes this one's place.

#include "worker/recovery/recovery_state.h"

#include "worker/recovery/recovery.h"

#include <algorithm>

namespace pregon {
namespace {

Gap gapNumbered(std::uint8_t number) {
    return number < kGaps ? static_cast<Gap>(number) : Gap::Evicted;
}

PositionState stateOf(const ChannelPosition &position) {
    return {position.ring->name, position.position, position.settledBy,
            static_cast<std::uint8_t>(position.gap), position.userId ? *position.userId : ""};
}

std::vector<PositionState> statesOf(const ChannelPositions &positions) {
    std::vector<PositionState> states;
    for (const auto &position : positions)
        states.push_back(stateOf(*position));
    return states;
}

RecoveryState::Ring stateOf(const ChannelRing &ring) {
    RecoveryState::Ring state{ring.name, ring.events.floor(), {}};
    ring.events.forEachAfter(0, [&](const EventRing::Event &event) {
        state.events.push_back(
            {event.lsn, event.at, event.except, std::string(event.frame.bytes())});
    });
    return state;
}

template <class Sockets>
void take(Sockets &sockets, const std::vector<std::uint64_t> &states) {
    std::copy_n(states.begin(), std::min(states.size(), sockets.size()), sockets.begin());
}

} // namespace

RecoveryState Recovery::state() const {
    RecoveryState state{lsn_, pool_.forgotAt, {}, {}};
    for (const auto &[name, ring] : rings_)
        state.rings.push_back(stateOf(*ring));
    for (const auto &[text, token] : tokens_)
        if (token->bytes > 0 || token->state == TokenState::Shared)
            state.tokens.push_back({token->text,
                                    token->state == TokenState::Shared,
                                    token->address != nullptr ? token->address->prefix : "",
                                    token->endedAt,
                                    static_cast<std::uint8_t>(token->unknown),
                                    token->replays,
                                    {token->sockets.begin(), token->sockets.end()},
                                    statesOf(token->channels)});
    std::ranges::sort(state.tokens, {}, &RecoveryState::RetainedToken::endedAt);
    return state;
}

ResumableState Recovery::state(const ResumableClient &client) {
    ResumableState state;
    if (client.token_ == nullptr)
        return state;
    state.token = client.token_->text;
    state.role = static_cast<std::uint8_t>(client.role_);
    state.unknown = static_cast<std::uint8_t>(client.unknown_);
    state.isUncovered = client.isUncovered_;
    state.hasReplayed = client.hasReplayed_;
    state.replays = client.replays_;
    state.lifePing = client.lifePing_;
    state.takenOverAt = client.takenOverAt_;
    state.acknowledgement = client.acknowledgement_;
    state.channels = statesOf(client.channels_);
    state.inherited = statesOf(client.inherited_);
    state.sockets.assign(client.sockets_.begin(), client.sockets_.end());
    return state;
}

std::unique_ptr<ChannelPosition> Recovery::resumed(const PositionState &state) {
    auto position = hold(ringOf(state.channel));
    position->position = state.position;
    position->settledBy = state.settledBy;
    position->gap = gapNumbered(state.gap);
    if (!state.userId.empty())
        position->userId = std::make_unique<const std::string>(state.userId);
    return position;
}

Token &Recovery::tokenOf(std::string_view text) {
    const auto found = tokens_.find(text);
    if (found != tokens_.end())
        return *found->second;
    auto made = std::make_unique<Token>(*this, text);
    Token &token = *made;
    tokens_.emplace(token.text, std::move(made));
    return token;
}

void Recovery::resume(ResumableClient &client, const ResumableState &state) {
    const auto role = static_cast<Role>(state.role);
    if (state.token.empty() || !state.acknowledgement.isValid() || role > Role::Shared ||
        role == Role::Detached)
        return;
    Token &token = tokenOf(state.token);
    if (token.sharedBy > 0 ? role != Role::Shared
                           : (role == Role::Current ? token.current : token.predecessor) != nullptr)
        return; // one of each is all that a worker has
    client.token_ = &token;
    client.role_ = role;
    pool_.figures.clients++;
    client.unknown_ = gapNumbered(state.unknown);
    client.isUncovered_ = state.isUncovered;
    client.hasReplayed_ = state.hasReplayed;
    client.replays_ = state.replays;
    client.lifePing_ = state.lifePing;
    client.takenOverAt_ = state.takenOverAt;
    client.acknowledgement_ = state.acknowledgement;
    take(client.sockets_, state.sockets);
    for (const PositionState &position : state.channels)
        attach(client, resumed(position));
    for (const PositionState &position : state.inherited)
        client.inherited_.push_back(resumed(position));
    if (client.isUncovered_ && !client.isPongAwaited())
        pool_.clients.schedule(client, 1);
    resumeRole(token, client);
}

/// Clients come one by one, in any order, and the retained states after them all.
void Recovery::resumeRole(Token &token, ResumableClient &client) {
    if (client.role_ == Role::Shared) {
        token.sharedBy++;
        token.state = TokenState::Shared;
        return;
    }
    (client.role_ == Role::Current ? token.current : token.predecessor) = &client;
    if (token.current == nullptr)
        token.state = TokenState::Orphaned;
    else
        token.state = token.predecessor != nullptr ? TokenState::TakenOver : TokenState::Live;
}

void Recovery::resume(const RecoveryState &state) {
    lsn_ = std::max(lsn_, state.lsn);
    pool_.forgotAt = std::max(pool_.forgotAt, state.forgotAt);
    for (const RecoveryState::RetainedToken &retained : state.tokens)
        resume(retained);
    for (const RecoveryState::Ring &saved : state.rings)
        resume(saved);
    pool_.enforce();
}

void Recovery::resume(const RecoveryState::RetainedToken &state) {
    Token &token = tokenOf(state.token);
    token.endedAt = state.endedAt;
    if (state.isShared) {
        token.state = TokenState::Shared;
        if (token.sharedBy == 0)
            pool_.tokens.schedule(token, static_cast<std::uint32_t>(pool_.limits().seconds));
        return;
    }
    if (token.current != nullptr || token.bytes > 0)
        return;
    token.state = token.predecessor != nullptr ? TokenState::Orphaned : TokenState::Retained;
    token.unknown = gapNumbered(state.unknown);
    token.replays = state.replays;
    take(token.sockets, state.sockets);
    for (const PositionState &position : state.channels)
        token.channels.push_back(resumed(position));
    keepRetained(token, state.address);
}

/// The positions have made the rings, empty ones.
void Recovery::resume(const RecoveryState::Ring &state) {
    const auto found = rings_.find(state.channel);
    if (found == rings_.end() || !found->second->events.isEmpty())
        return;
    ChannelRing &ring = *found->second;
    ring.events = EventRing(state.floor);
    for (const RecoveryState::Event &event : state.events)
        append(ring, {event.lsn, event.at, event.except, Frame(event.frame)});
}

} // namespace pregon
