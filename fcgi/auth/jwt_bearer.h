// SPDX-License-Identifier: MIT
#pragma once

#include "shared/auth/jwt.h"
#include "shared/auth/user_store.h"
#include "shared/clock.h"
#include "shared/config/app_config.h"

#include <optional>
#include <string_view>

namespace pregon {

/// Users by a JSON Web Token in the Authorization header: of an identity provider, or of Laravel
/// Passport, whose tokens are looked up in {oauth_access_tokens} besides. For one configuration.
/// Borrows what it is given. Any thread.
class JwtBearer {
  public:
    JwtBearer(const AppConfig &config, const Clock &clock);

    struct Found {
        User user;
        std::int64_t validUntil; ///< the token's last second
    };
    /// nullopt with the reason in `why`: a token that does not hold, a revoked one, or no such
    /// user. Errors of the database.
    Result<std::optional<Found>> find(std::string_view token, Database &database,
                                      const UserSettings &users, std::string &why) const;

    bool isOn() const { return keys_.has_value(); }

  private:
    Result<bool> isRevoked(const std::string &id, Database &database) const;

    const AppConfig &config_;
    const Clock &clock_;
    std::optional<JwtKeys> keys_;
    JwtRules rules_;
};

} // namespace pregon
