// SPDX-License-Identifier: MIT
#include "webhookd/back_off.h"

#include <algorithm>

namespace pregon {

void BackOff::failed(std::int64_t now, std::optional<std::int64_t> retryAfter,
                     std::int64_t expiresAt, unsigned chance) {
    constexpr unsigned kDoublings = 6;
    constexpr std::int64_t kLastMoment = 1000;
    const std::int64_t usual = std::min(kFirst << std::min(failures_, kDoublings), kLongest);
    // 800 to 1 200 thousandths of it.
    std::int64_t wait = usual * (800 + static_cast<std::int64_t>(chance % 1000) * 400 / 999) / 1000;
    if (retryAfter)
        wait = std::max(wait, std::clamp<std::int64_t>(*retryAfter, 0, kLongestRetryAfter));
    failures_++;
    notBefore_ = now + wait;
    const std::int64_t last = expiresAt - kLastMoment;
    // Attempts stay a second apart, or many bodies that expire would be as many attempts.
    if (notBefore_ > last && last >= now + kFirst)
        notBefore_ = last;
}

} // namespace pregon
