// SPDX-License-Identifier: MIT
#include "shared/config/jwt_settings.h"

#include "shared/auth/user_store.h"
#include "shared/small_file.h"

namespace pregon {

Result<std::optional<JwtKeys>> jwtKeys(const AppConfig &config) {
    const auto algorithm = findJwtAlgorithm(config.jwtAlgorithm);
    if (!algorithm)
        return std::optional<JwtKeys>{};
    const auto named = [](const char *setting, const Error &error) {
        return failure(error.code, std::string(setting) + ": " + error.reason);
    };
    if (!isUserColumn(config.userColumns, config.jwtColumn))
        return failure(Errc::BadRequest,
                       "PREGON_JWT_COLUMN: PREGON_USER_COLUMNS does not list " + config.jwtColumn);
    const bool isSecret = *algorithm == JwtAlgorithm::Hs256;
    if (isSecret != !config.jwtSecret.empty() || isSecret == !config.jwtKeyFile.empty())
        return failure(Errc::BadRequest,
                       "PREGON_JWT_ALGORITHM: HS256 needs PREGON_JWT_SECRET alone, RS256 and "
                       "ES256 need PREGON_JWT_KEY_FILE alone");
    if (isSecret) {
        auto keys = JwtKeys::ofSecret(config.jwtSecret);
        return keys ? Result<std::optional<JwtKeys>>(std::move(*keys))
                    : named("PREGON_JWT_SECRET", keys.error());
    }
    const auto text = readSmallFile(config.jwtKeyFile);
    if (!text)
        return named("PREGON_JWT_KEY_FILE", text.error());
    auto keys = JwtKeys::ofText(*text, *algorithm);
    return keys ? Result<std::optional<JwtKeys>>(std::move(*keys))
                : named("PREGON_JWT_KEY_FILE", keys.error());
}

} // namespace pregon
