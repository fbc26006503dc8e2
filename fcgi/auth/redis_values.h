// SPDX-License-Identifier: MIT
#pragma once

#include "shared/config/redis_settings.h"
#include "shared/result.h"

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

struct redisContext;

namespace pregon {

/// Reads values out of Redis, over connections that it keeps; one for all threads. A wait ends at
/// the caller's deadline, and after the settings' timeout at the latest: connecting, asking, and
/// the search for a host's address, which is done once, when this is made. No TLS, no Sentinel. Any
/// thread. redis_values.cpp includes hiredis for it, which needs a process that ignores SIGPIPE.
class RedisValues {
  public:
    using Time = std::chrono::steady_clock::time_point;
    struct Value {
        std::string text;
        std::int64_t secondsLeft = 0; ///< until it expires; 0: it does not
    };

    explicit RedisValues(RedisSettings settings);
    ~RedisValues();

    /// nullopt: there is none. Unavailable with the reason: Redis is away, refuses, does not answer
    /// in time, or has more than kMaxValue bytes there.
    static constexpr std::size_t kMaxValue = 1 << 20;
    Result<std::optional<Value>> get(const std::string &key, Time until);

  private:
    struct Close {
        void operator()(redisContext *context) const;
    };
    using Connection = std::unique_ptr<redisContext, Close>;

    Connection takeIdle();
    void keep(Connection connection);
    Result<Connection> connect(Time until) const;
    Result<std::optional<Value>> ask(Connection &connection, const std::string &key, Time until);

    const RedisSettings settings_;
    std::string address_; ///< of the host, in digits; empty: it has none
    std::mutex mutex_;
    std::vector<Connection> idle_;
};

} // namespace pregon
