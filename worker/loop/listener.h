// SPDX-License-Identifier: MIT
#pragma once

#include "shared/unix_socket.h"
#include "worker/loop/event_loop.h"

#include <deque>
#include <functional>
#include <memory>
#include <string_view>

namespace pregon {

/// Accepts connections from one listening socket. It accepts all waiting connections at once,
/// because the kernel's queue is short and a proxy answers 502 if the queue is full. It passes on
/// only kPerTurn of them in a turn of the loop, so that new connections cannot starve existing
/// ones. Out of descriptors, or at the last `keptBack` of them: pauses until the next `resume`.
class Listener {
  public:
    using Accepted = std::function<void(UniqueFd)>;

    /// Descriptors that clients leave for the IPC socket, a hand-over and files.
    static constexpr int kForOthers = 64;

    Listener(EventLoop &loop, UniqueFd socket, Accepted accepted, int keptBack = 0);

    int socket() const { return socket_.get(); }
    /// Once in each turn of the loop.
    void passOn();
    /// All that have been accepted: nothing is kept back.
    void passOnAll();
    /// Once a second: tries again after a pause.
    void resume();

  private:
    void acceptAll();
    void pause(std::string_view reason);
    bool isAtCeiling(int descriptor) const;

    EventLoop &loop_;
    UniqueFd socket_;
    Accepted accepted_;
    int keptBack_;
    std::deque<UniqueFd> waiting_; ///< accepted, and not passed on yet
    bool paused_ = false;
    std::unique_ptr<EventLoop::Watch> watch_;
};

} // namespace pregon
