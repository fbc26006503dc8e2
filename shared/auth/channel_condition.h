// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace pregon {

/// What must hold for a user to join a channel: each part that is there. None is there: it holds
/// for every authenticated user.
struct ChannelCondition {
    /// Parameter -> user column that it must equal, as text: `01`, `1x` and `1e0` are not 1.
    std::map<std::string, std::string> allow;
    /// User column -> the values that it may have, as text. NULL is none of them.
    std::map<std::string, std::vector<std::string>> user;
    std::string query;   ///< SQL that must return a row; `:parameter` and `:user.column` are bound
    std::string ability; ///< that the user's token must have; empty: none
    std::vector<ChannelCondition> any; ///< one of them must hold; empty: not there
    std::vector<ChannelCondition> all; ///< each of them must hold
};

/// In front of a column in `allow`, `user_id` and placeholders.
inline constexpr std::string_view kUserPrefix = "user.";

} // namespace pregon
