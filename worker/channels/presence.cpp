// SPDX-License-Identifier: MIT
#include "worker/channels/presence.h"

#include <algorithm>

namespace pregon {

bool Presence::join(Connection &connection, Member member) {
    if (const auto found = byConnection_.find(&connection); found != byConnection_.end()) {
        lists_.reset();
        for (auto &[known, info] : found->second->connections)
            if (known == &connection)
                info = std::move(member.userInfoJson);
        return false;
    }
    auto user = byId_.find(member.userId);
    const bool isNew = user == byId_.end();
    if (isNew) {
        users_.push_back({std::move(member.userId), {}});
        const auto added = std::prev(users_.end());
        user = byId_.emplace(added->id, added).first;
    }
    user->second->connections.emplace_back(&connection, std::move(member.userInfoJson));
    byConnection_.emplace(&connection, user->second);
    if (isNew && lists_)
        append(*lists_, *user->second);
    return isNew;
}

std::optional<std::string> Presence::leave(const Connection &connection) {
    const auto found = byConnection_.find(&connection);
    if (found == byConnection_.end())
        return std::nullopt;
    const Users::iterator user = found->second;
    byConnection_.erase(found);
    if (user->connections.front().first == &connection)
        lists_.reset(); // it was this connection's user_info that is shown
    std::erase_if(user->connections, [&](const auto &entry) { return entry.first == &connection; });
    if (!user->connections.empty())
        return std::nullopt;
    byId_.erase(user->id);
    std::string id = std::move(user->id);
    users_.erase(user);
    return id;
}

std::optional<std::string_view> Presence::userOf(const Connection &connection) const {
    const auto found = byConnection_.find(&connection);
    if (found == byConnection_.end())
        return std::nullopt;
    return found->second->id;
}

std::vector<Connection *> Presence::connectionsOf(std::string_view userId) const {
    std::vector<Connection *> connections;
    if (const auto found = byId_.find(userId); found != byId_.end())
        for (const auto &entry : found->second->connections)
            connections.push_back(entry.first);
    return connections;
}

const MemberLists &Presence::lists() const {
    if (!lists_) {
        lists_.emplace();
        for (const User &user : users_)
            append(*lists_, user);
    }
    return *lists_;
}

void Presence::append(MemberLists &lists, const User &user) {
    lists.append(user.id, user.connections.front().second);
}

} // namespace pregon
