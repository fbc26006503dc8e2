// SPDX-License-Identifier: MIT
#include "shared/auth/channel_authorizer.h"

#include "shared/auth/condition_check.h"
#include "shared/auth/rule_query.h"
#include "shared/protocol/channel_rules.h"

#include <algorithm>

namespace pregon {
namespace {

using Kind = ChannelDecision::Kind;

bool knowsBy(const std::vector<std::string> &guards, const std::string &guard) {
    return guards.empty() || std::any_of(guards.begin(), guards.end(), [&](const std::string &one) {
               return one == guard || (one == "sanctum" && guard == "web");
           });
}

} // namespace

Result<ChannelAuthorizer> ChannelAuthorizer::parse(std::string_view json,
                                                   const std::vector<std::string> &userColumns) {
    auto file = parseChannelsFile(json, userColumns);
    if (!file)
        return tl::unexpected<Error>(file.error());
    ChannelAuthorizer authorizer;
    authorizer.file_ = std::move(*file);
    return authorizer;
}

Result<ChannelDecision> ChannelAuthorizer::authorize(const User &user, std::string_view channel,
                                                     Database &database) const {
    const std::string_view name = ChannelRules::withoutPrefix(channel);
    for (const ChannelRule &rule : file_.rules) {
        const auto parameters = matchChannel(rule.pattern, name);
        if (!parameters)
            continue;
        if (rule.isForApplication)
            return ChannelDecision{Kind::Undecided, nullptr, "left to the application"};
        if (!knowsBy(rule.guards, user.guard))
            return ChannelDecision{Kind::Refused, nullptr,
                                   "the rule wants a user of another guard"};
        const auto reason = conditionRefusal(rule.condition, *parameters, user, database);
        if (!reason)
            return tl::unexpected<Error>(reason.error());
        if (!reason->empty())
            return ChannelDecision{Kind::Refused, nullptr, *reason};
        return ChannelDecision{Kind::Allowed, &rule, {}};
    }
    return ChannelDecision{Kind::Undecided, nullptr, "no rule matches"};
}

Result<std::vector<std::string>> ChannelAuthorizer::watchlist(const User &user,
                                                              Database &database) const {
    std::vector<std::string> ids;
    if (!file_.user || file_.user->watchlist.empty())
        return ids;
    const BoundQuery query = bindNames(file_.user->watchlist);
    const auto rows = database.query(query.sql, 1, valuesOf(query, {}, user));
    if (!rows)
        return tl::unexpected<Error>(rows.error());
    for (const SqlRow &row : *rows)
        if (row[0])
            ids.push_back(*row[0]);
    return ids;
}

bool ChannelAuthorizer::needsApplication() const {
    return std::any_of(file_.rules.begin(), file_.rules.end(),
                       [](const ChannelRule &rule) { return rule.isForApplication; });
}

} // namespace pregon
