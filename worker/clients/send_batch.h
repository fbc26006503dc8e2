// SPDX-License-Identifier: MIT
#pragma once

#include "worker/channels/connection.h"

#include <cstddef>
#include <memory>
#include <span>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <vector>

struct io_uring;

namespace pregon {

/// Hands the queued frames of many connections to the kernel together; each socket accepts as much
/// as it has room for, and no call waits. With io_uring that is one entry into the kernel for all
/// of them, otherwise one per connection. For the loop's thread. The only file that knows io_uring.
class SendBatch {
  public:
    static constexpr std::size_t kMaxConnections = 512;
    static constexpr std::size_t kMaxFrames = 4096;   ///< of all connections together
    static constexpr std::size_t kFramesPerCall = 64; ///< of one connection

    enum class Way { IoUring, SendMsg };
    /// With IoUring, but where the kernel or the sandbox does not allow it, it is SendMsg after
    /// all.
    explicit SendBatch(Way wanted);
    ~SendBatch();
    SendBatch(const SendBatch &) = delete;
    SendBatch &operator=(const SendBatch &) = delete;

    Way way() const { return ring_ ? Way::IoUring : Way::SendMsg; }

    bool isEmpty() const { return count_ == 0; }
    /// `add` must not be called before `send` and `clear`.
    bool isFull() const {
        return count_ == kMaxConnections || frames_ + kFramesPerCall > kMaxFrames;
    }
    /// A connection with something outbound and a socket, once per batch; the frames are borrowed
    /// until `send` returns.
    void add(Connection &connection);

    struct Sent {
        Connection *connection;
        std::size_t offered; ///< bytes
        ssize_t result;      ///< bytes that the kernel took, or the error as -errno
    };
    void send();
    /// After `send`, until `clear`; in the order of `add`.
    std::span<const Sent> sent() const { return {sent_.data(), count_}; }
    void clear();

  private:
    struct RingEnd {
        void operator()(io_uring *ring) const;
    };
    void sendByRing();
    std::size_t submitAll();
    bool reap(std::size_t submitted);
    void sendOneByOne(std::size_t first);

    std::unique_ptr<io_uring, RingEnd> ring_; ///< null: none
    std::vector<Sent> sent_;                  ///< this and the next: the first count_ are in use
    struct Call {
        int socket;
        std::size_t firstPart;
        std::size_t parts;
    };
    msghdr messageOf(const Call &call);
    std::vector<Call> calls_;
    std::vector<msghdr> messages_; ///< of the calls with several parts
    std::vector<iovec> parts_;
    std::size_t count_ = 0;
    std::size_t frames_ = 0;
};

} // namespace pregon
