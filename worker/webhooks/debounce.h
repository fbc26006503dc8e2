// SPDX-License-Identifier: MIT
#pragma once

#include "shared/keyed_hash.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pregon {

/// Holds back that a channel is vacated or a user has left until neither has come back for a while
/// (spec webhooks §3). One automaton for each key, with the table in debounce.cpp. A key that is
/// not leaving takes no memory: its caller knows whether something is there. Pure.
class Debounce {
  public:
    /// Milliseconds of a steady clock.
    using Time = std::int64_t;

    enum class State : std::uint8_t { Vacant, Occupied, Leaving };
    enum class Input : std::uint8_t { FirstArrives, LastLeaves, TimerEnds };
    enum class Action : std::uint8_t { Nothing, TellArrival, StartTimer, CancelTimer, TellEnd };
    struct Step {
        State next;
        Action action;
    };
    static Step step(State state, Input input);

    struct Timer {
        std::string key;
        Time due = 0;

        template <class Fields, class Self>
        static void describe(Fields &fields, Self &self) {
            fields(self.key);
            fields(self.due);
        }
    };

    /// The first one of the key is there. True: report it. False: it was away for a moment only.
    bool arrives(std::string_view key);
    /// The last one of the key has gone. True: report the end at once, for `delay` is 0.
    bool leaves(std::string_view key, Time now, Time delay);
    /// At most so many keys whose timers have ended, in the order in which they began; report their
    /// ends.
    std::vector<std::string> due(Time now, std::size_t most);

    /// Stops every timer: nothing of them is reported any more.
    void forget();
    /// For a hand-over.
    std::vector<Timer> timers() const;
    void resume(const std::vector<Timer> &timers);
    bool isLeaving(std::string_view key) const { return leaving_.contains(key); }
    std::size_t size() const { return leaving_.size(); }

  private:
    State stateOf(std::string_view key, Input input) const;

    struct Place {
        std::string key;
        Time due;
        std::uint64_t number;
    };
    TextMap<std::pair<Time, std::uint64_t>> leaving_; ///< when due, and the number of its place
    std::deque<Place> order_; ///< by their beginnings; one that was cancelled stays until then
    std::uint64_t last_ = 0;
};

} // namespace pregon
