// SPDX-License-Identifier: MIT
#pragma once

#include "fcgi/auth/identity_cache.h"
#include "fcgi/auth/jwt_bearer.h"
#include "fcgi/auth/session_source.h"
#include "fcgi/auth/usage_recorder.h"
#include "fcgi/http/http_message.h"
#include "shared/auth/laravel_cookie.h"
#include "shared/auth/token_store.h"
#include "shared/config/app_config.h"

#include <optional>
#include <string>

namespace pregon {

/// Finds the user of a request, as Sanctum's guard does (spec broadcasting-auth §4.1): by Laravel's
/// session cookie if that is configured, then by the remember-me cookie, then by the bearer token.
/// Successful lookups are cached for PREGON_IDENTITY_CACHE_SECONDS; failed lookups are not. A
/// session cookie without a user is logged with the reason, unless a token has a user. One for all
/// threads, for one configuration. Any thread.
class Identity {
  public:
    /// What the answer is for. `Read` is also broadcasting auth, which changes nothing. `Write`
    /// takes only a token, since a foreign page can make a browser send its cookies; and it asks
    /// the database each time, so that nothing is stored for a shop that its sender has left.
    enum class Purpose { Read, Write };

    /// Borrows all three; `config` must be one that makeAppConfig gave.
    Identity(const AppConfig &config, const Clock &clock, UsageRecorder &recorder);

    /// nullopt: no known user. Any other error: the database, or where the sessions are, could not
    /// be asked; the database's connection should then be closed.
    Result<std::optional<User>> find(const HttpRequest &request, Purpose purpose,
                                     Database &database);

  private:
    /// Where there is a cookie but no user, `why` says what is wrong with it.
    Result<std::optional<User>> findBySession(const HttpRequest &request, Database &database,
                                              std::string_view &why);
    Result<std::optional<User>> findRemembered(std::string_view cookies, Database &database);
    Result<std::optional<User>> findByToken(std::string_view token, Purpose purpose,
                                            Database &database);
    Result<std::optional<User>> findByJwt(std::string_view token, Purpose purpose,
                                          Database &database, std::string &why);
    std::optional<std::string> openCookie(std::string_view cookies, std::string_view name) const;

    const AppConfig &config_;
    const Clock &clock_;
    UsageRecorder &recorder_;
    TokenSettings tokens_;
    std::optional<LaravelCookie> cookies_; ///< none without PREGON_APP_KEY
    SessionSource sessions_;
    JwtBearer jwt_;
    IdentityCache cache_;
};

} // namespace pregon
