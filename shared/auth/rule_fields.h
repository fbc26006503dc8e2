// SPDX-License-Identifier: MIT
#pragma once

#include "shared/json/json.h"
#include "shared/result.h"

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pregon {

/// What the readers of channels.json share. `UserColumns` are those of the users table that may be
/// named.
using UserColumns = std::vector<std::string>;

tl::unexpected<Error> invalidRule(std::string reason);

/// `user.column` without its prefix; nullopt if the text is something else or no such column is
/// loaded.
std::optional<std::string> userColumn(const UserColumns &columns,
                                      const std::optional<std::string> &text);

/// A column that could be used if the setting listed it, with the reason; otherwise what is
/// expected.
std::string columnFault(std::string_view text, const std::string &expected);

/// A member that an object may have.
struct KnownMember {
    std::string_view name;
    bool (JsonValue::*hasType)() const; ///< null: the reader of the member checks it
};

/// BadRequest for a member that is unknown, of the wrong type, or there twice.
Result<Done> checkMembers(JsonValue object, const std::vector<KnownMember> &known);

/// BadRequest for a placeholder that is neither a parameter in `names` nor a column of the user.
Result<Done> checkQuery(const UserColumns &columns, const std::string &sql,
                        const std::vector<std::string> &names);

} // namespace pregon
