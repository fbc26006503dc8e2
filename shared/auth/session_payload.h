// SPDX-License-Identifier: MIT
#pragma once

#include "shared/auth/laravel_cookie.h"

#include <optional>
#include <string>
#include <string_view>

namespace pregon {

/// Who is logged in by a session's payload, as any of Laravel's drivers stores it: PHP-serialized
/// or JSON, encrypted (SESSION_ENCRYPT) or not, and within a serialized text where a cache keeps
/// it. Each layer tells itself by its first bytes. nullopt: nobody of the guard `web`, or a payload
/// that is none. `keys` may be null: then no encrypted one can be read.
std::optional<std::string> sessionUserId(std::string_view payload, const LaravelCookie *keys);

/// The payload in a cookie of SESSION_DRIVER=cookie, `{"data":…,"expires":…}`, until it expires.
struct CookieSession {
    std::string payload;
    std::int64_t validUntil; ///< its last second (unix)
};
std::optional<CookieSession> readCookieSession(std::string_view json);

} // namespace pregon
