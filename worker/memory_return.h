#pragma once

#include <cstddef>

namespace pregon {

/// Gives memory back to the system after many clients have left: the allocator keeps what lies
/// between pieces that are in use, however much is free.
class MemoryReturn {
  public:
    static constexpr std::size_t kMany = 1000;

    /// Once a second. True if memory was given back: half of the clients have left, and many.
    bool tick(std::size_t connections);

  private:
    std::size_t most_ = 0; ///< connections at a time since memory was given back last
};

/// Bytes that the allocator has handed out and not got back.
std::size_t heapBytes();

} // namespace pregon
