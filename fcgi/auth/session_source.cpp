// SPDX-License-Identifier: MIT
#include "fcgi/auth/session_source.h"

#include "shared/auth/session_payload.h"
#include "shared/small_file.h"

#include <cerrno>
#include <cstring>
#include <sys/stat.h>

namespace pregon {

SessionSource::SessionSource(const AppConfig &config, const Clock &clock, const LaravelCookie *keys)
    : config_(config), clock_(clock), keys_(keys) {
    if (config.sessionDriver == "redis" && !config.sessionCookie.empty())
        if (auto settings = redisSettings(config))
            redis_.emplace(std::move(*settings));
}

Result<std::optional<SessionSource::Session>> SessionSource::find(const Request &request,
                                                                  Database &database) {
    if (redis_)
        return inRedis(request);
    if (config_.sessionDriver == "file")
        return inFile(request.id);
    if (config_.sessionDriver == "cookie")
        return inCookie(request);
    return SessionStore(database, clock_, config_.sessionLifetimeMinutes).find(request.id);
}

std::string_view SessionSource::whyNone() const {
    if (redis_)
        return "Redis has no live session of a user under PREGON_SESSION_PREFIX and this id: "
               "logged "
               "out, expired, or SESSION_DRIVER, prefixes or REDIS_DB differ";
    if (config_.sessionDriver == "file")
        return "PREGON_SESSION_FILES has no live session of a user with this id: logged out, "
               "expired, "
               "or SESSION_DRIVER is not file";
    if (config_.sessionDriver == "cookie")
        return "there is no second cookie with a live session of a user: logged out, expired, or "
               "SESSION_DRIVER is not cookie";
    return "the table of sessions has no live one of a user with this id: logged out, expired, or "
           "SESSION_DRIVER is not database";
}

std::optional<SessionSource::Session> SessionSource::sessionOf(std::string_view payload,
                                                               std::int64_t validUntil) const {
    auto userId = sessionUserId(payload, keys_);
    if (!userId || validUntil < clock_.unixSeconds())
        return std::nullopt;
    return Session{std::move(*userId), validUntil, false};
}

Result<std::optional<SessionSource::Session>> SessionSource::inRedis(const Request &request) {
    const auto value = redis_->get(config_.sessionPrefix + request.id, request.until);
    if (!value)
        return tl::unexpected<Error>(value.error());
    if (!*value)
        return std::optional<Session>{};
    const std::int64_t seconds =
        (*value)->secondsLeft > 0 ? (*value)->secondsLeft : config_.sessionLifetimeMinutes * 60;
    return sessionOf((*value)->text, clock_.unixSeconds() + seconds);
}

/// A session id is letters and digits: it names no other folder.
Result<std::optional<SessionSource::Session>> SessionSource::inFile(const std::string &id) const {
    const std::string path = config_.sessionFiles + "/" + id;
    struct stat file {};
    if (::stat(path.c_str(), &file) != 0 && errno == ENOENT)
        return std::optional<Session>{};
    const auto payload = readSmallFile(path);
    if (!payload)
        return failure(Errc::Unavailable, payload.error().reason);
    return sessionOf(*payload, file.st_mtime + config_.sessionLifetimeMinutes * 60);
}

std::optional<SessionSource::Session> SessionSource::inCookie(const Request &request) const {
    const auto sent = cookieValue(request.cookies, request.id);
    const auto json = sent && keys_ != nullptr ? keys_->open(request.id, *sent) : std::nullopt;
    const auto session = json ? readCookieSession(*json) : std::nullopt;
    return session ? sessionOf(session->payload, session->validUntil) : std::nullopt;
}

} // namespace pregon
