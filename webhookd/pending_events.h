// SPDX-License-Identifier: MIT
#pragma once

#include "webhookd/waiting_bodies.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace pregon {

/// Milliseconds: of a steady clock, and since 1970 UTC.
struct HookTime {
    std::int64_t steady = 0;
    std::int64_t unix = 0;
};

/// An event that an endpoint wants and that is in no body yet.
struct PendingEvent {
    std::string json;
    std::string state; ///< `+KEY` or `-KEY`; empty: it reports none
    std::string origin;
    std::uint64_t number = 0;
    bool isClustered = false;
    std::int64_t since = 0; ///< steady
};

/// Forms bodies of the events of one endpoint (spec webhooks §4). Pure.
class PendingEvents {
  public:
    struct Limits {
        std::int64_t batchMs = 0; ///< 0: each body has one event
        std::size_t batchEvents = 20;
    };

    void add(PendingEvent event) { events_.push_back(std::move(event)); }
    /// The next body that is due, or all that there is without waiting for more.
    enum class When { Due, Now };
    std::optional<WaitingBody> take(const Limits &limits, HookTime now, When when);
    /// When the next body is due at the latest (steady); nullopt: there is none.
    std::optional<std::int64_t> dueAt(const Limits &limits) const;
    /// An event of that worker with that number or a lower one is among them.
    bool has(std::string_view origin, std::uint64_t number) const;
    bool isEmpty() const { return events_.empty(); }
    std::size_t size() const { return events_.size(); }
    void clear() { events_.clear(); }
    void addKeys(TextSet &keys) const;

  private:
    std::size_t countForBody(const Limits &limits) const;
    bool isFull(const Limits &limits, std::size_t count) const;

    std::deque<PendingEvent> events_;
};

} // namespace pregon
