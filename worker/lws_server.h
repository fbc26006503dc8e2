#pragma once

#include "shared/unix_socket.h"
#include "worker/application.h"
#include "worker/client_commands.h"
#include "worker/event_loop.h"
#include "worker/fan_out.h"
#include "worker/ipc_commands.h"
#include "worker/liveness.h"

#include <cstddef>
#include <cstdint>
#include <memory>

struct lws;
struct lws_context;
struct lws_vhost;

namespace pregon {

/// The WebSocket side of the worker: HTTP upgrade, framing and control frames by libwebsockets, on
/// our event loop, with sockets that we accepted. Owns every Connection. The only file that
/// includes libwebsockets.h.
class LwsServer final : public SocketOwner {
  public:
    struct Limits {
        std::size_t maxQueuedBytes;
        std::uint32_t handshakeTimeoutSeconds;
    };

    LwsServer(EventLoop &loop, ApplicationRegistry &applications, const ClientCommands &commands,
              Liveness &liveness, DirtyList &dirty, WorkerFigures &figures, Limits limits);
    ~LwsServer() override;

    /// Unavailable if libwebsockets cannot start, mostly because its libuv plugin is not installed.
    Result<Done> start();
    /// Takes over a socket that has been accepted.
    void adopt(UniqueFd socket);
    /// Sends what is queued; call once per turn of the loop.
    void flush() { fanOut_.flush(); }
    std::uint64_t framesSent() const { return fanOut_.framesSent(); }

    // --- SocketOwner ---
    int socketOf(Connection &connection) override;
    bool hasUnsentBytes(Connection &connection) override;
    void sendRest(Connection &connection, std::string_view rest) override;
    void awaitWritable(Connection &connection) override;
    void closeSoon(Connection &connection) override;

    struct Client; ///< a Connection and its lws
    struct Callbacks; ///< what libwebsockets calls; translates only

  private:
    int answerHttp(lws *wsi);
    int opened(lws *wsi, Client **place);
    int received(Client &client, std::string_view part);
    int writable(Client &client);
    int peerCloses(Client &client, std::string_view reason);
    void closed(Client *client);
    void handleMessage(Client &client, std::string_view text, bool isBinary);
    void leave(Client &client);

    EventLoop &loop_;
    ApplicationRegistry &applications_;
    const ClientCommands &commands_;
    Liveness &liveness_;
    DirtyList &dirty_;
    WorkerFigures &figures_;
    Limits limits_;
    FanOut fanOut_;
    lws_context *context_ = nullptr;
    lws_vhost *vhost_ = nullptr;
    bool isStopping_ = false;
};

} // namespace pregon
