// SPDX-License-Identifier: MIT
#pragma once

#include "worker/channels/connection.h"
#include "worker/loop/timer_wheel.h"

#include <cstdint>

namespace pregon {

/// Ends clients that are connected but do not do what they must in time: send a first message
/// (Close 4100), and, where the application asks for it, sign in or join a private or presence
/// channel (pusher:error and Close 4009, spec pusher-websocket §8.4).
class Admission {
  public:
    /// 0: no limit for the first message.
    explicit Admission(std::uint32_t firstMessageSeconds) : firstMessage_(firstMessageSeconds) {}

    void change(std::uint32_t firstMessageSeconds) { firstMessage_ = firstMessageSeconds; }
    /// Starts watching; the connection's application must be set. It stops when it dies.
    void opened(Connection &connection);
    /// Seconds since it was opened.
    std::uint32_t age(const Connection &connection) const {
        return now_ - connection.openedAtSecond_;
    }
    /// Like `opened`, for one that another worker has watched until now.
    void resume(Connection &connection, std::uint32_t age);
    /// One second has passed.
    void tick();
    /// Connections that something is due for: for tests.
    std::size_t watched() const { return wheel_.count(); }

  private:
    /// Seconds until the next thing that is due, 0 if nothing is.
    std::uint32_t nextDeadline(const Connection &connection, std::uint32_t age) const;
    void due(Connection &connection);

    TimerWheel wheel_;
    std::uint32_t firstMessage_;
    std::uint32_t now_ = 0;
};

} // namespace pregon
