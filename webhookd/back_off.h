// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>

namespace pregon {

/// When an endpoint is tried again after a failure (spec webhooks §5): after 1, 2, 4, … 64 s, each
/// up to a fifth longer or shorter by chance. Times are milliseconds. Pure.
class BackOff {
  public:
    static constexpr std::int64_t kFirst = 1000, kLongest = 64'000;
    static constexpr std::int64_t kLongestRetryAfter = 300'000;

    /// Counts a failure at `now`. `retryAfter`: what the answer asked for. `expiresAt`: when the
    /// oldest body is given up; there is an attempt in its last second, if there is time until it.
    /// `chance` is 0 to 999.
    void failed(std::int64_t now, std::optional<std::int64_t> retryAfter, std::int64_t expiresAt,
                unsigned chance);
    void succeeded() { *this = BackOff(); }
    /// Tries at once, as an operator asks for; the next failure waits as long as it would have.
    void tryNow() { notBefore_ = 0; }

    std::int64_t notBefore() const { return notBefore_; }
    unsigned failures() const { return failures_; }

  private:
    std::int64_t notBefore_ = 0;
    unsigned failures_ = 0; ///< in a row
};

} // namespace pregon
