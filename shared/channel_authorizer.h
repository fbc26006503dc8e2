#pragma once

#include "shared/database.h"
#include "shared/result.h"
#include "shared/user_store.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pregon {

/// Who a user is in a presence channel, by rule.
struct PresencePart {
    std::string userIdColumn;                 ///< column of the users table
    std::vector<std::string> userInfoColumns; ///< empty: no user_info
};

/// One entry of channels.json: what `Broadcast::channel(pattern, …)` says in a Laravel application.
struct ChannelRule {
    std::string pattern; ///< `{name}` stands for one or more characters without a dot
    /// Parameter -> user column that it must equal, as text: `01`, `1x` and `1e0` are not 1. Empty:
    /// any authenticated user.
    std::map<std::string, std::string> allow;
    std::string query; ///< SQL that must return a row; `:parameter` and `:user.column` are bound
    std::optional<PresencePart> presence;
};

using ChannelParameters = std::map<std::string, std::string, std::less<>>;

/// The parameters of a name that matches the pattern as a whole; nullopt if it does not.
std::optional<ChannelParameters> matchChannel(std::string_view pattern, std::string_view name);

/// SQL with its `:name` and `:user.column` placeholders replaced by `:p0`, `:p1`, …, and what each
/// stands for, in order. Text in single quotes is left alone.
struct BoundQuery {
    std::string sql;
    std::vector<std::string> names;
};
BoundQuery bindNames(std::string_view sql);

/// The rules of channels.json. First match wins; no match refuses.
class ChannelAuthorizer {
  public:
    /// BadRequest with the entry's number and the reason: malformed JSON, unknown member, pattern
    /// or parameter that does not exist, neither `allow` nor `query`.
    /// `userColumns`: what `user.COLUMN` may name (PREGON_USER_COLUMNS).
    static Result<ChannelAuthorizer> parse(
        std::string_view json,
        const std::vector<std::string> &userColumns = UserSettings().columns);

    /// The rule that lets this user join `channel` (with its prefix). nullptr: refused.
    /// Unavailable: the database could not be asked.
    Result<const ChannelRule *> authorize(const User &user, std::string_view channel,
                                          Database &database) const;

    std::size_t ruleCount() const { return rules_.size(); }

  private:
    std::vector<ChannelRule> rules_;
};

} // namespace pregon
