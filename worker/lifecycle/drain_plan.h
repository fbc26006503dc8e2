// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>

namespace pregon {

/// How many connections a worker that stops has to have closed at which moment: evenly spread over
/// a window, the first at once and the last at its end, so that those who come back do not all
/// come in the same second. Pure.
class DrainPlan {
  public:
    /// What slow readers get beyond the window.
    static constexpr std::chrono::milliseconds kGrace{5000};

    /// A window of 0: all at once.
    DrainPlan(std::size_t connections, std::chrono::milliseconds window)
        : connections_(connections), window_(window) {}

    /// The number to have been closed when `elapsed` has passed since the start; never falls.
    std::size_t dueBy(std::chrono::milliseconds elapsed) const;
    /// Clients that are still connected then are disconnected.
    bool isPastDeadline(std::chrono::milliseconds elapsed) const {
        return elapsed >= window_ + kGrace;
    }

    std::size_t connections() const { return connections_; }
    std::chrono::milliseconds window() const { return window_; }

  private:
    std::size_t connections_;
    std::chrono::milliseconds window_;
};

} // namespace pregon
