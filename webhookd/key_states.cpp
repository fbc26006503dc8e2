// SPDX-License-Identifier: MIT
#include "webhookd/key_states.h"

#include <algorithm>
#include <tuple>

namespace pregon {
namespace {

template <class Container>
void eraseKey(Container &container, std::string_view key) {
    if (const auto found = container.find(key); found != container.end())
        container.erase(found);
}

bool isUser(std::string_view key) {
    return key.find('\n') != std::string_view::npos;
}

} // namespace

bool KeyStates::tell(std::string_view key, bool isThere) {
    eraseKey(inDoubt_, key);
    if (isThere)
        return there_.emplace(key).second;
    eraseKey(there_, key);
    return true; // of an endpoint that is new, what was there before it is not known
}

void KeyStates::restart() {
    inDoubt_ = there_;
}

std::vector<std::string> KeyStates::takeInDoubt() {
    std::vector<std::string> keys(inDoubt_.begin(), inDoubt_.end());
    std::sort(keys.begin(), keys.end(), [](const std::string &left, const std::string &right) {
        return std::pair(!isUser(left), std::string_view(left)) <
               std::pair(!isUser(right), std::string_view(right));
    });
    for (const std::string &key : keys)
        eraseKey(there_, key);
    inDoubt_.clear();
    return keys;
}

void KeyStates::dropped(std::string_view key, bool isThere, Told told) {
    const auto [place, isNew] =
        beliefs_.try_emplace(std::string(key), Belief{!isThere, isThere, told});
    place->second.isLatest = isThere;
    place->second.told = told;
}

void KeyStates::delivered(std::string_view key) {
    eraseKey(beliefs_, key);
}

bool KeyStates::isBelieved(std::string_view key, bool isThere) const {
    const auto found = beliefs_.find(key);
    return found != beliefs_.end() && found->second.isBelieved == isThere;
}

std::vector<std::pair<std::string, bool>> KeyStates::takeDiverged(const TextSet &waiting) {
    std::vector<std::pair<std::string, bool>> diverged;
    for (auto next = beliefs_.begin(); next != beliefs_.end();) {
        const auto &[key, belief] = *next;
        if (waiting.contains(key)) {
            ++next;
            continue;
        }
        const bool isThere =
            belief.told == Told::Everything ? there_.contains(key) : belief.isLatest;
        if (isThere != belief.isBelieved)
            diverged.emplace_back(key, isThere);
        next = beliefs_.erase(next);
    }
    // A channel's arrival comes before its users', and its end after theirs.
    std::sort(diverged.begin(), diverged.end(), [](const auto &left, const auto &right) {
        const auto rank = [](const auto &one) { return isUser(one.first) == one.second; };
        return std::tuple(left.second, rank(left), std::string_view(left.first)) <
               std::tuple(right.second, rank(right), std::string_view(right.first));
    });
    return diverged;
}

void KeyStates::setState(std::string_view key, bool isThere, bool isInDoubt) {
    isThere ? static_cast<void>(there_.emplace(key)) : eraseKey(there_, key);
    isThere &&isInDoubt ? static_cast<void>(inDoubt_.emplace(key)) : eraseKey(inDoubt_, key);
}

void KeyStates::setBelief(std::string_view key, Belief belief) {
    beliefs_.insert_or_assign(std::string(key), belief);
}

} // namespace pregon
