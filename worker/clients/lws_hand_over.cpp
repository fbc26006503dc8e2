// SPDX-License-Identifier: MIT
#include "worker/clients/lws_client.h"

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
        if (client->connection != nullptr ||
            !client->closing.isDeaf()) // else it has got its HTTP answer
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
    state.isDeaf = client.closing.isDeaf();
    state.isEnding = client.closing.hasBegun();
    state.peerHasClosed = client.closing.peerHasClosed();
    reception_.describe(connection, state);
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
    Application *application = reception_.applicationOf(state);
    client.connection =
        std::make_unique<WsConnection>(client, application, state.socketId, outbound_);
    client.connection->socket = client.socket;
    restoreConnection(*client.connection, state, frames);
    client.closing.resume(state.isDeaf, state.peerHasClosed);
    if (application == nullptr && state.closeCode == 0) {
        reception_.refuseUnknown(*client.connection);
    } else if (state.isEnding) {
        resumeEnding(client);
    } else if (application != nullptr) {
        reception_.resume(*client.connection, state);
    }
    if (!received.empty())
        receivedFrames(client, received);
}

/// It is in no channel, and not among the connections.
void LwsServer::resumeEnding(Client &client) {
    client.closing.begin();
    if (client.connection->application() != nullptr)
        figures_.closing++;
    deadlines_.schedule(client, Closing::kCloseSeconds);
}

} // namespace pregon
