// SPDX-License-Identifier: MIT
#pragma once

#include "shared/result.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pregon {

struct AppConfig;

/// Where one Redis or Sentinel listens.
struct RedisAddress {
    std::string host; ///< a name or an address; a path for a Unix-domain socket
    std::string port;

    bool isUnix() const { return host.starts_with('/'); }
    std::string text() const { return isUnix() ? host : host + ":" + port; }
};

/// How to reach the Redis that the workers share.
struct RedisSettings {
    RedisAddress address; ///< not used where there are sentinels
    bool tls = false;     ///< of the connections to Redis, and to the sentinels
    std::string caFile;   ///< PEM; empty: the system's authorities
    std::string username, password;
    std::int64_t database = 0;
    std::string prefix; ///< in front of every key and channel; ends with a colon
    std::vector<RedisAddress> sentinels;
    std::string sentinelService; ///< the master's name there
    std::string sentinelPassword;
    std::chrono::milliseconds timeout{}; ///< for connecting, and for any answer
};

/// Out of REDIS_*, REVERB_SCALING_CHANNEL and PREGON_REDIS_*. As in Laravel, REDIS_URL wins over
/// the rest (`redis://USER:PASSWORD@HOST:PORT/DB`; `rediss` and `tls` mean TLS), `tls://` may stand
/// before REDIS_HOST, a REDIS_HOST that begins with a slash is a Unix-domain socket, and `null` is
/// nothing. BadRequest begins with the name of the setting and never holds a password.
Result<RedisSettings> redisSettings(const AppConfig &config);

} // namespace pregon
