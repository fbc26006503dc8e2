// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>

namespace pregon {

/// At most so many in a window that begins with the first after the last window's end, as Reverb
/// counts (spec reverb-config §8). Times in milliseconds of any steady clock.
class WindowLimiter {
  public:
    /// True if one more is within the limit; what is refused is not counted.
    bool take(std::int64_t now, std::int64_t maximum, std::int64_t windowSeconds) {
        if (count_ == 0 || now >= start_ + windowSeconds * 1000) {
            start_ = now;
            count_ = 0;
        }
        if (count_ >= maximum)
            return false;
        count_++;
        return true;
    }

    template <class Fields, class Self>
    static void describe(Fields &fields, Self &self) {
        fields(self.start_);
        fields(self.count_);
    }

  private:
    std::int64_t start_ = 0;
    std::int64_t count_ = 0;
};

/// A token bucket: holds `perSecond` tokens and fills with as many each second
/// (spec pusher-websocket §7.2).
class TokenBucket {
  public:
    bool take(std::int64_t now, std::int64_t perSecond) {
        const std::int64_t full = perSecond * 1000; // in thousandths of a token
        if (last_ == kNever)
            level_ = full;
        else
            level_ = std::min(full, level_ + (now - last_) * perSecond);
        last_ = now;
        if (level_ < 1000)
            return false;
        level_ -= 1000;
        return true;
    }

    template <class Fields, class Self>
    static void describe(Fields &fields, Self &self) {
        fields(self.last_);
        fields(self.level_);
    }

  private:
    static constexpr std::int64_t kNever = -1;
    std::int64_t last_ = kNever;
    std::int64_t level_ = 0;
};

} // namespace pregon
