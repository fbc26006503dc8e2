// SPDX-License-Identifier: MIT
#pragma once

#include "shared/auth/channel_condition.h"
#include "shared/auth/rule_fields.h"

namespace pregon {

/// The members that make a condition: `allow`, `user`, `query`, `ability`, `any`, `all`.
const std::vector<KnownMember> &conditionMembers();

/// True if the object has a member that says who may join; `ability` alone does not.
bool hasCondition(JsonValue object);

/// The condition that the members of an object make; the names of the others are not looked at.
/// `names` are the pattern's parameters. BadRequest with the path and the reason (`any 2: user:
/// role: …`), also for more levels than kDeepestCondition or queries than kMaxConditionQueries.
inline constexpr int kDeepestCondition = 8;
inline constexpr int kMaxConditionQueries = 8;
Result<ChannelCondition> readCondition(const UserColumns &columns, JsonValue object,
                                       const std::vector<std::string> &names);

} // namespace pregon
