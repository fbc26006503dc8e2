// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>

namespace pregon {

/// A deadline for a library that has none of its own: when the time has come, a thread of this
/// process shuts the socket down, and a read or write on it fails, however silent the server is.
/// For as long as this lives. The socket must stay open for as long: where the library may close
/// its own, give a duplicate. -1: watches nothing.
class SocketDeadline {
  public:
    using Time = std::chrono::steady_clock::time_point;
    SocketDeadline(int socket, Time until);
    ~SocketDeadline();
    SocketDeadline(const SocketDeadline &) = delete;
    SocketDeadline &operator=(const SocketDeadline &) = delete;

    /// True: the socket was shut down, and is of no use any more. Ends the watching.
    bool hasPassed();

  private:
    void end();
    int socket_;
    Time until_;
    bool hasPassed_ = false;
    friend class SocketWatch;
};

/// Has the kernel find out whether the host of a TCP peer is still there, before `patience` has
/// passed twice, and give up what it does not acknowledge within `patience`. Does nothing to a
/// Unix-domain socket.
void keepAlive(int socket, std::chrono::milliseconds patience);

} // namespace pregon
