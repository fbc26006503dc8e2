#pragma once

#include "shared/clock.h"
#include "shared/database.h"
#include "shared/result.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace pregon {

/// The row of the users table behind a valid token: column name to value.
struct User {
    std::string id;
    std::map<std::string, SqlValue, std::less<>> columns;

    /// NULL and absent alike are nullopt.
    SqlValue column(std::string_view name) const;
};

/// True if the token that the user came with has this ability, or all (`*`).
bool hasAbility(const User &user, std::string_view ability);

/// True for the columns of the users table that a User has: what rules may name.
bool isUserColumn(std::string_view name);

/// Sanctum's personal access tokens (spec broadcasting-auth §4), kept hashed in
/// `personal_access_tokens`.
class TokenStore {
  public:
    /// `userType` is the tokenable_type that is accepted.
    TokenStore(Database &database, const Clock &clock, std::string userType)
        : database_(database), clock_(clock), userType_(std::move(userType)) {}

    /// The user of a token as a client sent it, `12|plain` or the older form without id. nullopt:
    /// no such token, expired, of another type, or its user is gone. Unavailable: database.
    Result<std::optional<User>> find(std::string_view token);

    /// Makes a token for a user and returns its text, which exists nowhere else.
    Result<std::string> issue(const std::string &userId, const std::string &name);

  private:
    Result<std::optional<std::string>> findUserId(std::string_view token);
    Result<std::optional<User>> loadUser(const std::string &id);

    Database &database_;
    const Clock &clock_;
    std::string userType_;
};

/// The token of an `Authorization` header as Sanctum takes it: behind the last `Bearer ` (any
/// case), up to the first comma. Empty if there is none.
std::string_view bearerToken(std::string_view authorization);

} // namespace pregon
