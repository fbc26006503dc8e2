// SPDX-License-Identifier: MIT

// Recovery: what becomes of a token and of its retained state.

#include "worker/recovery/recovery.h"

#include "shared/log/log.h"

#include <algorithm>
#include <arpa/inet.h>
#include <utility>

namespace pregon {
namespace {

constexpr std::int64_t kFreshSeconds = 10;  ///< between a page's clock and ours
constexpr std::int64_t kLifeAfterMs = 2000; ///< what comes sooner was under way
constexpr std::int64_t kHourMs = 3'600'000;
/// What a map, a list and the allocator add to a token or to a ring.
constexpr std::size_t kOverhead = 128;

/// An IPv4 address, or the first 64 bits of an IPv6 address: so many one client may have.
std::string addressPrefix(std::string_view address) {
    std::array<unsigned char, 16> bytes{};
    if (::inet_pton(AF_INET6, std::string(address).c_str(), bytes.data()) != 1)
        return std::string(address);
    return {reinterpret_cast<const char *>(bytes.data()), 8};
}

std::size_t costOf(const ChannelPositions &positions) {
    std::size_t bytes = 0;
    for (const auto &position : positions)
        bytes += sizeof(ChannelPosition) + sizeof(ChannelRing) + kOverhead +
                 position->ring->name.size() + (position->userId ? position->userId->size() : 0);
    return bytes;
}

} // namespace

std::string_view ResumableClient::stamp() const {
    if (token_ == nullptr)
        return {};
    const std::string_view text = token_->text;
    return text.substr(0, text.find('.'));
}

ResumableClient *Recovery::predecessorOf(std::string_view token) {
    const auto found = tokens_.find(token);
    return found != tokens_.end() ? found->second->current : nullptr;
}

void Recovery::opened(ResumableClient &client, const ResumeToken &token) {
    if (!pool_.isOn()) // nothing is kept: a page that comes back must know
        return begin(client, token);
    Token &known = tokenOf(token.text);
    client.acknowledgement_ = Acknowledgement(lsn_);
    const TokenStep step = tokenStep(known.state, TokenEvent::Open);
    if (step.action == TokenAction::Begin)
        begin(client, token);
    else if (step.action == TokenAction::TakeOver)
        takeOver(known, client);
    else if (step.action == TokenAction::Resume)
        takeRetained(known, client);
    known.state = step.next;
    enter(known, client);
}

void Recovery::enter(Token &token, ResumableClient &client) {
    client.token_ = &token;
    pool_.figures.clients++;
    if (token.state == TokenState::Shared) {
        client.role_ = Role::Shared;
        token.sharedBy++;
        pool_.tokens.cancel(token);
    } else {
        client.role_ = Role::Current;
        token.current = &client;
    }
}

/// A page that was made just now has missed nothing. The second is what the uptime is rounded by.
void Recovery::begin(ResumableClient &client, const ResumeToken &token) const {
    const std::int64_t madeAt = token.madeAtMs / 1000, age = pool_.unixSeconds() - madeAt;
    if (token.madeAtMs < (pool_.coldStart() + 1) * 1000)
        client.unknown_ = Gap::Restarted;
    else if (age > kFreshSeconds || age < -kFreshSeconds || madeAt <= pool_.forgotAt)
        client.unknown_ = Gap::Expired;
}

/// The connection so far may be half-open, or its page may be there: its answer to the ping tells.
void Recovery::takeOver(Token &token, ResumableClient &client) {
    ResumableClient &before = *token.current;
    if (ResumableClient *older = std::exchange(token.predecessor, &before)) {
        detach(*older);
        older->closeForSuccessor();
    }
    retire(before);
    client.inherited_ = std::exchange(before.channels_, {});
    client.unknown_ = before.unknown_;
    client.replays_ = before.replays_;
    std::ranges::copy_n(before.sockets_.begin(), ResumableClient::kSockets - 1,
                        client.sockets_.begin() + 1);
    const std::int64_t now = pool_.now();
    before.role_ = Role::Predecessor;
    before.takenOverAt_ = now;
    before.lifePing_ = before.acknowledgement_.nextPing();
    ping(before, now);
}

void Recovery::takeRetained(Token &token, ResumableClient &client) {
    client.inherited_ = std::exchange(token.channels, {});
    client.unknown_ = token.unknown;
    client.replays_ = token.replays;
    std::ranges::copy_n(token.sockets.begin(), ResumableClient::kSockets - 1,
                        client.sockets_.begin() + 1);
    dropRetained(token);
}

/// Its positions as they are now, those that it has inherited too, in `channels_`; no ring sends
/// pings to it any more.
void Recovery::retire(ResumableClient &client) {
    for (const auto &position : client.channels_) {
        leaveRing(*position);
        if (position->settledBy == 0)
            position->position = std::max(position->position, client.acknowledgement_.acked());
        position->settledBy = 0;
    }
    std::ranges::move(client.inherited_, std::back_inserter(client.channels_));
    client.inherited_.clear();
    client.replays_ += client.hasReplayed_ ? 1 : 0;
    client.hasReplayed_ = client.isUncovered_ = false;
    pool_.clients.cancel(client);
}

void Recovery::ended(ResumableClient &client, std::string_view address) {
    if (client.role_ == Role::Detached)
        return;
    Token &token = *client.token_;
    const auto event =
        client.role_ == Role::Predecessor ? TokenEvent::PredecessorEnds : TokenEvent::CurrentEnds;
    const TokenStep step = tokenStep(token.state, event);
    token.state = step.next;
    if (step.action == TokenAction::Retain) {
        retain(token, client, address);
    } else if (step.action == TokenAction::ForgetFirst) {
        token.predecessor = nullptr;
    } else if (step.action == TokenAction::Leave && --token.sharedBy == 0) {
        token.endedAt = pool_.now();
        pool_.tokens.schedule(token, static_cast<std::uint32_t>(pool_.limits().seconds));
    }
    detach(client);
    pool_.enforce();
}

void Recovery::retain(Token &token, ResumableClient &client, std::string_view address) {
    retire(client);
    token.current = nullptr;
    token.channels = std::exchange(client.channels_, {});
    token.sockets = client.sockets_;
    token.unknown = client.unknown_;
    token.replays = client.replays_;
    token.endedAt = pool_.now();
    keepRetained(token, address);
}

void Recovery::keepRetained(Token &token, std::string_view address) {
    const std::string prefix = addressPrefix(address);
    RetainedOfAddress &group = pool_.byAddress[prefix];
    group.prefix = prefix;
    token.address = &group;
    token.place = group.oldest.insert(group.oldest.end(), &token);
    token.bytes = sizeof(Token) + kOverhead + token.text.size() + costOf(token.channels);
    pool_.figures.retained++;
    pool_.figures.retainedBytes += token.bytes;
    pool_.addresses.weigh(group, group.weight() + token.bytes);
    const std::int64_t left = token.endedAt + pool_.limits().seconds * 1000 - pool_.now();
    pool_.tokens.schedule(token,
                          static_cast<std::uint32_t>(std::max<std::int64_t>(left, 0) / 1000) + 1);
}

/// All but its positions, which the caller has.
void Recovery::dropRetained(Token &token) {
    release(token.channels);
    pool_.tokens.cancel(token);
    const std::size_t bytes = std::exchange(token.bytes, 0);
    if (bytes == 0)
        return;
    pool_.figures.retained--;
    pool_.figures.retainedBytes -= bytes;
    RetainedOfAddress &group = *std::exchange(token.address, nullptr);
    group.oldest.erase(token.place);
    pool_.addresses.weigh(group, group.weight() - bytes);
    if (group.oldest.empty())
        pool_.byAddress.erase(pool_.byAddress.find(group.prefix));
}

void Recovery::spoke(ResumableClient &client) {
    if (client.role_ == Role::Predecessor && pool_.now() - client.takenOverAt_ > kLifeAfterMs)
        lives(client);
}

void Recovery::lives(ResumableClient &client) {
    Token &token = *client.token_;
    const TokenStep step = tokenStep(token.state, TokenEvent::PredecessorLives);
    token.state = step.next;
    if (step.action == TokenAction::Share)
        share(token);
}

void Recovery::share(Token &token) {
    dropRetained(token);
    token.sharedBy =
        (token.current != nullptr ? 1u : 0u) + (token.predecessor != nullptr ? 1u : 0u);
    share(std::exchange(token.current, nullptr));
    share(std::exchange(token.predecessor, nullptr));
    pool_.figures.sharedTokens++;
    logShared(token);
}

void Recovery::share(ResumableClient *client) {
    if (client == nullptr)
        return;
    release(client->channels_);
    release(client->inherited_);
    pool_.clients.cancel(*client);
    client->role_ = Role::Shared;
    for (const std::string &channel : client->channels())
        sendGap(*client, channel, Gap::Shared);
}

/// Once an hour for each application.
void Recovery::logShared(const Token &token) {
    const std::int64_t now = pool_.now();
    if (sharedLoggedAt_ != 0 && now - sharedLoggedAt_ < kHourMs)
        return;
    sharedLoggedAt_ = now;
    log(LogLevel::Warning, "resume token shared",
        {{"resume", std::string_view(token.text).substr(0, token.text.find('.'))},
         {"reason", "several pages use it at once: make a new one in each page"}});
}

void Recovery::expire(Token &token) {
    const TokenStep step = tokenStep(token.state, TokenEvent::Expires);
    if (step.action == TokenAction::Forget)
        forget(token);
}

/// Of a shared token the connections remember that it is.
void Recovery::forget(Token &token) {
    if (token.sharedBy > 0)
        return;
    if (ResumableClient *client = std::exchange(token.current, nullptr))
        detach(*client);
    if (ResumableClient *client = std::exchange(token.predecessor, nullptr))
        detach(*client);
    dropRetained(token);
    tokens_.erase(tokens_.find(token.text));
}

void Recovery::detach(ResumableClient &client) {
    release(client.channels_);
    release(client.inherited_);
    pool_.clients.cancel(client);
    if (std::exchange(client.token_, nullptr) != nullptr)
        pool_.figures.clients--;
    client.role_ = Role::Detached;
}

void Recovery::forgetUser(std::string_view userId) {
    const std::string channel = "#server-to-user-" + std::string(userId);
    const auto isOf = [&](const ChannelPositions &positions) {
        return std::ranges::any_of(positions, [&](const auto &position) {
            return (position->userId && *position->userId == userId) ||
                   position->ring->name == channel;
        });
    };
    std::vector<Token *> tokens;
    for (const auto &[text, token] : tokens_) {
        const ResumableClient *client = token->current;
        if (isOf(token->channels) ||
            (client != nullptr && (isOf(client->channels_) || isOf(client->inherited_))))
            tokens.push_back(token.get());
    }
    forget(tokens);
}

void Recovery::forgetAll() {
    std::vector<Token *> tokens;
    for (const auto &[text, token] : tokens_)
        tokens.push_back(token.get());
    forget(tokens);
}

void Recovery::forget(const std::vector<Token *> &tokens) {
    if (!tokens.empty())
        pool_.forgotAt = pool_.unixSeconds();
    for (Token *token : tokens)
        expire(*token);
}

} // namespace pregon
