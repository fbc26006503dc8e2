// SPDX-License-Identifier: MIT
#pragma once

#include "worker/loop/timer_wheel.h"
#include "worker/recovery/by_weight.h"
#include "worker/recovery/event_ring.h"
#include "worker/recovery/recovery_events.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace pregon {

class Recovery;
class ResumableClient;
struct ChannelRing;

/// Up to where one client has handled one channel. Belongs to the client, to the retained state of
/// its token, or to the client that has come back with it.
struct ChannelPosition {
    ChannelRing *ring = nullptr;
    ResumableClient *client = nullptr;   ///< subscribed; null: none is
    ChannelPosition *previous = nullptr; ///< among the subscribed ones of the ring
    ChannelPosition *next = nullptr;
    Lsn position = 0;
    /// The ping whose pong proves that a replay or a gap was handled; until then a client that
    /// comes back is told it again. 0: there is none to prove.
    std::uint32_t settledBy = 0;
    Gap gap = Gap::None;                       ///< told and not settled
    std::unique_ptr<const std::string> userId; ///< of a presence channel
};
using ChannelPositions = std::vector<std::unique_ptr<ChannelPosition>>;

/// The ring of one channel, or of one user's events, while anybody may come back for them.
struct ChannelRing : TimerHook, WeightHook {
    ChannelRing(Recovery &recovery, std::string_view channel, Lsn floor)
        : owner(recovery), name(channel), events(floor) {}

    Recovery &owner;
    const std::string name;
    EventRing events;
    std::size_t holders = 0;               ///< positions
    ChannelPosition *subscribed = nullptr; ///< the positions of connected clients
};

} // namespace pregon
