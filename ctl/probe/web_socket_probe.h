// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/probe/http_probe.h"
#include "shared/protocol/ws_decoder.h"

#include <chrono>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace pregon {

/// A WebSocket client for looking at one connection: what a browser would see of it.
class WebSocketProbe final : private WsHandler {
  public:
    /// Asks for an upgrade of `path`, as a page of `origin` would.
    explicit WebSocketProbe(ProbeConnection connection) : connection_(std::move(connection)) {}

    /// The answer's head: 101 if the connection is a WebSocket now (then Sec-WebSocket-Accept has
    /// been checked). Unavailable: no answer came in time. BadRequest: the answer does not open a
    /// WebSocket.
    Result<ResponseHead> upgrade(const SiteUrl &site, const std::string &path,
                                 const std::string &origin,
                                 std::chrono::steady_clock::time_point until);
    /// One text message.
    Result<Done> send(std::string_view text, std::chrono::steady_clock::time_point until);
    /// The next text message; pings are answered meanwhile. nullopt: none before the deadline.
    /// Unavailable: the connection has ended, with its Close code if it had one.
    Result<std::optional<std::string>> next(std::chrono::steady_clock::time_point until);

  private:
    void onMessage(std::string_view payload, bool isBinary) override;
    void onPing(std::string_view payload) override;
    void onPong() override {}
    void onClose(std::uint16_t code, std::string_view reason) override;
    Result<Done> decode(std::string bytes);

    ProbeConnection connection_;
    WsDecoder decoder_{WsSender::Server};
    std::deque<std::string> messages_;
    std::string toSend_;
    std::string ending_; ///< why it ended; empty: it has not
};

} // namespace pregon
