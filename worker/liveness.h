#pragma once

#include "worker/connection.h"
#include "worker/timer_wheel.h"

#include <cstdint>

namespace pregon {

/// Finds clients that have gone without a word (spec pusher-websocket §3.2): a deadline for each
/// connection instead of a scan. Silent for the application's ping interval: a probe. Silent for
/// the pong time-out after that: pusher:error and Close 4201. A message costs one assignment.
class Liveness {
  public:
    explicit Liveness(std::uint32_t pongTimeoutSeconds) : pongTimeout_(pongTimeoutSeconds) {}

    void change(std::uint32_t pongTimeoutSeconds) { pongTimeout_ = pongTimeoutSeconds; }
    /// Starts watching; the connection's application must be set. It stops when it dies.
    void opened(Connection &connection);
    /// Any text message, Ping or Pong has arrived.
    void seen(Connection &connection) {
        connection.lastSeen = now_;
        connection.probed = false;
    }
    /// One second has passed.
    void tick();

  private:
    void due(Connection &connection);
    void probe(Connection &connection);
    void schedule(LivenessHook &hook, std::uint32_t seconds);

    TimerWheel wheel_;
    std::uint32_t pongTimeout_;
    std::uint32_t now_ = 0; ///< seconds since the start
};

} // namespace pregon
