// SPDX-License-Identifier: MIT
#pragma once

#include "shared/clock.h"
#include "worker/channels/application.h"
#include "worker/lifecycle/drain_plan.h"
#include "worker/lifecycle/worker_figures.h"

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>

namespace pregon {

/// The orderly end of a worker: new connections are rejected (4100), and the clients are closed
/// with 4200 over a period (spec pusher-websocket §1.4, §3.3), each after the frames that are
/// queued for it. The clients that are left get events until then. A drain cannot be undone: the
/// worker ends. Knows no socket.
///
/// Where the listening sockets outlive the worker, new connections wait in the accept queue for the
/// next worker, and a connection accepted just before completes its handshake and is closed with
/// the others.
class Drain {
  public:
    /// Which process accepts connections at this worker's addresses once it has ended.
    enum class Successor {
        /// No worker for a moment: clients that are closed in the last second get 4100, so that
        /// they come back after a second and not to a web server that answers 502.
        None,
        NextWorker,  ///< it gets the same listening sockets
        OtherWorker, ///< the web server passes new connections on to it already
    };

    /// Borrows the first three.
    Drain(ApplicationRegistry &applications, const WorkerFigures &figures, const Clock &clock,
          std::chrono::seconds window)
        : applications_(applications), figures_(figures), clock_(clock), window_(window) {}

    /// Called by `begin`, once.
    void whenItBegins(std::function<void()> callback) { begun_ = std::move(callback); }
    /// Default: None. For a drain that has not begun.
    void isFollowedBy(Successor successor) { successor_ = successor; }
    /// Another window for a drain that has not begun.
    void change(std::chrono::seconds window) { window_ = window; }

    /// Closes the first slice. Without effect if it is on already.
    void begin();
    /// Closes what is due now: call it several times a second. Costs the slice.
    void tick();

    bool isOn() const { return plan_.has_value(); }
    bool rejectsNewConnections() const { return isOn() && !newConnectionsWait(); }
    /// All clients have gone, or the window and the grace for slow readers are over: end now.
    bool isOver() const;
    std::chrono::seconds window() const { return window_; }
    /// From the beginning to the end at the latest.
    std::chrono::milliseconds atMost() const { return window_ + DrainPlan::kGrace; }
    /// Connections that are open, those that are being closed included.
    std::size_t left() const { return applications_.connectionCount() + figures_.closing; }
    /// Connections that have gone since it began.
    std::size_t gone() const {
        return isOn() && plan_->connections() > left() ? plan_->connections() - left() : 0;
    }

  private:
    std::chrono::milliseconds elapsed() const;
    /// Of all that were there at the beginning or came since.
    std::size_t dueNow() const;
    bool newConnectionsWait() const { return successor_ == Successor::NextWorker; }
    bool awaitsHandshakes() const { return newConnectionsWait() && figures_.handshakes > 0; }
    bool isLastSecond() const;

    ApplicationRegistry &applications_;
    const WorkerFigures &figures_;
    const Clock &clock_;
    std::chrono::seconds window_;
    std::function<void()> begun_;
    std::optional<DrainPlan> plan_;
    std::chrono::steady_clock::time_point start_;
    std::size_t closed_ = 0;
    Successor successor_ = Successor::None;
};

} // namespace pregon
