// SPDX-License-Identifier: MIT
#pragma once

#include "shared/unix_socket.h"
#include "worker/loop/event_loop.h"

#include <functional>
#include <memory>
#include <string>
#include <sys/socket.h>
#include <vector>

namespace pregon {

/// A socket's address.
struct SocketAddress {
    sockaddr_storage bytes{};
    socklen_t size = 0;
};

/// Finds a host's addresses in a thread of its own, so that the loop never waits for a name server.
/// If it is destroyed earlier, it calls nothing; its thread ends by itself.
class NameLookup {
  public:
    /// `found` is called once, from the loop: with no address if there is none.
    NameLookup(EventLoop &loop, const std::string &host, const std::string &port,
               std::function<void(std::vector<SocketAddress>)> found);
    ~NameLookup();

  private:
    struct Shared;
    std::shared_ptr<Shared> shared_;
    std::unique_ptr<EventLoop::Watch> watch_;
    std::function<void(std::vector<SocketAddress>)> found_;
};

} // namespace pregon
