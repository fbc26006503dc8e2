// SPDX-License-Identifier: MIT
#include "worker/clients/leaving.h"

#include "worker/channels/membership.h"

#include <limits>

namespace pregon {

void Leaving::begin(Connection &connection) {
    if (connection.subscriptions.empty())
        return;
    waiting_.push_back(&connection);
    if (waiting_.size() == 1)
        goOn();
}

void Leaving::keep(std::shared_ptr<Connection> connection) {
    connection->abandon();
    if (!connection->subscriptions.empty())
        kept_.emplace(connection.get(), std::move(connection));
}

bool Leaving::turn() {
    room_ = kPerTurn;
    goOn();
    return !waiting_.empty();
}

void Leaving::finish() {
    room_ = std::numeric_limits<std::size_t>::max();
    goOn();
    room_ = 0;
}

void Leaving::goOn() {
    while (!waiting_.empty() && room_ > 0) {
        Connection &connection = *waiting_.front();
        room_ -= Membership::leaveSome(connection, room_);
        if (!connection.subscriptions.empty())
            return;
        waiting_.pop_front();
        kept_.erase(&connection);
    }
}

} // namespace pregon
