// SPDX-License-Identifier: MIT
#pragma once

#include "shared/keyed_hash.h"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <unordered_map>

namespace pregon {

/// Tells a publish that is tried again and again, as the outbox does ten times a second while Redis
/// is away, from one that is new: the same bytes, less than kWithin after the last time. Remembers
/// at most kMost of them; one that it has forgotten is new again.
class RepeatFilter {
  public:
    static constexpr std::int64_t kWithin = 1000; ///< milliseconds
    static constexpr std::size_t kMost = 10'000;

    /// Takes note of it. `now` in milliseconds, never less than before.
    bool isRepeat(std::string_view payload, std::int64_t now) {
        if (seenAt_.size() >= kMost)
            std::erase_if(seenAt_, [&](const auto &one) { return now - one.second >= kWithin; });
        const std::size_t hash = keyedHash(payload);
        const auto known = seenAt_.find(hash);
        if (known == seenAt_.end()) {
            if (seenAt_.size() < kMost)
                seenAt_.emplace(hash, now);
            return false;
        }
        const bool isRecent = now - known->second < kWithin;
        known->second = now;
        return isRecent;
    }
    void forgetAll() { seenAt_.clear(); }

  private:
    std::unordered_map<std::size_t, std::int64_t> seenAt_; ///< by the hash of the bytes
};

} // namespace pregon
