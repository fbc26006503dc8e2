// SPDX-License-Identifier: MIT
#pragma once

#include "shared/auth/user_store.h"
#include "shared/clock.h"
#include "shared/result.h"
#include "shared/store/database.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pregon {

struct TokenSettings {
    std::vector<std::string> userTypes; ///< tokenable_types that are accepted
    std::int64_t expirationMinutes = 0; ///< `sanctum.expiration`, after created_at; 0: none
    UserSettings users = {};
};

/// A token that is valid, and whose it is.
struct FoundToken {
    User user;
    std::string id;
    std::optional<std::int64_t> validUntil; ///< its last second (unix); nullopt: for ever
    bool isUseDue = false; ///< last_used_at is NULL or a minute old: see markTokenUsed
};

/// What a new token allows, and until when.
struct TokenGrant {
    std::vector<std::string> abilities = {"*"};
    std::optional<std::int64_t> expiresAt = std::nullopt; ///< unix seconds; nullopt: never
};

/// Sanctum's personal access tokens (spec broadcasting-auth §4), kept hashed in
/// {personal_access_tokens}. Borrows all three.
class TokenStore {
  public:
    TokenStore(Database &database, const Clock &clock, const TokenSettings &settings)
        : database_(database), clock_(clock), settings_(settings) {}

    /// The token that a client sent, `12|plain` or the older form without id. nullopt: no such
    /// token, expired, of another type, or its user is gone. Other errors as Database's.
    Result<std::optional<FoundToken>> find(std::string_view token);

    /// Makes a token of the first type for a user and returns its text, which exists nowhere else.
    Result<std::string> issue(const std::string &userId, const std::string &name,
                              const TokenGrant &grant = {});

  private:
    struct Row;
    Result<std::optional<Row>> load(std::string_view token);

    Database &database_;
    const Clock &clock_;
    const TokenSettings &settings_;
};

/// Sets last_used_at and updated_at of a token to now, unless that was done within the last minute.
Result<Done> markTokenUsed(Database &database, const Clock &clock, const std::string &id);

/// The token of an `Authorization` header as Sanctum takes it: behind the last `Bearer ` (any
/// case), up to the first comma. Empty if there is none.
std::string_view bearerToken(std::string_view authorization);

} // namespace pregon
