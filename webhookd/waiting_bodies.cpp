// SPDX-License-Identifier: MIT
#include "webhookd/waiting_bodies.h"

#include <algorithm>

namespace pregon {

void WaitingBodies::add(WaitingBody body) {
    events_ += body.events;
    bytes_ += body.text.size();
    bodies_.push_back(std::move(body));
}

WaitingBodies::Place WaitingBodies::find(std::string_view id) {
    return std::find_if(bodies_.begin(), bodies_.end(),
                        [&](const WaitingBody &body) { return body.id == id; });
}

WaitingBodies::Place WaitingBodies::erase(Place place) {
    events_ -= place->events;
    bytes_ -= place->text.size();
    return bodies_.erase(place);
}

WaitingBodies::Place WaitingBodies::firstAtRest() {
    return std::find_if(bodies_.begin(), bodies_.end(),
                        [](const WaitingBody &body) { return !body.isInFlight; });
}

/// Those in flight are among the first few.
std::size_t WaitingBodies::inFlight() const {
    constexpr std::size_t kMost = 64;
    std::size_t count = 0, seen = 0;
    for (auto body = bodies_.begin(); body != bodies_.end() && seen < kMost; ++body, seen++)
        count += body->isInFlight ? 1 : 0;
    return count;
}

void WaitingBodies::allAreStored() {
    for (auto body = bodies_.rbegin(); body != bodies_.rend() && !body->isStored; ++body)
        body->isStored = true;
}

TextSet WaitingBodies::keys() const {
    TextSet keys;
    for (const WaitingBody &body : bodies_)
        for (const std::string &state : body.states)
            keys.insert(state.substr(1));
    return keys;
}

} // namespace pregon
