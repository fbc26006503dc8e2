#pragma once

#include "worker/application.h"
#include "worker/pusher_protocol.h"

#include <optional>
#include <string>
#include <string_view>

namespace pregon {

/// What a client asks for when it connects.
struct ConnectRequest {
    std::string path;     ///< percent-decoded once
    std::string protocol; ///< the `protocol` parameter; empty if absent
};

/// The key in `/app/KEY`; nullopt for any other path.
std::optional<std::string> appKeyOf(std::string_view path);

/// The application, or why the client is refused: path, key, protocol version, connection quota,
/// in that order (spec pusher-websocket §1.2, §1.4). The upgrade itself has been accepted before,
/// because a browser shows only what comes through the WebSocket.
tl::expected<Application *, PusherProtocol::CodeText> admit(const ConnectRequest &request,
                                                            ApplicationRegistry &applications);

} // namespace pregon
