// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

namespace pregon {

/// Gives memory back to the system after many clients have left, or after much was queued for them:
/// the allocator keeps what lies between pieces that are in use, however much is free.
class MemoryReturn {
  public:
    static constexpr std::size_t kManyConnections = 1000;
    static constexpr std::size_t kManyBytes = 16 << 20;

    /// The queues' memory, as often as it may have changed.
    void holds(std::size_t queuedBytes) { queued_.is(queuedBytes); }

    /// Once a second. True if memory was given back: half of the clients have left, and many, or
    /// half of what was queued, and much.
    bool tick(std::size_t connections);

  private:
    struct Level {
        std::size_t now = 0;
        std::size_t most = 0; ///< since memory was given back last

        void is(std::size_t value) {
            now = value;
            most = most > value ? most : value;
        }
        bool hasFallenBy(std::size_t many) const { return now <= most / 2 && most - now >= many; }
    };
    Level connections_;
    Level queued_;
};

/// Bytes that the allocator has handed out and not got back.
std::size_t heapBytes();

} // namespace pregon
