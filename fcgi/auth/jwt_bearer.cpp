// SPDX-License-Identifier: MIT
#include "fcgi/auth/jwt_bearer.h"

#include "shared/config/jwt_settings.h"

namespace pregon {

JwtBearer::JwtBearer(const AppConfig &config, const Clock &clock)
    : config_(config), clock_(clock), rules_{config.jwtIssuer, config.jwtAudience, config.jwtClaim,
                                             config.jwtLeewaySeconds} {
    if (auto keys = jwtKeys(config); keys && *keys)
        keys_.emplace(std::move(**keys));
}

/// A token without an id, or one that Passport does not know, is none of Passport's.
Result<bool> JwtBearer::isRevoked(const std::string &id, Database &database) const {
    if (id.empty())
        return true;
    const auto rows =
        database.query("SELECT {oauth_access_tokens.id}, {oauth_access_tokens.revoked} FROM "
                       "{oauth_access_tokens} WHERE {oauth_access_tokens.id} = :id",
                       2, {id});
    if (!rows && rows.error().code == Errc::BadRequest)
        return true;
    if (!rows)
        return tl::unexpected<Error>(rows.error());
    if (rows->size() != 1 || rows->front()[0] != id)
        return true;
    const std::string revoked = rows->front()[1].value_or("1");
    return revoked != "0" && revoked != "f" && revoked != "false";
}

Result<std::optional<JwtBearer::Found>> JwtBearer::find(std::string_view token, Database &database,
                                                        const UserSettings &users,
                                                        std::string &why) const {
    const auto checked = checkJwt(token, *keys_, rules_, clock_.unixSeconds());
    if (!checked) {
        why = checked.error().reason;
        return std::optional<Found>{};
    }
    if (config_.jwtPassport) {
        const auto revoked = isRevoked(checked->id, database);
        if (!revoked)
            return tl::unexpected<Error>(revoked.error());
        why = *revoked ? "the token is revoked, or Passport has none of its id (jti)" : "";
        if (*revoked)
            return std::optional<Found>{};
    }
    auto user = UserStore(database, users).findBy(config_.jwtColumn, checked->subject);
    if (!user)
        return tl::unexpected<Error>(user.error());
    if (!*user) {
        why = "no user has the value of the token's claim " + config_.jwtClaim;
        return std::optional<Found>{};
    }
    (*user)->abilities = checked->abilities;
    (*user)->guard = config_.jwtGuard;
    return Found{std::move(**user), checked->validUntil};
}

} // namespace pregon
