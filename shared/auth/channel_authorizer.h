// SPDX-License-Identifier: MIT
#pragma once

#include "shared/auth/channel_pattern.h"
#include "shared/auth/channels_file.h"
#include "shared/auth/user_store.h"
#include "shared/result.h"
#include "shared/store/database.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pregon {

/// What the rules say about a user and a channel.
struct ChannelDecision {
    enum class Kind {
        Allowed,
        Refused,
        Undecided, ///< no pattern matches, or the rule leaves it to the application
    };
    Kind kind = Kind::Refused;
    const ChannelRule *rule = nullptr; ///< that allowed; the authorizer's
    std::string_view reason;           ///< why not, for the log
};

/// The rules of channels.json. First match wins.
class ChannelAuthorizer {
  public:
    /// Errors of parseChannelsFile. `userColumns`: what `user.COLUMN` may name
    /// (PREGON_USER_COLUMNS).
    static Result<ChannelAuthorizer> parse(
        std::string_view json,
        const std::vector<std::string> &userColumns = UserSettings().columns);

    /// May this user join `channel` (with its prefix)? `database` is asked only by rules with a
    /// query; Unavailable if it cannot be asked. A parameter that the column cannot hold
    /// is a refusal.
    Result<ChannelDecision> authorize(const User &user, std::string_view channel,
                                      Database &database) const;

    const std::vector<ChannelRule> &rules() const { return file_.rules; }

    /// What sign-in tells of a user; null: the file has no `user`.
    const SignInRule *signIn() const { return file_.user ? &*file_.user : nullptr; }
    /// The ids that signIn()'s `watchlist` finds for the user. Errors of the database.
    Result<std::vector<std::string>> watchlist(const User &user, Database &database) const;

    std::size_t ruleCount() const { return file_.rules.size(); }
    /// True if a rule leaves its channels to the application.
    bool needsApplication() const;

  private:
    ChannelsFile file_;
};

} // namespace pregon
