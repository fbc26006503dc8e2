// SPDX-License-Identifier: MIT
#pragma once

#include "shared/ipc/ipc_message.h"

#include <cstddef>
#include <cstdint>

namespace pregon {

/// Visits the entries of an unordered map from a place on, bucket by bucket, until `visit` returns
/// false, and the rest of that bucket. Returns where to go on; `next` 0: that was the end. An entry
/// stays in its bucket until the map grows, so that it may change between two calls; if it has
/// grown the walk begins anew. Costs what it visits, and a moment for each empty bucket.
template <class Map, class Visit>
WalkPlace walkSome(Map &map, WalkPlace from, Visit visit) {
    const std::size_t buckets = map.bucket_count();
    const std::size_t first = from.buckets == buckets ? from.next : 0;
    for (std::size_t bucket = first; bucket < buckets; bucket++) {
        bool goesOn = true;
        for (auto entry = map.begin(bucket); entry != map.end(bucket); ++entry)
            goesOn = visit(*entry) && goesOn;
        if (!goesOn && bucket + 1 < buckets)
            return {static_cast<std::uint32_t>(buckets), static_cast<std::uint32_t>(bucket + 1)};
    }
    return {};
}

} // namespace pregon
