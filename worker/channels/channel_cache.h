// SPDX-License-Identifier: MIT
#pragma once

#include "shared/keyed_hash.h"

#include <cstdint>
#include <list>
#include <string>
#include <string_view>

namespace pregon {

/// What a cache channel remembers: JSON strings with their quotes, as they were published.
struct CachedEvent {
    std::string eventJson;
    std::string dataJson;
    std::int64_t expiresAt = 0; ///< milliseconds of the clock that `store` was given
};

/// The last server-triggered event of each cache channel of one application (spec pusher-websocket
/// §6), kept with and without subscribers. Bounded in number and time: the oldest is dropped first.
/// All operations O(1).
class ChannelCache {
  public:
    /// Replaces what the channel had.
    void store(std::string_view channel, CachedEvent event, std::size_t maxChannels,
               std::int64_t now);
    /// Null if there is none or it has expired.
    const CachedEvent *find(std::string_view channel, std::int64_t now);

    /// Calls back with each channel and its event, what was stored first first.
    template <class Visit>
    void forEach(Visit visit) const {
        for (const Entry &entry : entries_)
            visit(entry.channel, entry.event);
    }

    std::size_t size() const { return byName_.size(); }

  private:
    struct Entry {
        std::string channel;
        CachedEvent event;
    };
    using Entries = std::list<Entry>; ///< in the order of their storing

    void drop(Entries::iterator entry);

    Entries entries_;
    TextViewMap<Entries::iterator> byName_; ///< keys live in entries_
};

} // namespace pregon
