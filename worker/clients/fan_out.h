// SPDX-License-Identifier: MIT
#pragma once

#include "worker/channels/connection.h"
#include "worker/clients/send_batch.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace pregon {

/// What FanOut needs from the owner of the sockets.
class SocketOwner {
  public:
    virtual ~SocketOwner() = default;
    /// Call FanOut::writable once the socket takes bytes again.
    virtual void awaitWritable(Connection &connection) = 0;
    /// A close was asked for and its frame is on the way, or out if nothing is queued any more:
    /// leave the channels, and end the connection when the peer answers or a few seconds have
    /// passed. May be called more than once.
    virtual void closeSoon(Connection &connection) = 0;
};

/// Sends what the connections have queued: the only place that writes frames to sockets.
/// Once per turn of the loop every dirty connection's waiting frames leave in one call, those of
/// all connections in as few entries into the kernel as possible (SendBatch); a full socket goes to
/// the owner's WRITEABLE path and comes back through `writable`.
class FanOut {
  public:
    /// Borrows both.
    FanOut(Outbound &outbound, SocketOwner &owner, SendBatch::Way way)
        : outbound_(outbound), owner_(owner), batch_(way) {}

    /// Call at the end of each turn of the loop, and within one whenever it is due.
    void flush();
    void writable(Connection &connection);

    std::uint64_t framesSent() const { return framesSent_; }
    /// As many have been sent before, by the worker whose place this one takes.
    void countFrom(std::uint64_t frames) { framesSent_ = frames; }
    SendBatch::Way way() const { return batch_.way(); }

  private:
    enum class Progress { Drained, Unfinished, Blocked, Broken };

    void stage(Connection &connection);
    void add(Connection &connection);
    void finish();
    void sendBatch();
    Progress consume(const SendBatch::Sent &sent);
    static Progress afterError(int error, const Connection &connection);
    void settle(Connection &connection, Progress progress);

    Outbound &outbound_;
    SocketOwner &owner_;
    SendBatch batch_;
    struct Settling {
        Connection *connection;
        Progress progress;
    };
    std::vector<Connection *> taken_;  ///< what flush is at
    std::vector<Settling> settling_;   ///< what is to be done once all queues know what has left
    std::vector<Settling> inProgress_; ///< what of it finish is at; kept for its memory
    std::uint64_t framesSent_ = 0;
};

} // namespace pregon
