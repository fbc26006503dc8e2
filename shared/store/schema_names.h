// SPDX-License-Identifier: MIT
#pragma once

#include "shared/result.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace pregon {

/// Letters, digits and underscores, not beginning with a digit: needs no quoting in any database,
/// and can be nothing but a name.
bool isSqlIdentifier(std::string_view text);

/// What the application's database calls the tables and columns that Pregón uses. Our SQL names
/// them in braces, `SELECT {users.email} FROM {users}`, as the application's migrations do
/// (tests/schemas); PREGON_TABLES and PREGON_COLUMNS name those that an application calls
/// otherwise.
class SchemaNames {
  public:
    /// Entries `users=clients` and `notifications.commerce_id=shop_id`. BadRequest with the entry:
    /// another form, or a name that is not made of letters, digits and underscores (a table's may
    /// have a schema before it: `app.users`). Nothing that needs quoting, so that no name can be
    /// more than a name.
    static Result<SchemaNames> parse(const std::vector<std::string> &tables,
                                     const std::vector<std::string> &columns);

    /// `sql` with every `{table}` and `{table.column}` replaced by its name in the database, the
    /// column without its table.
    std::string apply(std::string_view sql) const;

  private:
    std::string nameOf(std::string_view ours) const;

    std::map<std::string, std::string, std::less<>> renamed_;
};

} // namespace pregon
