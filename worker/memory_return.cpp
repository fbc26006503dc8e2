#include "worker/memory_return.h"

#include "shared/log.h"

#include <algorithm>
#include <malloc.h>

namespace pregon {

bool MemoryReturn::tick(std::size_t connections) {
    most_ = std::max(most_, connections);
    if (connections > most_ / 2 || most_ - connections < kMany)
        return false;
    log(LogLevel::Info, "memory given back",
        {{"connections", connections}, {"before", most_}});
    most_ = connections;
    ::malloc_trim(0);
    return true;
}

std::size_t heapBytes() {
    const auto use = ::mallinfo2();
    return use.uordblks + use.hblkhd;
}

} // namespace pregon
