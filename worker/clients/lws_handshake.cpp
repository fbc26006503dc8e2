// SPDX-License-Identifier: MIT

// LwsServer: from a client's HTTP request to its WebSocket.

#include "worker/clients/lws_client.h"
#include "worker/clients/opening.h"

#include <sys/socket.h>
#include <utility>

namespace pregon {

void LwsServer::receivedHead(Client &client, std::span<char> bytes) {
    if (client.head == nullptr)
        client.head = std::make_unique<std::string>();
    const std::size_t known = client.head->size();
    client.head->append(bytes.data(), bytes.size());
    const Opening opening = Opening::of(*client.head, reception_.http());
    if (opening.kind == Opening::Kind::Incomplete)
        return;
    handshakeEnds(client);
    client.head.reset();
    if (opening.kind == Opening::Kind::Answer)
        return answerAndEnd(client, opening.answer);
    open(client, opening.head);
    // Frames that came in the same segment, joined by a proxy, are handled after the greeting.
    receivedFrames(client, bytes.subspan(opening.length - known));
}

void LwsServer::handshakeEnds(Client &client) {
    if (std::exchange(client.isHandshaking, false))
        figures_.handshakes--;
}

void LwsServer::answerAndEnd(Client &client, const std::string &response) {
    ::send(client.socket, response.data(), response.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (client.closing.lingersAfterAnswer())
        linger(client, Closing::kHttpLingerSeconds);
}

/// The upgrade is accepted whatever comes then: a browser hears only what a WebSocket tells it.
void LwsServer::open(Client &client, const RequestHead &head) {
    deadlines_.cancel(client);
    const ConnectRequest request = reception_.requestOf(head, addressOf(client));
    const auto admitted = reception_.admitted(request);
    client.connection =
        std::make_unique<WsConnection>(client, admitted ? admitted->application : nullptr,
                                       admitted ? reception_.newSocketId() : "", outbound_);
    client.connection->socket = client.socket;
    client.connection->send(Frame(upgradeResponse(head)));
    if (admitted)
        reception_.welcome(*client.connection, request, *admitted);
    else
        reception_.refuse(*client.connection, request, admitted.error());
}

} // namespace pregon
