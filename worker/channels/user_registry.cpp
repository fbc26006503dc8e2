// SPDX-License-Identifier: MIT
#include "worker/channels/user_registry.h"

namespace pregon {

bool UserRegistry::add(Connection &connection, const std::string &userId) {
    Connections &connections = users_[userId];
    connections.insert(&connection);
    return connections.size() == 1;
}

bool UserRegistry::remove(Connection &connection, const std::string &userId) {
    const auto found = users_.find(userId);
    if (found == users_.end() || found->second.erase(&connection) == 0)
        return false;
    if (!found->second.empty())
        return false;
    users_.erase(found);
    return true;
}

std::vector<Connection *> UserRegistry::connectionsOf(const std::string &userId) const {
    return listOf(users_, userId);
}

void UserRegistry::watch(Connection &watcher, const std::vector<std::string> &userIds) {
    for (const std::string &userId : userIds)
        watchers_[userId].insert(&watcher);
}

void UserRegistry::unwatch(Connection &watcher, const std::vector<std::string> &userIds) {
    for (const std::string &userId : userIds) {
        const auto found = watchers_.find(userId);
        if (found == watchers_.end())
            continue;
        found->second.erase(&watcher);
        if (found->second.empty())
            watchers_.erase(found);
    }
}

std::vector<Connection *> UserRegistry::watchersOf(const std::string &userId) const {
    return listOf(watchers_, userId);
}

std::vector<Connection *> UserRegistry::listOf(const ByUser &users, const std::string &userId) {
    const auto found = users.find(userId);
    if (found == users.end())
        return {};
    return {found->second.begin(), found->second.end()};
}

} // namespace pregon
