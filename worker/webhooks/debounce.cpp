// SPDX-License-Identifier: MIT
#include "worker/webhooks/debounce.h"

#include <algorithm>

namespace pregon {
namespace {

using State = Debounce::State;
using Action = Debounce::Action;

// Rows: Vacant, Occupied, Leaving. Columns: FirstArrives, LastLeaves, TimerEnds.
constexpr Debounce::Step kSteps[3][3] = {
    {{State::Occupied, Action::TellArrival},
     {State::Vacant, Action::Nothing},
     {State::Vacant, Action::Nothing}},
    {{State::Occupied, Action::Nothing},
     {State::Leaving, Action::StartTimer},
     {State::Occupied, Action::Nothing}},
    {{State::Occupied, Action::CancelTimer},
     {State::Leaving, Action::Nothing},
     {State::Vacant, Action::TellEnd}},
};

} // namespace

Debounce::Step Debounce::step(State state, Input input) {
    return kSteps[static_cast<std::size_t>(state)][static_cast<std::size_t>(input)];
}

/// The caller says `arrives` only of what was not there, and `leaves` only of what was.
Debounce::State Debounce::stateOf(std::string_view key, Input input) const {
    if (leaving_.contains(key))
        return State::Leaving;
    return input == Input::FirstArrives ? State::Vacant : State::Occupied;
}

bool Debounce::arrives(std::string_view key) {
    const Action action = step(stateOf(key, Input::FirstArrives), Input::FirstArrives).action;
    if (action == Action::CancelTimer)
        leaving_.erase(leaving_.find(key));
    return action == Action::TellArrival;
}

bool Debounce::leaves(std::string_view key, Time now, Time delay) {
    if (step(stateOf(key, Input::LastLeaves), Input::LastLeaves).action != Action::StartTimer)
        return false;
    if (delay <= 0) // the timer ends as it begins
        return step(State::Leaving, Input::TimerEnds).action == Action::TellEnd;
    const std::uint64_t number = ++last_;
    leaving_.emplace(key, std::pair(now + delay, number));
    order_.push_back({std::string(key), now + delay, number});
    return false;
}

std::vector<std::string> Debounce::due(Time now, std::size_t most) {
    std::vector<std::string> keys;
    while (!order_.empty() && keys.size() < most) {
        Place &first = order_.front();
        const auto found = leaving_.find(first.key);
        const bool isCurrent = found != leaving_.end() && found->second.second == first.number;
        if (isCurrent && first.due > now)
            break;
        if (isCurrent && step(State::Leaving, Input::TimerEnds).action == Action::TellEnd) {
            leaving_.erase(found);
            keys.push_back(std::move(first.key));
        }
        order_.pop_front();
    }
    return keys;
}

void Debounce::forget() {
    leaving_.clear();
    order_.clear();
}

std::vector<Debounce::Timer> Debounce::timers() const {
    std::vector<Timer> timers;
    for (const Place &place : order_)
        if (const auto found = leaving_.find(place.key);
            found != leaving_.end() && found->second.second == place.number)
            timers.push_back({place.key, place.due});
    return timers;
}

void Debounce::resume(const std::vector<Timer> &timers) {
    for (const Timer &timer : timers) {
        const std::uint64_t number = ++last_;
        if (leaving_.try_emplace(timer.key, timer.due, number).second)
            order_.push_back({timer.key, timer.due, number});
    }
}

} // namespace pregon
