// SPDX-License-Identifier: MIT
#include "worker/webhooks/hook_queue.h"

#include <utility>

namespace pregon {

void HookQueue::push(HookEvent event) {
    if (event.dataJson.size() > kMaxData) { // no body may be so large
        dropped_++;
        return;
    }
    if (events_.size() - accounts_ >= kMaxEvents) {
        popFront();
        dropped_++;
        hasLost_ = true;
    }
    events_.push_back({std::move(event), false});
}

void HookQueue::pushAccount(HookEvent event) {
    events_.push_back({std::move(event), true});
    accounts_++;
}

void HookQueue::popFront() {
    accounts_ -= events_.front().isAccount ? 1 : 0;
    events_.pop_front();
    first_++;
    sent_ -= sent_ > 0 ? 1 : 0;
}

std::optional<HookQueue::Batch> HookQueue::next() {
    constexpr std::size_t kAround = 64; // bytes of an event besides its texts
    if (sent_ == events_.size() || sent_ >= kMaxSent)
        return std::nullopt;
    Batch batch{first_ + sent_, {}};
    std::size_t bytes = 0;
    while (sent_ < events_.size() && batch.events.size() < kMaxBatchEvents) {
        const HookEvent &event = events_[sent_].event;
        bytes += kAround + event.channel.size() + event.userId.size() + event.dataJson.size();
        if (bytes > kMaxBatchBytes && !batch.events.empty())
            break;
        batch.events.push_back(event);
        sent_++;
    }
    return batch;
}

void HookQueue::stored(std::uint64_t last) {
    while (!events_.empty() && first_ <= last)
        popFront();
}

HookQueue::State HookQueue::state() const {
    State state{first_, {}, dropped_, hasLost_};
    for (const Entry &entry : events_)
        state.events.push_back(entry.event);
    return state;
}

void HookQueue::resume(State state) {
    first_ = state.first;
    for (HookEvent &event : state.events)
        events_.push_back({std::move(event), true}); // none of them is dropped for being many
    accounts_ = events_.size();
    dropped_ = state.dropped;
    hasLost_ = state.hasLost;
    sent_ = 0;
}

} // namespace pregon
