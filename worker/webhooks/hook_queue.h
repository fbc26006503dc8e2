// SPDX-License-Identifier: MIT
#pragma once

#include "shared/webhooks/webhook_event.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

namespace pregon {

/// One application's events on their way to pregon-webhookd, from when they happen until they are
/// on its disk. Bounded: the oldest ones are dropped. Knows no socket. Pure.
class HookQueue {
  public:
    static constexpr std::size_t kMaxEvents = 4096;
    static constexpr std::size_t kMaxData = 256 << 10; ///< bytes of a client event's data
    static constexpr std::size_t kMaxBatchEvents = 256;
    static constexpr std::size_t kMaxBatchBytes = 1 << 20;
    static constexpr std::size_t kMaxSent = 1024; ///< events that are sent and not yet stored

    /// What a worker hands over. Fields are only added: see kHandOverVersion.
    struct State {
        std::uint64_t first = 1;
        std::vector<HookEvent> events;
        std::uint64_t dropped = 0;
        bool hasLost = false;

        template <class Fields, class Self>
        static void describe(Fields &fields, Self &self) {
            fields(self.first);
            fields(self.events);
            fields(self.dropped);
            fields(self.hasLost);
        }
    };

    void push(HookEvent event);
    /// The same for a state that is reported anew. It does not count for the bound: there are not
    /// more of them than a channel has users.
    void pushAccount(HookEvent event);

    struct Batch {
        std::uint64_t first;
        std::vector<HookEvent> events;
        std::uint64_t last() const { return first + events.size() - 1; }
    };
    /// The next events to be sent; nullopt if there are none, or enough are on their way. Those
    /// that take up more than the bytes go in the next one.
    std::optional<Batch> next();
    /// Everything up to that number is stored.
    void stored(std::uint64_t last);
    /// The connection is lost: what was sent and is not stored is sent again.
    void sendAgain() { sent_ = 0; }

    bool isEmpty() const { return events_.empty(); }
    std::size_t size() const { return events_.size(); }
    std::uint64_t dropped() const { return dropped_; }
    /// Events were dropped since this was last asked.
    bool takeHasLost() { return std::exchange(hasLost_, false); }
    bool hasLost() const { return hasLost_; }

    State state() const;
    void resume(State state);

  private:
    struct Entry {
        HookEvent event;
        bool isAccount;
    };
    void popFront();

    std::deque<Entry> events_;
    std::size_t accounts_ = 0; ///< of them
    std::uint64_t first_ = 1;  ///< number of the first of them
    std::size_t sent_ = 0;     ///< so many of the first ones are on their way
    std::uint64_t dropped_ = 0;
    bool hasLost_ = false;
};

} // namespace pregon
