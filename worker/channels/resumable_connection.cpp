// SPDX-License-Identifier: MIT
#include "worker/channels/resumable_connection.h"

#include "worker/channels/channel.h"
#include "worker/protocol/pusher_protocol.h"

namespace pregon {

void ResumableConnection::send(const Frame &frame) {
    connection_.send(frame);
}

bool ResumableConnection::hasRoomFor(std::size_t bytes) const {
    return connection_.hasRoomFor(bytes);
}

void ResumableConnection::closeForSuccessor() {
    connection_.close(static_cast<std::uint16_t>(PusherProtocol::Code::OverCapacity),
                      "The page has come back on another connection");
}

std::vector<std::string> ResumableConnection::channels() const {
    std::vector<std::string> names;
    for (const Subscription &subscription : connection_.subscriptions)
        names.push_back(subscription.channel.name());
    return names;
}

} // namespace pregon
