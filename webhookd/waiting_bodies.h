// SPDX-License-Identifier: MIT
#pragma once

#include "shared/keyed_hash.h"
#include "webhookd/spool_record.h"

#include <cstddef>
#include <list>
#include <string>
#include <string_view>

namespace pregon {

/// A body that has not been delivered.
struct WaitingBody : SpoolBody {
    unsigned attempts = 0; ///< since this program has started
    bool isStored = false; ///< on disk; it is not sent before
    bool isInFlight = false;

    std::int64_t expiresAt(std::int64_t maxAgeSeconds) const {
        return timeMs + maxAgeSeconds * 1000;
    }
};

/// The bodies of one endpoint, oldest first.
class WaitingBodies {
  public:
    static constexpr std::size_t kMaxEvents = 10'000;
    static constexpr std::size_t kMaxBytes = 16 << 20;
    using Place = std::list<WaitingBody>::iterator;

    void add(WaitingBody body);
    /// The end if there is none of that id.
    Place find(std::string_view id);
    Place erase(Place place);
    Place begin() { return bodies_.begin(); }
    Place end() { return bodies_.end(); }
    auto cbegin() const { return bodies_.cbegin(); }
    auto cend() const { return bodies_.cend(); }
    /// The oldest one that is not in flight; the end if there is none.
    Place firstAtRest();

    bool isOverLimit() const { return events_ > kMaxEvents || bytes_ > kMaxBytes; }
    bool isEmpty() const { return bodies_.empty(); }
    std::size_t bodies() const { return bodies_.size(); }
    std::size_t events() const { return events_; }
    std::size_t bytes() const { return bytes_; }
    std::size_t inFlight() const;
    void allAreStored();
    /// The keys of states that are still to be reported.
    TextSet keys() const;

  private:
    std::list<WaitingBody> bodies_;
    std::size_t events_ = 0;
    std::size_t bytes_ = 0; ///< of texts
};

} // namespace pregon
