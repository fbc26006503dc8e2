// SPDX-License-Identifier: MIT
#pragma once

#include "shared/protocol/frame.h"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace pregon {

/// The number of an event among those of its application that a ring has kept; they only grow.
using Lsn = std::uint64_t;

/// The newest events of one channel, oldest first, as the frames that fan-out sent: a reference
/// each, never a copy. Knows up to which event it is incomplete.
class EventRing {
  public:
    struct Event {
        Lsn lsn = 0;
        std::int64_t at = 0;      ///< milliseconds of a steady clock
        std::uint64_t except = 0; ///< socketNumber of the publisher's own connection; 0: none
        Frame frame;
    };

    /// Everything after `floor` will be in it.
    explicit EventRing(Lsn floor) : floor_(floor) {}

    bool isEmpty() const { return first_ == events_.size(); }
    std::size_t size() const { return events_.size() - first_; }
    /// Bytes of memory that the events take, their frames included.
    std::size_t bytes() const { return bytes_; }
    /// Of a ring that is not empty.
    const Event &oldest() const { return events_[first_]; }
    /// A client that has handled everything up to `position` can be given all that it missed.
    bool reaches(Lsn position) const { return floor_ <= position; }
    Lsn floor() const { return floor_; }

    void append(Event event);
    /// Of a ring that is not empty.
    void dropOldest();
    /// Events are missing that never came here: nothing up to `lsn` can be given any more.
    void breakAt(Lsn lsn);

    /// Calls back with each event after `position`, the oldest first.
    template <class Visit>
    void forEachAfter(Lsn position, Visit visit) const {
        for (std::size_t i = firstAfter(position); i < events_.size(); i++)
            visit(events_[i]);
    }

    /// What an event costs: its frame, and its place in a vector that grows by doubling.
    static std::size_t cost(const Event &event) { return 2 * sizeof(Event) + event.frame.cost(); }

  private:
    std::size_t firstAfter(Lsn position) const;

    std::vector<Event> events_; ///< those before first_ are gone
    std::size_t first_ = 0;
    std::size_t bytes_ = 0;
    Lsn floor_;
};

/// A socket id, two numbers of at most 999 999 999 joined by a dot, as one number; 0 for any other
/// text.
std::uint64_t socketNumber(std::string_view socketId);

} // namespace pregon
