// SPDX-License-Identifier: MIT
#include "worker/clients/queue_relief.h"

#include <algorithm>
#include <utility>

namespace pregon {

std::size_t closeFullest(const std::vector<Connection *> &candidates, const Outbound &outbound) {
    std::vector<std::pair<std::size_t, Connection *>> queues;
    for (Connection *connection : candidates)
        if (const std::size_t memory = connection->queueMemory();
            memory > 0 && connection->closing() == nullptr)
            queues.emplace_back(memory, connection);
    std::sort(queues.begin(), queues.end(),
              [](const auto &one, const auto &other) { return one.first > other.first; });
    const std::size_t enough = outbound.maxMemory - outbound.maxMemory / 4;
    std::size_t closed = 0;
    while (closed < queues.size() && outbound.memory() > enough)
        queues[closed++].second->closeAsSlow();
    return closed;
}

} // namespace pregon
