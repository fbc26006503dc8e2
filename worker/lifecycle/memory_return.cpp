// SPDX-License-Identifier: MIT
#include "worker/lifecycle/memory_return.h"

#include "shared/log/log.h"

#include <malloc.h>

// A sanitizer has an allocator of its own; without one there is no such function.
extern "C" [[gnu::weak]] std::size_t __sanitizer_get_current_allocated_bytes();

namespace pregon {

bool MemoryReturn::tick(std::size_t connections) {
    connections_.is(connections);
    if (!connections_.hasFallenBy(kManyConnections) && !queued_.hasFallenBy(kManyBytes))
        return false;
    log(LogLevel::Info, "memory returned",
        {{"connections", connections},
         {"before", connections_.most},
         {"queued", queued_.now},
         {"queued_before", queued_.most}});
    connections_.most = connections_.now;
    queued_.most = queued_.now;
    ::malloc_trim(0);
    return true;
}

std::size_t heapBytes() {
    if (__sanitizer_get_current_allocated_bytes != nullptr)
        return __sanitizer_get_current_allocated_bytes();
    const auto use = ::mallinfo2();
    return use.uordblks + use.hblkhd;
}

} // namespace pregon
