// SPDX-License-Identifier: MIT
#pragma once

#include "worker/channels/connection.h"
#include "worker/loop/timer_wheel.h"

#include <cstdint>

namespace pregon {

/// How long a client has been silent, for the worker that takes over.
struct Silence {
    std::uint32_t seconds = 0;
    bool isProbed = false;
    std::uint32_t probedSeconds = 0; ///< since the probe

    template <class Fields, class Self>
    static void describe(Fields &fields, Self &self) {
        fields(self.seconds);
        fields(self.isProbed);
        fields(self.probedSeconds);
    }
};

/// Finds clients that have gone without a word (spec pusher-websocket §3.2): a deadline for each
/// connection instead of a scan. Silent for the application's ping interval: a probe. Silent for
/// its pong time-out after that, or the worker's: pusher:error and Close 4201. A message costs one
/// assignment. The probe is a WebSocket Ping, since some clients answer nothing else, and
/// pusher:ping beside it, since others answer only that; without pusher:ping where the client sends
/// Pings of its own.
class Liveness {
  public:
    explicit Liveness(std::uint32_t pongTimeoutSeconds) : pongTimeout_(pongTimeoutSeconds) {}

    void change(std::uint32_t pongTimeoutSeconds) { pongTimeout_ = pongTimeoutSeconds; }
    /// Starts watching; the connection's application must be set. It stops when it dies.
    void opened(Connection &connection);
    Silence silence(const Connection &connection) const;
    /// Like `opened`, for one that another worker has watched until now.
    void resume(Connection &connection, const Silence &silence);
    /// Any text message, Ping or Pong has arrived.
    void seen(Connection &connection) {
        connection.lastSeen_ = now_;
        connection.isProbed_ = false;
    }
    /// One second has passed.
    void tick();
    /// Connections that something is due for: for tests.
    std::size_t watched() const { return wheel_.count(); }

  private:
    void due(Connection &connection);
    void probe(Connection &connection);
    void schedule(LivenessHook &hook, std::uint32_t seconds);

    TimerWheel wheel_;
    std::uint32_t pongTimeout_;
    std::uint32_t now_ = 0; ///< seconds since the start
};

} // namespace pregon
