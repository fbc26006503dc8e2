#include "worker/clients/lws_client.h"

#include "shared/log/log.h"

namespace pregon {

std::vector<int> LwsServer::giveSockets(std::size_t count) {
    std::vector<int> sockets;
    for (; given_ < clients_.size() && sockets.size() < count; given_++) {
        Client &client = *clients_[given_];
        if (client.ticket != 0)
            continue;
        client.ticket = ++lastTicket_;
        sockets.push_back(client.socket);
    }
    return sockets;
}

void LwsServer::giveClients(
    FrameNumbers &frames, const std::function<void(const ClientState &, int socket)> &give) const {
    for (const Client *client : clients_)
        if (client->connection != nullptr || !client->isDeaf) // else it has got its HTTP answer
            give(describe(*client, frames), client->ticket != 0 ? -1 : client->socket);
}

void LwsServer::forgetTickets() {
    for (Client *client : clients_)
        client->ticket = 0;
    given_ = lastTicket_ = 0;
}

ClientState LwsServer::describe(const Client &client, FrameNumbers &frames) const {
    ClientState state;
    state.ticket = client.ticket;
    state.isOpen = client.connection != nullptr;
    if (!state.isOpen) {
        state.received = client.head != nullptr ? *client.head : "";
        return state;
    }
    const Connection &connection = *client.connection;
    state.received = client.decoder.unfinished();
    state.isDeaf = client.isDeaf;
    state.isEnding = client.isEnding;
    state.peerHasClosed = client.peerHasClosed;
    if (connection.application() != nullptr) {
        state.silence = liveness_.silence(connection);
        state.ageSeconds = admission_.age(connection);
    }
    describeConnection(connection, frames, state);
    return state;
}

Result<Done> LwsServer::takeSocket(UniqueFd socket) {
    Client *client = adoptedFrom(std::move(socket));
    if (client == nullptr)
        return failure(Errc::Unavailable, "libwebsockets refused a socket");
    unclaimed_.push_back(client);
    return Done{};
}

Result<Done> LwsServer::takeClient(const ClientState &state, const std::vector<Frame> &frames,
                                   UniqueFd socket) {
    Client *client = nullptr;
    if (state.ticket == 0)
        client = adoptedFrom(std::move(socket));
    else if (state.ticket <= unclaimed_.size())
        client = std::exchange(unclaimed_[state.ticket - 1], nullptr);
    if (client == nullptr)
        return failure(Errc::BadRequest, "a client without a socket");
    resume(*client, state, frames);
    return Done{};
}

void LwsServer::endUnclaimed() {
    for (Client *client : unclaimed_)
        if (client != nullptr)
            end(*client);
    unclaimed_ = {};
}

void LwsServer::resume(Client &client, const ClientState &state, const std::vector<Frame> &frames) {
    std::string received = state.received;
    if (!state.isOpen) {
        if (!received.empty())
            receivedHead(client, received);
        return;
    }
    handshakeEnds(client);
    deadlines_.cancel(client);
    Application *application = state.appId.empty() ? nullptr : applications_.findById(state.appId);
    client.connection =
        std::make_unique<WsConnection>(client, application, state.socketId, outbound_);
    client.connection->socket = client.socket;
    restoreConnection(*client.connection, state, frames);
    client.isDeaf = state.isDeaf;
    client.peerHasClosed = state.peerHasClosed;
    if (application == nullptr && state.closeCode == 0) {
        log(LogLevel::Info, "ws closed",
            {{"socket", state.socketId}, {"reason", "its application is not configured any more"}});
        client.connection->send(
            textFrame(PusherProtocol::error(PusherProtocol::kApplicationUnknown)));
        client.connection->close(
            static_cast<std::uint16_t>(PusherProtocol::kApplicationUnknown.code),
            PusherProtocol::kApplicationUnknown.text);
    } else if (state.isEnding) {
        resumeEnding(client);
    } else if (application != nullptr) {
        resumeOpen(client, state);
    }
    if (!received.empty())
        receivedFrames(client, received);
}

/// It is in no channel, and not among the connections.
void LwsServer::resumeEnding(Client &client) {
    client.isEnding = true;
    if (client.connection->application() != nullptr)
        figures_.closing++;
    deadlines_.schedule(client, kCloseSeconds);
}

void LwsServer::resumeOpen(Client &client, const ClientState &state) {
    Connection &connection = *client.connection;
    applications_.add(connection);
    client.isCounted = limits_.connect.maxConnectionsPerAddress > 0 && !connection.address.empty();
    if (client.isCounted)
        addresses_.add(connection.address);
    liveness_.resume(connection, state.silence);
    admission_.resume(connection, state.ageSeconds);
}

} // namespace pregon
