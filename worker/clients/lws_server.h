// SPDX-License-Identifier: MIT
#pragma once

#include "shared/unix_socket.h"
#include "worker/channels/application.h"
#include "worker/clients/client_commands.h"
#include "worker/clients/client_state.h"
#include "worker/clients/fan_out.h"
#include "worker/clients/liveness.h"
#include "worker/clients/reception.h"
#include "worker/lifecycle/drain.h"
#include "worker/lifecycle/worker_figures.h"
#include "worker/loop/event_loop.h"
#include "worker/loop/timer_wheel.h"
#include "worker/protocol/ws_handshake.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

struct lws;
struct lws_context;
struct lws_vhost;

namespace pregon {

/// The WebSocket side of the worker. libwebsockets watches the sockets on our event loop, adopted
/// as raw: the opening handshake (ws_handshake) and the framing (ws_decoder) are ours, so that
/// every Close frame gets out, control frames are seen, and nothing but FanOut ever writes. (Asked
/// to frame, Debian's 4.1.6 takes unmasked frames, sends no Close under libuv, refuses unknown
/// subprotocols and spins while a client that does not read keeps sending.) Owns every Connection.
/// The only file that includes libwebsockets.h.
class LwsServer final : public SocketOwner {
  public:
    struct Limits {
        std::size_t maxQueuedBytes; ///< of each client
        std::size_t maxQueueMemory; ///< of all together
        std::uint32_t handshakeTimeoutSeconds;
    };

    LwsServer(EventLoop &loop, const ClientCommands &commands, Liveness &liveness,
              Reception &reception, const Drain &drain, Outbound &outbound, WorkerFigures &figures,
              Limits limits, SendBatch::Way way);
    ~LwsServer() override;

    /// New limits for what comes.
    void change(Limits limits);

    /// Unavailable if libwebsockets cannot start, mostly because its libuv plugin is not installed.
    Result<Done> start();
    /// Takes over a socket that has been accepted.
    void adopt(UniqueFd socket);
    /// Sends what is queued; call once per turn of the loop.
    void flush() {
        fanOut_.flush();
        if (outbound_.isOverMemory())
            relieve();
    }
    /// Sends it already if too much waits for the end of the turn.
    void flushIfDue() {
        if (outbound_.isFlushDue())
            flush();
    }
    SendBatch::Way sendsBy() const { return fanOut_.way(); }
    std::uint64_t framesSent() const { return fanOut_.framesSent(); }

    /// Those who end leave some of their channels; call once per turn of the loop. True: there is
    /// more for the next one.
    bool leaveMore() { return reception_.leaveMore(); }
    /// One second has passed.
    void tick();

    // --- for a hand-over (lws_hand_over.cpp) ---
    /// Those who end leave the rest of their channels: call before clients and channels are given.
    void leaveAll() { reception_.leaveAll(); }
    /// The sockets of at most `count` clients that have no ticket yet; they get the next ones.
    /// Empty when nobody is left.
    std::vector<int> giveSockets(std::size_t count);
    /// Calls back with each client, and with its socket if it has no ticket, else -1. Changes
    /// nothing.
    void giveClients(FrameNumbers &frames,
                     const std::function<void(const ClientState &, int socket)> &give) const;
    /// The hand-over has come to nothing.
    void forgetTickets();
    /// A socket that another worker gives: it gets the next ticket, and is left alone until the
    /// loop runs. Unavailable if libwebsockets refuses it.
    Result<Done> takeSocket(UniqueFd socket);
    /// Goes on where another worker's client stood; `socket` unless the state has a ticket. A
    /// client of an application that is not configured here is closed. BadRequest for a ticket that
    /// nobody has.
    Result<Done> takeClient(const ClientState &state, const std::vector<Frame> &frames,
                            UniqueFd socket);
    /// Everybody has been taken: ends sockets whose clients have gone meanwhile.
    void endUnclaimed();
    /// As many frames have been sent before, by the worker whose place this one takes.
    void countFrom(std::uint64_t framesSent) { fanOut_.countFrom(framesSent); }

    // --- SocketOwner ---
    void awaitWritable(Connection &connection) override;
    void closeSoon(Connection &connection) override;

    struct Client;       ///< a socket, from its adoption on
    struct WsConnection; ///< its Connection, once it is a WebSocket
    struct Callbacks;    ///< what libwebsockets calls; translates only

  private:
    Client *adoptedFrom(UniqueFd socket);
    void adopted(lws *wsi, Client **place);
    /// False: the socket is done for.
    bool received(Client &client, std::span<char> bytes);
    void receivedHead(Client &client, std::span<char> bytes);
    void receivedFrames(Client &client, std::span<char> bytes);
    void writable(Client &client);
    void closed(Client *client);

    void handshakeEnds(Client &client);
    void answerAndEnd(Client &client, const std::string &response);
    /// Empty over a Unix-domain socket.
    static std::string addressOf(const Client &client);
    void open(Client &client, const RequestHead &head);
    CloseReason endingOf(const Client &client) const;
    void linger(Client &client, std::uint32_t seconds);
    void end(Client &client);
    void relieve();
    ClientState describe(const Client &client, FrameNumbers &frames) const;
    void resume(Client &client, const ClientState &state, const std::vector<Frame> &frames);
    void resumeEnding(Client &client);

    EventLoop &loop_;
    const ClientCommands &commands_;
    Liveness &liveness_;
    Reception &reception_;
    const Drain &drain_;
    TimerWheel deadlines_; ///< of handshakes and of closings
    Outbound &outbound_;
    WorkerFigures &figures_;
    Limits limits_;
    FanOut fanOut_;
    std::vector<Client *> clients_;   ///< every socket's
    std::vector<Client *> unclaimed_; ///< while another worker's are taken, by ticket; then empty
    std::size_t given_ = 0;           ///< up to there in clients_ all have tickets
    std::uint32_t lastTicket_ = 0;
    lws_context *context_ = nullptr;
    lws_vhost *vhost_ = nullptr;
    bool isStopping_ = false;
};

} // namespace pregon
