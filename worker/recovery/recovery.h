// SPDX-License-Identifier: MIT
#pragma once

#include "worker/recovery/recovery_pool.h"
#include "worker/recovery/recovery_state.h"
#include "worker/recovery/resumable_client.h"
#include "worker/recovery/resume_token.h"
#include "worker/recovery/token_automaton.h"

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace pregon {

/// One resume token of an application. Its retained state counts in the pool.
struct Token : TimerHook {
    Token(Recovery &recovery, std::string_view name) : owner(recovery), text(name) {}

    Recovery &owner;
    const std::string text;
    TokenState state = TokenState::Gone;
    ResumableClient *current = nullptr;
    ResumableClient *predecessor = nullptr;
    std::size_t sharedBy = 0; ///< connections

    // --- the retained state ---
    ChannelPositions channels;
    std::array<std::uint64_t, ResumableClient::kSockets> sockets{};
    Gap unknown = Gap::None;
    std::uint32_t replays = 0;
    std::int64_t endedAt = 0;
    std::size_t bytes = 0; ///< 0: nothing is retained
    RetainedOfAddress *address = nullptr;
    std::list<Token *>::iterator place; ///< there
};

/// Gives the pages of one application what they miss while they are away (docs/recovery.md): keeps
/// the newest events of the channels to which clients with a resume token are subscribed, and up to
/// where each has handled them; replays what is missing when the token comes back, or tells the
/// page that there is a gap. Costs nothing where no client has a token.
///
/// The guarantee: what was published to a channel while its page was away is replayed in order,
/// before any later event of the channel, or a gap is told. A position only moves past an event
/// when the client has answered a ping behind it.
class Recovery {
  public:
    /// Borrows the pool.
    explicit Recovery(RecoveryPool &pool) : pool_(pool) {}
    Recovery(const Recovery &) = delete;

    bool isOn() const { return pool_.isOn(); }
    RecoveryPool &pool() { return pool_; }

    // --- connections ---
    /// A connection was accepted with that token.
    void opened(ResumableClient &client, const ResumeToken &token);
    /// It has ended, or is about to: call before it leaves its channels. `address` is the client's;
    /// empty if unknown.
    void ended(ResumableClient &client, std::string_view address);
    /// The open connection whose place a new one with that token would take; null: none.
    ResumableClient *predecessorOf(std::string_view token);

    /// What a subscriber was sent.
    enum class Told { Nothing, Replay, Gap };
    /// After the confirmation of each subscription, before any later event of the channel.
    /// `userId` is the member's in a presence channel, else empty. Sends what is due.
    Told subscribed(ResumableClient &client, std::string_view channel, std::string_view userId);
    /// After signin_success: the same for the events that are sent to a user.
    void signedIn(ResumableClient &client, std::string_view userId);
    void unsubscribed(ResumableClient &client, std::string_view channel);

    /// A pusher:ping was queued for it by other hands.
    void pinged(ResumableClient &client);
    /// It has sent a pusher:pong.
    void ponged(ResumableClient &client);
    /// It has sent any other message.
    void spoke(ResumableClient &client);

    // --- events ---
    /// An event of the channel would be kept.
    bool wants(std::string_view channel) const {
        return !rings_.empty() && rings_.contains(channel);
    }
    /// An event of the application's, after it was queued for the subscribers.
    void published(std::string_view channel, const Frame &frame, std::string_view exceptSocketId) {
        if (!rings_.empty())
            keep(channel, frame, exceptSocketId);
    }
    /// Events may have passed unseen: whoever comes back to the channel, or to any, is told so.
    void breakRing(std::string_view channel);
    void breakRings();

    // --- forgetting on purpose ---
    /// What the user was, signed in or as a presence member.
    void forgetUser(std::string_view userId);
    void forgetAll();

    // --- for RecoveryPool ---
    void due(ResumableClient &client);
    void expire(Token &token);
    void expire(ChannelRing &ring);
    void dropOldest(ChannelRing &ring);

    // --- for a hand-over (recovery_state.h) ---
    RecoveryState state() const;
    void resume(const RecoveryState &state);
    static ResumableState state(const ResumableClient &client);
    void resume(ResumableClient &client, const ResumableState &state);

  private:
    using Role = ResumableClient::Role;
    using Rings = TextViewMap<std::unique_ptr<ChannelRing>>; ///< names live in the rings

    ChannelRing &ringOf(std::string_view channel);
    std::unique_ptr<ChannelPosition> hold(ChannelRing &ring);
    void release(ChannelPosition &position);
    void release(ChannelPositions &positions);
    void attach(ResumableClient &client, std::unique_ptr<ChannelPosition> position);
    static void leaveRing(ChannelPosition &position);
    void keep(std::string_view channel, const Frame &frame, std::string_view exceptSocketId);
    void append(ChannelRing &ring, EventRing::Event event);
    void drop(ChannelRing &ring);

    Gap gapOf(const ChannelPosition &position, std::string_view userId) const;
    Told replay(ResumableClient &client, ChannelPosition &position);
    Told tellGap(ResumableClient &client, ChannelPosition &position, Gap why);
    void sendGap(ResumableClient &client, std::string_view channel, Gap why);
    void cover(ResumableClient &client, std::int64_t now);
    void ping(ResumableClient &client, std::int64_t now);
    static void settle(ResumableClient &client, std::uint32_t ping);

    void enter(Token &token, ResumableClient &client);
    void begin(ResumableClient &client, const ResumeToken &token) const;
    void takeOver(Token &token, ResumableClient &client);
    void takeRetained(Token &token, ResumableClient &client);
    void retain(Token &token, ResumableClient &client, std::string_view address);
    void keepRetained(Token &token, std::string_view address);
    void dropRetained(Token &token);
    void share(Token &token);
    void share(ResumableClient *client);
    void lives(ResumableClient &client);
    void forget(Token &token);
    void forget(const std::vector<Token *> &tokens);
    void detach(ResumableClient &client);
    void retire(ResumableClient &client);
    void logShared(const Token &token);

    Token &tokenOf(std::string_view text);
    std::unique_ptr<ChannelPosition> resumed(const PositionState &state);
    void resumeRole(Token &token, ResumableClient &client);
    void resume(const RecoveryState::RetainedToken &state);
    void resume(const RecoveryState::Ring &state);

    RecoveryPool &pool_;
    Rings rings_;
    TextViewMap<std::unique_ptr<Token>> tokens_; ///< texts live in the tokens
    Lsn lsn_ = 0;
    std::int64_t sharedLoggedAt_ = 0; ///< as RecoveryPool::now; 0: never
};

} // namespace pregon
