// SPDX-License-Identifier: MIT
#pragma once

#include "shared/auth/channel_condition.h"
#include "shared/auth/channel_pattern.h"
#include "shared/auth/user_store.h"
#include "shared/result.h"
#include "shared/store/database.h"

#include <string_view>

namespace pregon {

/// Why a condition does not hold for a user and a channel's parameters; empty: it holds. The
/// database is asked only by queries, and only where the rest leaves the answer open. Errors of the
/// database; in `any` none, if another alternative holds.
Result<std::string_view> conditionRefusal(const ChannelCondition &condition,
                                          const ChannelParameters &parameters, const User &user,
                                          Database &database);

} // namespace pregon
