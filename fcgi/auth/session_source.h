// SPDX-License-Identifier: MIT
#pragma once

#include "fcgi/auth/redis_values.h"
#include "shared/auth/laravel_cookie.h"
#include "shared/auth/session_store.h"
#include "shared/clock.h"
#include "shared/config/app_config.h"
#include "shared/result.h"
#include "shared/store/database.h"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace pregon {

/// Laravel's sessions, wherever PREGON_SESSION_DRIVER says that the application keeps them. One for
/// all threads, for one configuration. Borrows what it is given. Any thread.
class SessionSource {
  public:
    using Session = SessionStore::Session;
    using Time = std::chrono::steady_clock::time_point;

    SessionSource(const AppConfig &config, const Clock &clock, const LaravelCookie *keys);

    /// What a request has for it.
    struct Request {
        const std::string &id;    ///< out of the session cookie
        std::string_view cookies; ///< the Cookie header
        Time until;
    };
    /// nullopt: no such session, expired, or nobody is logged in there. Unavailable: it could not
    /// be asked for.
    Result<std::optional<Session>> find(const Request &request, Database &database);

    /// What must be amiss where a session is not found, for the log.
    std::string_view whyNone() const;

  private:
    Result<std::optional<Session>> inRedis(const Request &request);
    Result<std::optional<Session>> inFile(const std::string &id) const;
    std::optional<Session> inCookie(const Request &request) const;
    std::optional<Session> sessionOf(std::string_view payload, std::int64_t validUntil) const;

    const AppConfig &config_;
    const Clock &clock_;
    const LaravelCookie *keys_;
    std::optional<RedisValues> redis_;
};

} // namespace pregon
