// SPDX-License-Identifier: MIT
#pragma once

#include "shared/keyed_hash.h"
#include "worker/channels/connection.h"
#include "worker/protocol/member.h"

#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace pregon {

/// The users in one channel, in the order in which they joined. A user may hold several
/// connections (spec §5.2): members are users, not connections.
class Presence {
  public:
    /// Adds one connection of `member`, or replaces its user_info if it is in already as the same
    /// user. True when the user was absent before, that is when member_added is due. The connection
    /// must not be in as another user: `leave` first.
    bool join(Connection &connection, Member member);
    /// Removes one connection. The user id when it was the user's last, that is when member_removed
    /// is due.
    std::optional<std::string> leave(const Connection &connection);

    /// The user id of a connection; nullopt if it is not in.
    std::optional<std::string_view> userOf(const Connection &connection) const;

    bool hasUser(std::string_view userId) const { return byId_.contains(userId); }
    /// The connections of a user, in the order in which they joined; empty if it is not in.
    std::vector<Connection *> connectionsOf(std::string_view userId) const;

    std::size_t userCount() const { return users_.size(); }
    /// Calls back with each user and the user_info that is shown: that of the connection that
    /// joined first among those still in.
    template <class Visit>
    void forEachUser(Visit visit) const {
        for (const User &user : users_)
            visit(user.id, user.connections.front().second);
    }

    /// Calls back with each user id, each of its connections and that one's user_info.
    template <class Visit>
    void forEachConnection(Visit visit) const {
        for (const User &user : users_)
            for (const auto &[connection, info] : user.connections)
                visit(user.id, *connection, info);
    }

    /// Kept, so that the next join does not wait for a walk over all users; valid until `join` or
    /// `leave`.
    const MemberLists &lists() const;

  private:
    struct User {
        std::string id;
        std::vector<std::pair<Connection *, std::string>> connections; ///< and user_info
    };
    using Users = std::list<User>;
    static void append(MemberLists &lists, const User &user);

    Users users_;
    TextViewMap<Users::iterator> byId_; ///< keys live in users_
    std::unordered_map<const Connection *, Users::iterator> byConnection_;
    mutable std::optional<MemberLists>
        lists_; ///< grows as users join; gone once one leaves or changes
};

} // namespace pregon
