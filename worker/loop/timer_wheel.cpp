// SPDX-License-Identifier: MIT
#include "worker/loop/timer_wheel.h"

#include <algorithm>

namespace pregon {

void TimerHook::unlink() {
    if (next_ == nullptr)
        return;
    previous_->next_ = next_;
    next_->previous_ = previous_;
    next_ = previous_ = nullptr;
}

void TimerHook::linkBefore(TimerHook &other) {
    next_ = &other;
    previous_ = other.previous_;
    previous_->next_ = this;
    other.previous_ = this;
}

TimerWheel::TimerWheel() {
    for (TimerHook &head : slots_)
        head.next_ = head.previous_ = &head;
}

void TimerWheel::schedule(TimerHook &hook, std::uint32_t seconds) {
    hook.unlink();
    const std::size_t distance = std::clamp<std::size_t>(seconds, 1, kSlots - 1);
    hook.linkBefore(slots_[(now_ + distance) % kSlots]);
}

void TimerWheel::cancel(TimerHook &hook) {
    hook.unlink();
}

void TimerWheel::advance(const std::function<void(TimerHook &)> &due) {
    now_ = (now_ + 1) % kSlots;
    TimerHook &head = slots_[now_];
    // A hook scheduled meanwhile goes to another slot (distance is never 0 or kSlots), so this
    // ends.
    while (head.next_ != &head) {
        TimerHook &hook = *head.next_;
        hook.unlink();
        due(hook);
    }
}

std::size_t TimerWheel::count() const {
    std::size_t hooks = 0;
    for (const TimerHook &head : slots_)
        for (const TimerHook *hook = head.next_; hook != &head; hook = hook->next_)
            hooks++;
    return hooks;
}

} // namespace pregon
