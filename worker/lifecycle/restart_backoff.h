// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <chrono>
#include <cstddef>

namespace pregon {

/// When a worker that has ended is started again: at once if it had served for a while, later and
/// later if one after the other ends soon after its start, and never more than a second later.
class RestartBackoff {
  public:
    /// A worker that has lived for as long as this counts as one that could start.
    static constexpr std::chrono::seconds kServed{10};
    static constexpr std::array<std::chrono::milliseconds, 5> kDelays{
        std::chrono::milliseconds(0), std::chrono::milliseconds(100),
        std::chrono::milliseconds(200), std::chrono::milliseconds(500),
        std::chrono::milliseconds(1000)};

    /// The delay before the next start, once a worker that lived for `lifetime` has ended.
    std::chrono::milliseconds delayAfter(std::chrono::steady_clock::duration lifetime) {
        if (lifetime >= kServed)
            quickEnds_ = 0;
        const std::size_t step = quickEnds_ < kDelays.size() ? quickEnds_++ : kDelays.size() - 1;
        return kDelays[step];
    }

  private:
    std::size_t quickEnds_ = 0; ///< since the last worker that served, at most kDelays.size()
};

} // namespace pregon
