// SPDX-License-Identifier: MIT
#pragma once

#include "shared/clock.h"
#include "shared/keyed_hash.h"
#include "worker/recovery/channel_ring.h"

#include <array>
#include <cstdint>
#include <functional>
#include <list>
#include <string>

namespace pregon {

struct Token;

struct RecoveryLimits {
    bool isOn = false;
    std::int64_t seconds = 120;           ///< that events and states are kept
    std::size_t events = 256;             ///< in one ring
    std::size_t channelBytes = 256 << 10; ///< of one ring
    std::size_t bytes = 64 << 20;         ///< of all rings and retained states together
    std::size_t tokens = 100'000;         ///< retained states
};

/// For `pregonctl status`.
struct RecoveryFigures {
    std::size_t clients = 0; ///< connections with a token
    std::size_t retained = 0;
    std::size_t rings = 0;
    std::size_t ringBytes = 0;
    std::size_t frameBytes = 0; ///< of these, the frames' own
    std::size_t retainedBytes = 0;
    std::uint64_t replays = 0;               ///< channels that were replayed
    std::uint64_t events = 0;                ///< in these
    std::array<std::uint64_t, kGaps> gaps{}; ///< told, by Gap
    std::uint64_t sharedTokens = 0;          ///< found
};

/// The retained states of one address.
struct RetainedOfAddress : WeightHook {
    std::string prefix;        ///< an IPv4 address, or the first 64 bits of an IPv6 address
    std::list<Token *> oldest; ///< first
};

/// What the recovery of all applications shares: bounds, clock and figures.
class RecoveryPool {
  public:
    RecoveryPool() = default;
    RecoveryPool(const RecoveryPool &) = delete;

    /// Before any client comes. Borrows the clock.
    void begin(const Clock &clock, const RecoveryLimits &limits);
    void change(const RecoveryLimits &limits);
    bool isOn() const { return limits_.isOn; }
    const RecoveryLimits &limits() const { return limits_; }

    /// Milliseconds of a steady clock that all processes share.
    std::int64_t now() const;
    std::int64_t unixSeconds() const { return clock_->unixSeconds(); }
    /// The wall-clock time at which the worker began with nothing, by what the clock says now.
    std::int64_t coldStart() const { return unixSeconds() - uptimeSeconds_; }
    /// The worker whose place this one takes has run for so long.
    void countFrom(std::int64_t uptimeSeconds) { uptimeSeconds_ = uptimeSeconds; }

    /// One second has passed.
    void tick();

    RecoveryFigures figures;
    /// When a retained state was last dropped before its time, in seconds since 1970: a token that
    /// was made before may be one of these.
    std::int64_t forgotAt = 0;

    /// Called when nobody comes back to a channel any more; may be empty.
    std::function<void(const Recovery &, const std::string &channel)> whenRingIsDropped;

    // --- for Recovery ---
    ByWeight<ChannelRing> rings;
    ByWeight<RetainedOfAddress> addresses;
    TextMap<RetainedOfAddress> byAddress;
    TimerWheel clients, tokens, expiring;
    /// Drops the oldest of what holds most until all bounds hold.
    void enforce();
    const Frame &ping();

  private:
    void evict(Token &token);
    std::size_t bytes() const { return figures.ringBytes + figures.retainedBytes; }

    const Clock *clock_ = nullptr;
    RecoveryLimits limits_;
    std::int64_t uptimeSeconds_ = 0;
    Frame ping_;
};

} // namespace pregon
