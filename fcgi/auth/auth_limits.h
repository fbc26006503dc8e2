// SPDX-License-Identifier: MIT
#pragma once

#include "shared/keyed_hash.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

namespace pregon {

/// What the threads of pregon-fcgi share: about the auth endpoints how often each client address
/// asks, and how many questions to the application are under way; about the log which refusals it
/// has been told of. Outlives a reload. Any thread.
class AuthLimits {
  public:
    using Time = std::chrono::steady_clock::time_point;

    /// Counts a request of `address` (IPv6: of its /64) in the minute that is running; 0 if it is
    /// within `perMinute`, else the seconds to the next minute. Keeps at most kMaxAddresses per
    /// minute: requests of further addresses pass, so that memory is bounded and no client is
    /// refused because of others.
    std::int64_t secondsToWait(std::string_view address, Time now, std::int64_t perMinute);

    /// True once a minute for each `key`, such as a device: then its refusal is worth a line in the
    /// log. Of kMaxLines keys a minute; others are not told of, so that the log is bounded.
    bool isWorthALine(const std::string &key, Time now);

    /// True if fewer than `maximum` questions are under way; then `endQuestion` must follow.
    bool beginQuestion(std::int64_t maximum);
    void endQuestion() { questions_--; }

    static constexpr std::size_t kMaxAddresses = 65536;
    static constexpr std::size_t kMaxLines = 600;

  private:
    /// Counts of the minute that is running.
    struct Minute {
        Time start{};
        TextMap<std::int64_t> counts;

        void beginAnew(Time now);
    };

    std::mutex mutex_;
    Minute requests_;
    Minute lines_;
    std::atomic<std::int64_t> questions_{0};
};

} // namespace pregon
