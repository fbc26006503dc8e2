#include "worker/memory_return.h"

#include "shared/log.h"

#include <algorithm>
#include <malloc.h>

// A sanitizer has an allocator of its own; without one there is no such function.
extern "C" [[gnu::weak]] std::size_t __sanitizer_get_current_allocated_bytes();

namespace pregon {

bool MemoryReturn::tick(std::size_t connections) {
    most_ = std::max(most_, connections);
    if (connections > most_ / 2 || most_ - connections < kMany)
        return false;
    log(LogLevel::Info, "memory given back", {{"connections", connections}, {"before", most_}});
    most_ = connections;
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
