#pragma once

#include "worker/connection.h"

#include <cstddef>
#include <cstdint>

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
/// Once per turn of the loop every dirty connection's waiting frames leave in one call; a full
/// socket goes to the owner's WRITEABLE path and comes back through `writable`.
class FanOut {
  public:
    FanOut(DirtyList &dirty, SocketOwner &owner) : dirty_(dirty), owner_(owner) {}

    void flush();
    void writable(Connection &connection);

    std::uint64_t framesSent() const { return framesSent_; }

  private:
    enum class Progress { Drained, Blocked, Broken };

    void flushOne(Connection &connection);
    Progress drain(Connection &connection);
    Progress sendOnce(Connection &connection, int socket);

    DirtyList &dirty_;
    SocketOwner &owner_;
    std::uint64_t framesSent_ = 0;
};

} // namespace pregon
