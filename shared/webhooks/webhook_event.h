// SPDX-License-Identifier: MIT
#pragma once

#include "shared/fields.h"
#include "shared/result.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pregon {

/// What an application is informed of (spec webhooks §2). The numbers are those on the IPC socket
/// and in the spool: none is ever given another meaning.
enum class HookKind : std::uint8_t {
    ChannelOccupied = 1,
    ChannelVacated = 2,
    MemberAdded = 3,
    MemberRemoved = 4,
    ClientEvent = 5,
    CacheMiss = 6,
    SubscriptionCount = 7,

    // Between the two programs alone: the worker's account of an application begins anew.
    Restart =
        100, ///< what is reported as occupied or present from here on is; the rest is in doubt
    Settled = 101, ///< what is in doubt still is vacated or removed
};

/// `channel_occupied`; empty for the two that are between the programs.
std::string_view nameOf(HookKind kind);
/// A set of kinds has this bit for each.
constexpr std::uint32_t bitOf(HookKind kind) {
    return 1U << (static_cast<std::uint32_t>(kind) % 32);
}
inline constexpr std::uint32_t kChannelKinds =
    bitOf(HookKind::ChannelOccupied) | bitOf(HookKind::ChannelVacated);
inline constexpr std::uint32_t kMemberKinds =
    bitOf(HookKind::MemberAdded) | bitOf(HookKind::MemberRemoved);
inline constexpr std::uint32_t kAllKinds =
    kChannelKinds | kMemberKinds | bitOf(HookKind::ClientEvent) | bitOf(HookKind::CacheMiss) |
    bitOf(HookKind::SubscriptionCount);

/// Something that happened in a channel of one application. Fields are only added: see kIpcVersion.
struct HookEvent {
    HookKind kind = HookKind::ChannelOccupied;
    std::string channel;
    std::string userId;   ///< of the member; of a client event on a presence channel
    std::string event;    ///< of a client event: its name
    std::string dataJson; ///< of a client event: any JSON value, as the client sent it
    std::string socketId; ///< of a client event
    std::uint64_t count = 0;

    template <class Fields, class Self>
    static void describe(Fields &fields, Self &self) {
        auto number = static_cast<std::uint8_t>(self.kind);
        fields(number);
        if constexpr (!std::is_const_v<Self>)
            self.kind = static_cast<HookKind>(number);
        fields(self.channel);
        fields(self.userId);
        fields(self.event);
        fields(self.dataJson);
        fields(self.socketId);
        fields(self.count);
    }

    /// Of occupied, vacated, added and removed: the channel, or the channel and the user, whose
    /// state it reports. Empty for every other kind.
    std::string key() const;
    /// Occupied or added.
    bool isArrival() const {
        return kind == HookKind::ChannelOccupied || kind == HookKind::MemberAdded;
    }
};

/// The event of such a key that says that something is there, or is not.
HookEvent eventOfKey(std::string_view key, bool isThere);

/// Events of one application from a worker, in the order of happening. Answered by a Reply with the
/// same request id once they are on disk.
struct HookBatch {
    std::string origin; ///< the worker's, random: new with each cold start, kept by an upgrade
    std::string appId;
    bool isClustered = false; ///< Redis has decided already what is reported (spec webhooks §3)
    std::uint64_t first = 0;  ///< number of the first event; the next one has the next number
    std::vector<HookEvent> events;

    template <class Fields, class Self>
    static void describe(Fields &fields, Self &self) {
        fields(self.origin);
        fields(self.appId);
        fields(self.isClustered);
        fields(self.first);
        fields(self.events);
    }
    std::string encode() const;
    static Result<HookBatch> decode(std::string_view payload);
};

} // namespace pregon
