// SPDX-License-Identifier: MIT
#include "worker/recovery/event_ring.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace pregon {

void EventRing::append(Event event) {
    bytes_ += cost(event);
    events_.push_back(std::move(event));
}

void EventRing::dropOldest() {
    Event &event = events_[first_];
    floor_ = event.lsn;
    bytes_ -= cost(event);
    event.frame = Frame();
    first_++;
    if (first_ == events_.size()) {
        events_.clear();
        first_ = 0;
    } else if (first_ > events_.size() / 2) {
        events_.erase(events_.begin(), events_.begin() + static_cast<std::ptrdiff_t>(first_));
        first_ = 0;
    }
}

void EventRing::breakAt(Lsn lsn) {
    events_ = {};
    first_ = bytes_ = 0;
    floor_ = std::max(floor_, lsn);
}

std::size_t EventRing::firstAfter(Lsn position) const {
    const auto begin = events_.begin() + static_cast<std::ptrdiff_t>(first_);
    const auto after =
        std::upper_bound(begin, events_.end(), position,
                         [](Lsn wanted, const Event &event) { return wanted < event.lsn; });
    return static_cast<std::size_t>(after - events_.begin());
}

std::uint64_t socketNumber(std::string_view socketId) {
    constexpr std::uint32_t kMaximum = 999'999'999;
    const std::size_t dot = std::min(socketId.find('.'), socketId.size());
    std::uint32_t halves[2] = {};
    const std::string_view texts[2] = {socketId.substr(0, dot),
                                       socketId.substr(std::min(dot + 1, socketId.size()))};
    for (int i = 0; i < 2; i++) {
        const char *const end = texts[i].data() + texts[i].size();
        const auto read = std::from_chars(texts[i].data(), end, halves[i]);
        if (read.ec != std::errc() || read.ptr != end || halves[i] > kMaximum)
            return 0;
    }
    return std::uint64_t{halves[0]} << 32 | halves[1];
}

} // namespace pregon
