// SPDX-License-Identifier: MIT
#include "worker/lifecycle/drain_plan.h"

namespace pregon {

std::size_t DrainPlan::dueBy(std::chrono::milliseconds elapsed) const {
    if (connections_ == 0 || elapsed >= window_)
        return connections_;
    const auto passed = static_cast<std::size_t>(elapsed.count());
    return 1 + (connections_ - 1) * passed / static_cast<std::size_t>(window_.count());
}

} // namespace pregon
