#pragma once

#include "shared/unix_socket.h"
#include "worker/event_loop.h"

#include <functional>
#include <memory>

namespace pregon {

/// Accepts connections from one listening socket. Takes at most kPerTurn at a time, so that
/// newcomers cannot starve those who are connected; the kernel keeps the rest in its queue. Out of
/// descriptors: pauses until the next `resume`.
class Listener {
  public:
    using Accepted = std::function<void(UniqueFd)>;

    Listener(EventLoop &loop, UniqueFd socket, Accepted accepted);

    int socket() const { return socket_.get(); }
    /// Once a second: tries again after a pause.
    void resume();

  private:
    void acceptSome();
    void pause(int error);

    UniqueFd socket_;
    Accepted accepted_;
    bool paused_ = false;
    std::unique_ptr<EventLoop::Watch> watch_;
};

} // namespace pregon
