// SPDX-License-Identifier: MIT
#pragma once

#include "shared/address_prefix.h"
#include "worker/channels/application.h"
#include "worker/clients/address_counter.h"
#include "worker/clients/admission.h"
#include "worker/clients/client_state.h"
#include "worker/clients/connect_request.h"
#include "worker/clients/leaving.h"
#include "worker/clients/liveness.h"
#include "worker/clients/plain_http.h"
#include "worker/clients/refusal_log.h"
#include "worker/lifecycle/drain.h"
#include "worker/lifecycle/worker_figures.h"

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pregon {

/// Decides which clients are accepted, and keeps what belongs to a client from its greeting until
/// it has left: its place among the application's connections, the count of its address, its
/// deadlines. Knows no socket.
class Reception {
  public:
    struct Limits {
        ConnectLimits connect;
        std::vector<AddressPrefix> trustedProxies; ///< whose X-Forwarded headers are believed
    };

    /// Borrows all.
    Reception(ApplicationRegistry &applications, Liveness &liveness, Admission &admission,
              const Drain &drain, WorkerFigures &figures)
        : applications_(applications), liveness_(liveness), admission_(admission), drain_(drain),
          figures_(figures) {}

    /// New limits for the clients to come.
    void change(Limits limits) { limits_ = std::move(limits); }
    /// For the answers to requests that ask for no WebSocket.
    HttpState http() const { return {limits_.connect.serverPath, drain_.isOn()}; }

    /// What a client asks for; `peer` is the address of its socket, empty for a Unix-domain one.
    ConnectRequest requestOf(const RequestHead &head, std::string_view peer) const;
    /// The application, or why the client is refused.
    tl::expected<Admitted, PusherProtocol::CodeText> admitted(const ConnectRequest &request);
    std::string newSocketId() const { return applications_.newSocketId(); }

    /// Greets a client that is admitted: from here on it is one of its application's connections.
    void welcome(Connection &connection, const ConnectRequest &request, const Admitted &admitted);
    /// pusher:error and a Close. The connection has no application.
    void refuse(Connection &connection, const ConnectRequest &request,
                const PusherProtocol::CodeText &why);
    /// Null: the client has been refused, or its application is not configured here.
    Application *applicationOf(const ClientState &state) {
        return state.appId.empty() ? nullptr : applications_.findById(state.appId);
    }
    /// As `welcome`, without a word, for a client of another worker.
    void resume(Connection &connection, const ClientState &state);
    /// Closes a client of another worker whose application is not configured here.
    void refuseUnknown(Connection &connection);
    /// Adds what `resume` needs.
    void describe(const Connection &connection, ClientState &state) const;

    /// Out of every channel and every count; the socket may live on until the closing is through.
    /// Once for each client that was welcomed or resumed. More calls, and one for a client that has
    /// been refused, have no effect.
    void leave(Connection &connection);
    /// The socket has gone: keeps the connection until it has left its channels.
    void keep(std::shared_ptr<Connection> connection) { leaving_.keep(std::move(connection)); }
    /// Once in each turn of the loop. True: there is more for the next one.
    bool leaveMore() { return leaving_.turn(); }
    void leaveAll() { leaving_.finish(); }
    /// One second has passed.
    void tick() { refusals_.tick(); }

  private:
    void count(Connection &connection);

    ApplicationRegistry &applications_;
    Liveness &liveness_;
    Admission &admission_;
    const Drain &drain_;
    WorkerFigures &figures_;
    Limits limits_;
    AddressCounter addresses_;
    Leaving leaving_;
    RefusalLog refusals_;
};

} // namespace pregon
