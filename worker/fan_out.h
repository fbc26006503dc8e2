#pragma once

#include "worker/connection.h"
#include "worker/send_batch.h"

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace pregon {

/// What FanOut needs from whoever owns the sockets.
class SocketOwner {
  public:
    virtual ~SocketOwner() = default;
    /// The connection's socket; -1 if it cannot be written to any more.
    virtual int socketOf(Connection &connection) = 0;
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
    FanOut(DirtyList &dirty, SocketOwner &owner, SendBatch::Way way)
        : dirty_(dirty), owner_(owner), batch_(way) {}

    void flush();
    void writable(Connection &connection);

    std::uint64_t framesSent() const { return framesSent_; }
    SendBatch::Way way() const { return batch_.way(); }

  private:
    enum class Progress { Drained, Unfinished, Blocked, Broken };

    void stage(Connection &connection);
    void finish();
    void sendBatch();
    Progress consume(const SendBatch::Sent &sent);
    void settle(Connection &connection, Progress progress);

    DirtyList &dirty_;
    SocketOwner &owner_;
    SendBatch batch_;
    std::vector<std::pair<Connection *, Progress>> settling_;
    std::uint64_t framesSent_ = 0;
};

} // namespace pregon
