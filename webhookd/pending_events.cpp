// SPDX-License-Identifier: MIT
#include "webhookd/pending_events.h"

#include "webhookd/hook_body.h"

#include <algorithm>
#include <vector>

namespace pregon {
namespace {

constexpr std::size_t kAroundEvents = 64; ///< bytes of a body besides its events

} // namespace

/// How many of the first events fit into one body. Not those of two workers: the body's number
/// says up to where one worker's events are stored.
std::size_t PendingEvents::countForBody(const Limits &limits) const {
    const std::size_t most = limits.batchMs == 0 ? 1 : limits.batchEvents;
    std::size_t count = 0, bytes = kAroundEvents;
    for (const PendingEvent &event : events_) {
        bytes += event.json.size() + 1;
        if (count == most || (count > 0 && bytes > kMaxBodyBytes) ||
            event.origin != events_.front().origin)
            break;
        count++;
    }
    return count;
}

/// Waiting would add nothing to the first body.
bool PendingEvents::isFull(const Limits &limits, std::size_t count) const {
    return limits.batchMs == 0 || count == limits.batchEvents || count < events_.size();
}

std::optional<WaitingBody> PendingEvents::take(const Limits &limits, HookTime now, When when) {
    if (events_.empty())
        return std::nullopt;
    const std::size_t count = countForBody(limits);
    if (when == When::Due && !isFull(limits, count) &&
        now.steady < events_.front().since + limits.batchMs)
        return std::nullopt;
    WaitingBody body;
    body.id = newDeliveryId(now.unix);
    body.timeMs = now.unix;
    body.events = static_cast<std::uint32_t>(count);
    std::vector<std::string> json;
    for (std::size_t i = 0; i < count; i++) {
        PendingEvent &event = events_.front();
        body.origin = event.origin;
        body.number = event.number;
        body.isClustered = event.isClustered;
        if (!event.state.empty())
            body.states.push_back(std::move(event.state));
        json.push_back(std::move(event.json));
        events_.pop_front();
    }
    body.text = bodyOf(now.unix, json);
    return body;
}

std::optional<std::int64_t> PendingEvents::dueAt(const Limits &limits) const {
    if (events_.empty())
        return std::nullopt;
    return isFull(limits, countForBody(limits)) ? events_.front().since
                                                : events_.front().since + limits.batchMs;
}

bool PendingEvents::has(std::string_view origin, std::uint64_t number) const {
    const auto first = std::find_if(events_.begin(), events_.end(),
                                    [&](const PendingEvent &one) { return one.origin == origin; });
    return first != events_.end() && first->number <= number;
}

void PendingEvents::addKeys(TextSet &keys) const {
    for (const PendingEvent &event : events_)
        if (!event.state.empty())
            keys.insert(event.state.substr(1));
}

} // namespace pregon
