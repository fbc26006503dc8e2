#pragma once

#include "shared/result.h"

#include <functional>
#include <map>
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
    /// Parameter -> user column that it must equal, as text: `01`, `1x` and `1e0` are not 1. Empty:
    /// any authenticated user.
    std::map<std::string, std::string> allow;
    std::string query;   ///< SQL that must return a row; `:parameter` and `:user.column` are bound
    std::string ability; ///< that the user's token must have; empty: none
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
/// that does not exist, neither `allow` nor `query`. `userColumns` are what `user.COLUMN` may name
/// (PREGON_USER_COLUMNS).
Result<ChannelsFile> parseChannelsFile(std::string_view json,
                                       const std::vector<std::string> &userColumns);

/// SQL with its `:name` and `:user.column` placeholders replaced by `:p0`, `:p1`, …, and what each
/// stands for, in order. Text in single quotes is left alone.
struct BoundQuery {
    std::string sql;
    std::vector<std::string> names;
};
/// `behind`, if given, says for a name what follows its placeholder.
BoundQuery bindNames(std::string_view sql,
                     const std::function<std::string_view(const std::string &)> &behind = nullptr);

/// In front of a column in `allow`, `user_id` and placeholders.
inline constexpr std::string_view kUserPrefix = "user.";

} // namespace pregon
