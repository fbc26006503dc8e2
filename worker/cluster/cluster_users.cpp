// SPDX-License-Identifier: MIT
#include "worker/cluster/cluster_users.h"

#include "worker/channels/sign_in.h"
#include "worker/cluster/cluster_members.h"

#include <utility>

namespace pregon {
namespace {

constexpr const char *kOnline = "#online"; ///< a presence channel that nobody can subscribe to

std::string watchTopic(const Application &application, const std::string &userId) {
    return Wire::watchTopic(ClusterContext::nameOf(application), userId);
}

} // namespace

std::vector<std::string> ClusterUsers::topicsOf(const Connection &connection) const {
    const Application &application = *connection.application();
    std::vector<std::string> topics{
        ClusterContext::topicOf(application, "#server-to-user-" + connection.user->id)};
    if (application.settings().watchlist)
        for (const std::string &userId : connection.user->watchlist)
            topics.push_back(watchTopic(application, userId));
    return topics;
}

void ClusterUsers::signedIn(const SigningIn &signingIn) {
    Connection &connection = signingIn.connection;
    known_[&connection] = ++lastTurn_;
    Waiting waiting{{}, signingIn.userData, signingIn.isWatchlistCut};
    for (const std::string &topic : topicsOf(connection))
        if (!use(topic)) {
            waiting.topics.insert(topic);
            topics_[topic].waiting.push_back(&connection);
        }
    if (signingIn.isFirst)
        beOnline(*connection.application(), connection.user->id);
    if (waiting.topics.empty() || !context_.isUp())
        return confirm(connection, waiting);
    waiting_[&connection] = std::move(waiting);
}

void ClusterUsers::signedOut(Connection &connection, const SignedInUser &user, bool isLast) {
    Application &application = *connection.application();
    waiting_.erase(&connection);
    known_.erase(&connection);
    release(ClusterContext::topicOf(application, "#server-to-user-" + user.id));
    for (const std::string &userId : user.watchlist) // as topicsOf, unless it was reloaded
        release(watchTopic(application, userId));
    if (!isLast)
        return;
    if (context_.isUp())
        context_.link.run(ClusterScript::Leave,
                          {context_.worker, ClusterContext::nameOf(application), kOnline, user.id},
                          nullptr);
    else
        SignIn::tellWatchers(application, user.id, SignIn::Change::Offline);
}

bool ClusterUsers::use(const std::string &topic) {
    Topic &known = topics_[topic];
    if (known.uses++ == 0 && context_.isUp())
        context_.link.subscribe(topic);
    return known.isLive;
}

void ClusterUsers::release(const std::string &topic) {
    const auto found = topics_.find(topic);
    if (found == topics_.end() || --found->second.uses > 0)
        return;
    topics_.erase(found);
    if (context_.isUp())
        context_.link.unsubscribe(topic);
}

void ClusterUsers::beOnline(Application &application, const std::string &userId) {
    if (!application.settings().watchlist)
        return;
    if (context_.isUp())
        context_.link.run(
            ClusterScript::Join,
            {context_.worker, ClusterContext::nameOf(application), kOnline, "0", "0", userId, ""},
            nullptr);
    else
        SignIn::tellWatchers(application, userId, SignIn::Change::Online);
}

void ClusterUsers::subscribed(const std::string &topic) {
    const auto found = topics_.find(topic);
    if (found == topics_.end())
        return;
    if (!std::exchange(found->second.isLive, true))
        breakRing(topic);
    for (Connection *connection : std::exchange(found->second.waiting, {})) {
        const auto entry = waiting_.find(connection); // it may have gone
        if (entry == waiting_.end() || entry->second.topics.erase(topic) == 0 ||
            !entry->second.topics.empty())
            continue;
        const Waiting waiting = std::move(entry->second);
        waiting_.erase(entry);
        confirm(*connection, waiting);
    }
}

/// What was sent to the user before is lost.
void ClusterUsers::breakRing(std::string_view text) {
    const Wire::Topic topic = Wire::parseTopic(text);
    Application *application = context_.findByName(topic.application);
    if (application != nullptr && topic.kind == Wire::TopicKind::User)
        application->recovery().breakRing(topic.name);
}

void ClusterUsers::confirm(Connection &connection, const Waiting &waiting) {
    if (!waiting.userData.empty())
        SignIn::confirm(connection, waiting.userData);
    if (!connection.application()->settings().watchlist)
        return;
    if (context_.isUp())
        askState(connection);
    else
        SignIn::tellState(connection, [&](const std::string &userId) {
            return connection.application()->users().isOnline(userId);
        });
    if (waiting.isWatchlistCut)
        connection.send(textFrame(PusherProtocol::error(PusherProtocol::kWatchlistTooLong)));
}

void ClusterUsers::askState(Connection &connection) {
    const std::vector<std::string> &watched = connection.user->watchlist;
    if (watched.empty())
        return;
    std::vector<std::string> arguments{ClusterContext::nameOf(*connection.application())};
    arguments.insert(arguments.end(), watched.begin(), watched.end());
    context_.link.run(
        ClusterScript::Online, std::move(arguments),
        [this, &connection, watched, turn = known_[&connection],
         asked = ++lastTurn_](const RedisReply &reply) {
            const auto found = known_.find(&connection);
            if (found == known_.end() || found->second != turn || reply.isError())
                return;
            TextSet online;
            for (std::size_t i = 0; i < watched.size(); i++) {
                const auto topic = topics_.find(watchTopic(*connection.application(), watched[i]));
                const bool isToldSince = topic != topics_.end() && topic->second.toldAt > asked;
                if (isToldSince ? topic->second.isOnline : reply.at(i).number == 1)
                    online.insert(watched[i]);
            }
            SignIn::tellState(connection,
                              [&](const std::string &userId) { return online.contains(userId); });
        });
}

void ClusterUsers::watchMessage(const std::string &topic, std::string_view payload) {
    const auto change = Wire::parseMemberChange(payload);
    if (!change)
        return;
    if (const auto found = topics_.find(topic); found != topics_.end()) {
        found->second.isOnline = change->isJoin;
        found->second.toldAt = ++lastTurn_;
    }
    if (Application *application = context_.findByName(Wire::parseTopic(topic).application))
        SignIn::tellWatchers(*application, change->member.userId,
                             change->isJoin ? SignIn::Change::Online : SignIn::Change::Offline);
}

std::vector<std::string> ClusterUsers::topics() const {
    std::vector<std::string> topics;
    for (const auto &[topic, known] : topics_)
        topics.push_back(topic);
    return topics;
}

bool ClusterUsers::resume(const std::vector<std::string> &topics) {
    const TextSet live(topics.begin(), topics.end());
    bool isSame = true;
    for (Connection *connection :
         context_.applications.someConnections(context_.applications.connectionCount())) {
        if (connection->user == nullptr)
            continue;
        known_[connection] = ++lastTurn_;
        for (const std::string &topic : topicsOf(*connection)) {
            Topic &known = topics_[topic];
            known.uses++;
            known.isLive = context_.isUp() && live.contains(topic);
            isSame = isSame && live.contains(topic);
        }
    }
    return isSame && topics_.size() == live.size();
}

void ClusterUsers::up() {
    for (auto &[topic, known] : topics_) {
        known.isReturning = true;
        context_.link.subscribe(topic);
    }
    for (const auto &[connection, turn] : known_) {
        beOnline(*connection->application(), connection->user->id);
        if (connection->application()->settings().watchlist && !connection->user->watchlist.empty())
            for (const std::string &topic : topicsOf(*connection)) { // the state is told anew then
                waiting_[connection].topics.insert(topic);
                topics_[topic].waiting.push_back(connection);
            }
    }
}

void ClusterUsers::down() {
    for (auto &[topic, known] : topics_)
        known = {.uses = known.uses};
    for (const auto &[connection, waiting] : std::exchange(waiting_, {}))
        if (!waiting.userData.empty())
            confirm(*connection, waiting);
}

} // namespace pregon
