// SPDX-License-Identifier: MIT
#pragma once

#include "worker/channels/application.h"
#include "worker/protocol/pusher_protocol.h"

#include <optional>
#include <string>
#include <string_view>

namespace pregon {

/// What a client asks for when it connects.
struct ConnectRequest {
    std::string path;           ///< percent-decoded once
    std::string protocol;       ///< the `protocol` parameter; empty if absent
    std::string origin;         ///< empty if absent
    bool isSecure = false;      ///< came over TLS, as far as the proxy in front says
    std::string address;        ///< of the client
    bool isFromProxy = false;   ///< one that is believed
    std::string forwardedProto; ///< its X-Forwarded-Proto; empty if absent
};

/// What the worker as a whole allows.
struct ConnectLimits {
    std::string serverPath;                   ///< prefix of the routes; empty: none
    std::size_t maxConnections = 0;           ///< 0: not limited
    std::size_t maxConnectionsPerAddress = 0; ///< 0: not limited
};

/// The key: everything behind `/app/`, with or without the prefix before that. Keys of Laravel's
/// own form, `base64:…=`, may hold slashes. nullopt for any other path.
std::optional<std::string> appKeyOf(std::string_view path, std::string_view serverPath);

/// Whom a client comes to.
struct Admitted {
    Application *application;
    std::string resumeToken; ///< empty: none
    /// The connection whose place the client takes, if there is no room beside it: close it.
    ResumableClient *inTheWay = nullptr;
};

/// The application, or why the client is refused: path, TLS, key, disabled, protocol version,
/// origin, the application's quota, the worker's and the address's, in that order
/// (spec pusher-websocket §1.2, §1.4). `fromAddress` connections of the address are open already.
/// The upgrade itself has been accepted before, because a browser shows only what comes through the
/// WebSocket. The whole key is looked up first, then the one in front of a resume token.
tl::expected<Admitted, PusherProtocol::CodeText> admit(const ConnectRequest &request,
                                                       ApplicationRegistry &applications,
                                                       const ConnectLimits &limits,
                                                       std::size_t fromAddress);

/// The path as a log may show it: without the secret of a resume token.
std::string shownPath(const std::string &path);

} // namespace pregon
