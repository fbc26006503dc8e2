// SPDX-License-Identifier: MIT
#include "worker/channels/channel_cache.h"

namespace pregon {

void ChannelCache::store(std::string_view channel, CachedEvent event, std::size_t maxChannels,
                         std::int64_t now) {
    if (const auto found = byName_.find(channel); found != byName_.end())
        drop(found->second);
    while (!entries_.empty() &&
           (entries_.size() >= maxChannels || entries_.front().event.expiresAt <= now))
        drop(entries_.begin());
    entries_.push_back({std::string(channel), std::move(event)});
    const auto last = std::prev(entries_.end());
    byName_.emplace(last->channel, last);
}

const CachedEvent *ChannelCache::find(std::string_view channel, std::int64_t now) {
    const auto found = byName_.find(channel);
    if (found == byName_.end())
        return nullptr;
    if (found->second->event.expiresAt > now)
        return &found->second->event;
    drop(found->second);
    return nullptr;
}

void ChannelCache::drop(Entries::iterator entry) {
    byName_.erase(entry->channel);
    entries_.erase(entry);
}

} // namespace pregon
