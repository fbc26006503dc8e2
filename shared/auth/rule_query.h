// SPDX-License-Identifier: MIT
#pragma once

#include "shared/auth/bound_query.h"
#include "shared/auth/channel_pattern.h"
#include "shared/auth/user_store.h"
#include "shared/result.h"
#include "shared/store/database.h"

#include <string>
#include <string_view>
#include <vector>

namespace pregon {

/// What the placeholders of a query stand for.
std::vector<SqlParameter> valuesOf(const BoundQuery &query, const ChannelParameters &parameters,
                                   const User &user);

/// Why the query of a rule does not hold for the user: it finds no row, or one of which the
/// parameters are a second name. Empty: it holds. Errors of the database.
Result<std::string_view> queryRefusal(const std::string &query, const ChannelParameters &parameters,
                                      const User &user, Database &database);

} // namespace pregon
