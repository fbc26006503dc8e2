// SPDX-License-Identifier: MIT
#include "worker/channels/terminate_user.h"

#include "worker/channels/application.h"
#include "worker/protocol/pusher_protocol.h"

#include <set>

namespace pregon {

std::size_t terminateUser(Application &application, const std::string &userId) {
    application.recovery().forgetUser(userId);
    std::set<Connection *> connections;
    for (Connection *connection : application.users().connectionsOf(userId))
        connections.insert(connection);
    application.channels().forEach([&](Channel &channel) {
        if (channel.presence() != nullptr)
            for (Connection *connection : channel.presence()->connectionsOf(userId))
                connections.insert(connection);
    });
    const auto code = static_cast<std::uint16_t>(application.settings().terminateCloseCode);
    const Frame error = textFrame(PusherProtocol::error(PusherProtocol::kDisconnectedByApp));
    for (Connection *connection : connections) {
        connection->send(error);
        connection->close(code, PusherProtocol::kDisconnectedByApp.text);
    }
    return connections.size();
}

} // namespace pregon
