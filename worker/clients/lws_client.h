// SPDX-License-Identifier: MIT
#pragma once

#include "shared/protocol/ws_decoder.h"
#include "worker/clients/closing.h"
#include "worker/clients/lws_server.h"
#include "worker/protocol/pusher_protocol.h"

#include <memory>
#include <string>
#include <utility>

// LwsServer's own: what its source files share.

namespace pregon {

struct LwsServer::WsConnection final : Connection {
    WsConnection(Client &owner, Application *application, std::string socketId, Outbound &outbound)
        : Connection(application, std::move(socketId), outbound), client(owner) {}

    Client &client;
};

/// A socket: its HTTP request first, then its WebSocket.
struct LwsServer::Client final : TimerHook, WsHandler {
    Client(LwsServer &owner, lws *libraries) : server(owner), wsi(libraries) {}

    void onMessage(std::string_view payload, bool isBinary) override {
        if (connection->closing() != nullptr || connection->application() == nullptr)
            return;
        server.liveness_.seen(*connection);
        if (!isBinary || isValidUtf8(payload))
            server.commands_.handle(*connection, payload);
        else
            server.commands_.handleNoText(*connection);
    }
    void onPing(std::string_view payload) override {
        connection->notePing();
        onPong();
        connection->send(pongFrame(payload));
    }
    void onPong() override {
        if (connection->application() != nullptr)
            server.liveness_.seen(*connection);
    }
    void onClose(std::uint16_t code, std::string_view reason) override {
        if (connection->closing() == nullptr)
            closing.peerClosedFirst({code, std::string(reason)});
        else
            closing.peerClosed();
        connection->close(code, reason); // the echo; without effect if ours is out already
    }

    LwsServer &server;
    lws *wsi;
    int socket = -1;          ///< libwebsockets closes it
    std::uint32_t ticket = 0; ///< under which a hand-over has sent the socket; 0: it has not
    std::size_t place = 0;    ///< in LwsServer's list
    std::unique_ptr<std::string> head; ///< the HTTP request, as far as it has come; then null
    std::unique_ptr<WsConnection> connection;
    WsDecoder decoder;
    Closing closing;
    bool isHandshaking = true; ///< counted in the figures
};

} // namespace pregon
