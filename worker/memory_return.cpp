#include "worker/memory_return.h"

#include "shared/log.h"

#include <algorithm>
#include <malloc.h>

#ifdef __SANITIZE_ADDRESS__ // has an allocator of its own, whose header g++ does not bring
extern "C" std::size_t __sanitizer_get_current_allocated_bytes();
#endif

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
#ifdef __SANITIZE_ADDRESS__
    return __sanitizer_get_current_allocated_bytes();
#else
    const auto use = ::mallinfo2();
    return use.uordblks + use.hblkhd;
#endif
}

} // namespace pregon
