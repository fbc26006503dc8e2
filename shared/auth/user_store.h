// SPDX-License-Identifier: MIT
#pragma once

#include "shared/result.h"
#include "shared/store/database.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pregon {

/// The user of a request: a row of the users table, and what the credential allows.
struct User {
    std::string id;
    std::map<std::string, SqlValue, std::less<>> columns;
    /// The abilities of the Sanctum token, or the scopes of the JSON Web Token; nullopt for a
    /// session, which may do everything. Sanctum itself requires none (spec broadcasting-auth
    /// §4.3); the rules do.
    std::optional<std::vector<std::string>> abilities = std::nullopt;
    /// By which of Laravel's guards the user is known: `web` (session, remember-me), `sanctum`
    /// (personal access token), or that of PREGON_JWT_GUARD.
    std::string guard = "web";

    /// NULL and absent alike are nullopt.
    SqlValue column(std::string_view name) const;
    /// True if the token has that ability, or `*`, as Sanctum's `tokenCan`.
    bool can(std::string_view ability) const;
};

/// Which users there are, and what is loaded of them.
struct UserSettings {
    /// Columns of {users} that rules and answers may use. `id` is always among a User's.
    std::vector<std::string> columns = {"id", "name", "email", "commerce_id", "role"};
    /// A user whose {users.deleted_at} is not NULL does not exist, where the table has that column.
    bool softDeletes = true;
};

/// True if rules and answers may use that column.
bool isUserColumn(const std::vector<std::string> &columns, std::string_view name);

/// BadRequest with the column's name: not an identifier, or one that must never leave the database.
Result<Done> checkUserColumns(const std::vector<std::string> &columns);

/// For a statement of one's own that joins {users} as `u`: what it selects of a user, so many
/// columns, and what the join says of who exists, `u.id = KEY` and the rest.
std::string userSelection(const UserSettings &settings);
std::size_t userSelectionSize(const UserSettings &settings);
std::string userCondition(const UserSettings &settings, std::string_view key);
/// The user that begins at `first` in a row of such a statement; nullopt: the join found none.
std::optional<User> takeUser(const UserSettings &settings, SqlRow::const_iterator first);

/// The users table. Borrows both.
class UserStore {
  public:
    UserStore(Database &database, const UserSettings &settings)
        : database_(database), settings_(settings) {}

    /// The user with that key, of any type, as text. nullopt: none, also where the key's type has
    /// no such value (`abc` for an integer). Other errors as Database's.
    Result<std::optional<User>> find(const std::string &id);
    /// The only user whose column has exactly that value. nullopt: none, or several.
    Result<std::optional<User>> findBy(const std::string &column, const std::string &value);
    /// The user with that key and remember_token; compared in constant time.
    Result<std::optional<User>> findRemembered(const std::string &id, std::string_view token);

  private:
    Database &database_;
    const UserSettings &settings_;
};

} // namespace pregon
