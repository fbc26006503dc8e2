// SPDX-License-Identifier: MIT
#pragma once

#include "shared/ipc/ipc_frame.h"
#include "shared/unix_socket.h"
#include "worker/ipc/ipc_commands.h"
#include "worker/loop/event_loop.h"
#include "worker/loop/listener.h"

#include <functional>
#include <list>
#include <memory>
#include <set>
#include <string>
#include <sys/types.h>

namespace pregon {

/// The state of a peer, for the worker that takes over. Fields are only added: see
/// kHandOverVersion.
struct PeerState {
    static constexpr std::uint32_t ticket = 0; ///< its socket comes along
    std::string received;                      ///< of a request that is not whole
    std::string waiting;                       ///< answers that its socket did not take
    bool watches = false;                      ///< events: the next two
    std::uint32_t tailRequestId = 0;
    std::string tailPayload;

    template <class Fields, class Self>
    static void describe(Fields &fields, Self &self) {
        fields(self.received);
        fields(self.waiting);
        fields(self.watches);
        fields(self.tailRequestId);
        fields(self.tailPayload);
    }
};

/// The Unix-domain socket on which pregon-fcgi and pregonctl ask. Only processes of the allowed
/// users are listened to (SO_PEERCRED). A peer that breaks the framing, or does not read its
/// answers, is closed; one that watches events and reads them too slowly misses some.
class IpcServer {
  public:
    /// `served` is called after each request.
    IpcServer(EventLoop &loop, UniqueFd socket, IpcCommands &commands, std::set<uid_t> allowed,
              std::function<void()> served);
    ~IpcServer();

    void resumeAccepting() { listener_.resume(); }
    /// Once in each turn of the loop.
    void passOn() { listener_.passOn(); }
    void passOnAll() { listener_.passOnAll(); }

    // --- for a hand-over, where every question has been answered ---
    int listeningSocket() const { return listener_.socket(); }
    /// Calls back with each peer and its socket.
    void givePeers(const std::function<void(const PeerState &, int socket)> &give);
    /// Goes on with a peer of another worker.
    Result<Done> takePeer(const PeerState &state, UniqueFd socket);

    /// Before the end: answers what has been asked, and takes no more, not even from those who are
    /// connected.
    void finish();

  private:
    struct Peer;

    void accepted(UniqueFd socket);
    Peer &add(UniqueFd socket);
    void serve(Peer &peer);
    /// False: the peer is done for, with a reason logged.
    bool receive(Peer &peer);
    bool answer(Peer &peer);
    void ask(Peer &peer, const IpcFrame &frame);
    void collect(Peer &peer);
    bool sendWaiting(Peer &peer);
    ReplyMessage tail(Peer &peer, const IpcFrame &frame);
    void drop(Peer &peer);

    EventLoop &loop_;
    IpcCommands &commands_;
    std::set<uid_t> allowed_;
    std::function<void()> served_;
    std::list<Peer> peers_;
    Listener listener_;
};

} // namespace pregon
