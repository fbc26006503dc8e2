// SPDX-License-Identifier: MIT
#pragma once

#include "shared/keyed_hash.h"
#include "worker/protocol/member.h"

#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace pregon {

class Connection;

/// The signed-in users of one application, their connections, and who watches whom. A user is
/// online while at least one connection is signed in as them. Borrows the connections.
class UserRegistry {
  public:
    /// True when the user was offline before.
    bool add(Connection &connection, const std::string &userId);
    /// True when it was the user's last connection.
    bool remove(Connection &connection, const std::string &userId);
    bool isOnline(const std::string &userId) const { return users_.contains(userId); }
    /// The connections that are signed in as the user. A copy: closing them changes the registry.
    std::vector<Connection *> connectionsOf(const std::string &userId) const;

    void watch(Connection &watcher, const std::vector<std::string> &userIds);
    void unwatch(Connection &watcher, const std::vector<std::string> &userIds);
    std::vector<Connection *> watchersOf(const std::string &userId) const;

  private:
    using Connections = std::unordered_set<Connection *>;
    using ByUser = TextMap<Connections>;

    static std::vector<Connection *> listOf(const ByUser &users, const std::string &userId);

    ByUser users_;
    ByUser watchers_;
};

} // namespace pregon
