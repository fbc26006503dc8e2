// SPDX-License-Identifier: MIT
#pragma once

#include "shared/keyed_hash.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pregon {

/// What was reported to one endpoint, or is about to be, of channels that are occupied and users
/// that are present (spec webhooks §3, §5): `key` is HookEvent::key. Pure; the same calls in the
/// same order lead to the same state, so that a spool can be read again.
class KeyStates {
  public:
    /// A worker has reported it. False: an occupied or added that is known already, and causes
    /// nothing.
    bool tell(std::string_view key, bool isThere);

    /// The worker reports everything anew: what is there is in doubt until it is reported again.
    void restart();
    bool isInDoubt(std::string_view key) const { return inDoubt_.contains(key); }
    /// What is in doubt still is not there: report each. Users come before the channels.
    std::vector<std::string> takeInDoubt();

    /// Whether this endpoint gets every change of a key, or (several workers) only some.
    enum class Told { Everything, InPart };
    struct Belief {
        bool isBelieved; ///< by the receiver, to be there
        bool isLatest;   ///< there, as the last drop says
        Told told;
        bool operator==(const Belief &) const = default;
    };

    /// A body that reported this state is dropped: the receiver goes on to believe the opposite,
    /// unless an earlier drop has left it with something else.
    void dropped(std::string_view key, bool isThere, Told told = Told::Everything);
    /// The receiver has this state.
    void delivered(std::string_view key);
    /// After a drop the receiver believes this already: a body that says no more is not sent.
    bool isBelieved(std::string_view key, bool isThere) const;
    /// Of the keys after drops those with another state than the receiver believes, but none of
    /// `waiting`: to be reported. The others that do not wait are forgotten.
    std::vector<std::pair<std::string, bool>> takeDiverged(const TextSet &waiting);

    // --- for the spool ---
    void setState(std::string_view key, bool isThere, bool isInDoubt);
    void setBelief(std::string_view key, Belief belief);
    const TextSet &there() const { return there_; }
    const TextMap<Belief> &beliefs() const { return beliefs_; }

  private:
    TextSet there_;
    TextSet inDoubt_;         ///< some of `there_`
    TextMap<Belief> beliefs_; ///< of the keys of bodies that were dropped
};

} // namespace pregon
