// SPDX-License-Identifier: MIT
#pragma once

#include "shared/auth/channel_condition.h"
#include "shared/result.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pregon {

/// What others learn of a user: an id, and a user_info of further columns of the users table.
struct UserPart {
    std::string idColumn;
    std::vector<std::pair<std::string, std::string>> info; ///< member, column; empty: no user_info
};

/// One entry of channels.json: what `Broadcast::channel(pattern, …)` says in a Laravel application.
struct ChannelRule {
    std::string pattern; ///< `{name}` stands for one or more characters without a dot
    ChannelCondition condition;
    /// Laravel's guards of which the user must be known by one; empty: any. `sanctum` takes
    /// sessions, too, as Sanctum's guard does.
    std::vector<std::string> guards;
    bool isForApplication = false; ///< the application decides (PREGON_AUTH_FALLBACK), not we
    std::optional<UserPart> presence;
};

/// What sign-in tells of a user: `Broadcast::resolveAuthenticatedUserUsing(…)` of Laravel.
struct SignInRule {
    UserPart user;
    std::string watchlist; ///< SQL whose rows are user ids; `:user.column` is bound; empty: none
};

struct ChannelsFile {
    std::vector<ChannelRule> rules;
    std::optional<SignInRule> user; ///< none: nobody can sign in here
};

/// Reads channels.json: a list of rules, or an object with `rules` and `user`. Pure. BadRequest
/// with the entry's number and the reason: malformed JSON, unknown member, pattern or parameter
/// that does not exist, no condition. `userColumns` are what `user.COLUMN` may name
/// (PREGON_USER_COLUMNS).
Result<ChannelsFile> parseChannelsFile(std::string_view json,
                                       const std::vector<std::string> &userColumns);

} // namespace pregon
