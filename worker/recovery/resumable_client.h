// SPDX-License-Identifier: MIT
#pragma once

#include "shared/protocol/frame.h"
#include "worker/loop/timer_wheel.h"
#include "worker/recovery/acknowledgement.h"
#include "worker/recovery/channel_ring.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pregon {

struct Token;

/// A connection with a resume token, as Recovery sees it; whose connection it is derives from it.
/// Must not die before Recovery::ended.
class ResumableClient : public TimerHook {
  public:
    static constexpr std::size_t kSockets = 4;

    explicit ResumableClient(std::string_view socketId) : sockets_{socketNumber(socketId)} {}
    ResumableClient(const ResumableClient &) = delete;
    virtual ~ResumableClient() = default;

    /// Queues a frame for the client.
    virtual void send(const Frame &frame) = 0;
    /// So many bytes more may wait for it.
    virtual bool hasRoomFor(std::size_t bytes) const = 0;
    /// Its page has come back on another connection, and this one is in the way.
    virtual void closeForSuccessor() = 0;
    /// The channels that it is subscribed to.
    virtual std::vector<std::string> channels() const = 0;

    /// A pong is due for a ping of ours.
    bool isPongAwaited() const { return acknowledgement_.isAwaited(); }
    /// What may be shown of its token; empty: it has none any more.
    std::string_view stamp() const;
    /// Null if it has none any more.
    Token *token() const { return token_; }

  private:
    friend class Recovery;

    enum class Role : std::uint8_t {
        Detached,    ///< as if it had no token
        Current,     ///< of its token
        Predecessor, ///< its token has come back on another connection
        Shared,      ///< one of several pages with the token
    };

    Role role_ = Role::Detached;
    Gap unknown_ = Gap::None;    ///< to be told on each channel that its token has not had
    bool isUncovered_ = false;   ///< something was queued behind the last ping
    bool hasReplayed_ = false;   ///< and no pong has come since
    std::uint32_t replays_ = 0;  ///< connections of the token in a row that ended like that
    std::uint32_t lifePing_ = 0; ///< of a predecessor: a pong to this ping, or a later one, is life
    std::int64_t takenOverAt_ = 0; ///< as RecoveryPool::now
    Token *token_ = nullptr;
    Acknowledgement acknowledgement_;
    ChannelPositions channels_;
    ChannelPositions inherited_; ///< what its token had, and it has not subscribed yet
    std::array<std::uint64_t, kSockets> sockets_; ///< of its token, this one's first; 0: none
};

} // namespace pregon
