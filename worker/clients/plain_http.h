// SPDX-License-Identifier: MIT
#pragma once

#include "worker/protocol/ws_handshake.h"

#include <string>
#include <string_view>

namespace pregon {

/// Where requests arrive, and whether the worker drains.
struct HttpState {
    std::string_view serverPath; ///< prefix of the routes, as of ConnectLimits
    bool isDraining = false;
};

/// The whole answer to a request that asks for no WebSocket, with and without the prefix:
/// `GET|HEAD /up` tells a balancer or a container how the worker is, 200 or 503 while it drains, in
/// the form of pregon-fcgi's; `/app/KEY` is a 426; the paths of SockJS, to which pages of old
/// pusher-js fall back, get a 404 that names what to set, and any other path a 404.
std::string plainAnswer(const RequestHead &head, const HttpState &state);

} // namespace pregon
