// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace pregon {

/// What a TimerWheel holds: derive from it. Leaves its wheel when destroyed.
class TimerHook {
  public:
    TimerHook() = default;
    TimerHook(const TimerHook &) = delete;
    TimerHook &operator=(const TimerHook &) = delete;
    ~TimerHook() { unlink(); }

    bool isScheduled() const { return next_ != nullptr; }

  private:
    friend class TimerWheel;
    void unlink();
    void linkBefore(TimerHook &other);

    TimerHook *previous_ = nullptr;
    TimerHook *next_ = nullptr;
};

/// Deadlines of many connections, one second apart. Scheduling and cancelling are O(1), a second
/// costs only what is due in it, and an entry allocates nothing.
class TimerWheel {
  public:
    static constexpr std::size_t kSlots = 1024;

    TimerWheel();

    /// Due in `seconds` (at least 1). Beyond the wheel's horizon of kSlots - 1 seconds it comes due
    /// at the horizon: the callback must check its own deadline. Moves a scheduled hook.
    void schedule(TimerHook &hook, std::uint32_t seconds);
    void cancel(TimerHook &hook);
    /// One second has passed: takes out all that is due and calls back for each. The callback may
    /// schedule the hook again and may destroy hooks.
    void advance(const std::function<void(TimerHook &)> &due);
    /// Hooks that are scheduled, found by a walk over all of them: for tests.
    std::size_t count() const;

  private:
    std::array<TimerHook, kSlots> slots_; ///< heads of circular lists
    std::size_t now_ = 0;
};

} // namespace pregon
