// SPDX-License-Identifier: MIT
#pragma once

#include "shared/protocol/frame.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace pregon {

/// Why a client is not given what it missed in a channel.
enum class Gap : std::uint8_t {
    None,
    Evicted,   ///< too much has happened since, or it cannot be held
    Expired,   ///< the token is not known, or not any more
    Restarted, ///< the token is older than the worker
    Shared,    ///< several pages use the token
    User,      ///< another user's
};
inline constexpr std::size_t kGaps = 6;

std::string_view textOf(Gap gap);

/// The events of our own that tell a page about what it missed (docs/recovery.md).
namespace RecoveryEvents {

/// `count` events that the channel's subscriber has missed follow.
std::string replay(std::string_view channel, std::size_t count);
/// The same for a subscriber that has no state: the newest of a channel with a rewind rule.
std::string rewind(std::string_view channel, std::size_t count);
/// The subscriber has missed events, or may have, and does not get them.
std::string gap(std::string_view channel, Gap why);

} // namespace RecoveryEvents
} // namespace pregon
