// SPDX-License-Identifier: MIT
#pragma once

#include "shared/ipc/ipc_frame.h"
#include "shared/ipc/ipc_message.h"
#include "shared/unix_socket.h"

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <poll.h>
#include <string>
#include <vector>

namespace pregon {

/// The Unix-domain socket on which workers and pregonctl speak to this program. Never waits: poll
/// its descriptors, then `serve`.
class HookServer {
  public:
    static constexpr std::size_t kMaxPeers = 64;

    struct Peer;
    /// Answers one request, now or later; nothing happens if the asker has gone meanwhile.
    class Answer {
      public:
        Answer(std::weak_ptr<Peer> peer, std::uint32_t requestId)
            : peer_(std::move(peer)), requestId_(requestId) {}
        void operator()(const ReplyMessage &reply) const;
        bool isWanted() const { return !peer_.expired(); }

      private:
        std::weak_ptr<Peer> peer_;
        std::uint32_t requestId_;
    };
    using Handler = std::function<void(const IpcFrame &, Answer)>;

    /// Owns the listening socket.
    HookServer(UniqueFd listening, Handler handler);
    ~HookServer();

    /// Those that `serve` is to see, in this order, behind what is there.
    void addTo(std::vector<pollfd> &polled) const;
    /// `ready`: what poll(2) has said of the same descriptors.
    void serve(const pollfd *ready);
    /// No new peer and no new request any more; answers go out.
    void stopReceiving() { isReceiving_ = false; }
    int socket() const { return listening_.get(); }

  private:
    void acceptAll();
    bool receive(Peer &peer);
    bool handle(const std::shared_ptr<Peer> &peer);

    UniqueFd listening_;
    Handler handler_;
    std::list<std::shared_ptr<Peer>> peers_;
    bool isReceiving_ = true;
};

} // namespace pregon
