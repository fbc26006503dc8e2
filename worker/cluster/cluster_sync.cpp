// SPDX-License-Identifier: MIT

// ClusterChannels: what it asks of Redis, and what Redis says.

#include "worker/channels/membership.h"
#include "worker/cluster/cluster_channels.h"

#include <charconv>
#include <utility>

namespace pregon {
namespace {

constexpr std::size_t kMaxChanges = 100'000; ///< while Syncing; beyond it the sync begins anew

/// 0: the text is not a number.
std::uint64_t numberIn(std::string_view text) {
    std::uint64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

std::vector<std::string> textsOf(const RedisReply &reply) {
    std::vector<std::string> texts;
    for (const RedisReply &element : reply.list)
        texts.push_back(element.text);
    return texts;
}

} // namespace

void ClusterChannels::sync(const std::string &topic, Shared &shared) {
    shared.stage = Stage::Syncing;
    shared.generation = ++lastTurn_;
    shared.awaited = 1;
    shared.changes.clear();
    if (ChannelRules::isCache(shared.name))
        askCached(topic, shared);
    if (ChannelRules::isPresence(shared.name))
        askMembers(topic, shared);
    answerCame(topic, shared);
}

void ClusterChannels::askCached(const std::string &topic, Shared &shared) {
    shared.awaited++;
    context_.link.run(
        ClusterScript::Cached, {ClusterContext::nameOf(*shared.application), shared.name},
        [this, topic, generation = shared.generation](const RedisReply &reply) {
            if (Shared *still = find(topic, generation); still != nullptr && !reply.isError()) {
                cachedCame(*still, reply);
                answerCame(topic, *still);
            }
        });
}

void ClusterChannels::cachedCame(Shared &shared, const RedisReply &reply) {
    std::string_view data = reply.at(0).text;
    const bool isNothing = data.empty();
    const std::uint64_t version = isNothing ? static_cast<std::uint64_t>(reply.at(2).asNumber())
                                            : numberIn(Wire::takeWord(data, '\n'));
    if (version < shared.cachedVersion || (version == shared.cachedVersion && !isNothing))
        return; // what has been delivered meanwhile is later, or the same
    ChannelCache &cache = shared.application->cache();
    const auto maximum = static_cast<std::size_t>(shared.application->settings().cacheMaxChannels);
    const std::int64_t now = context_.milliseconds();
    if (isNothing) { // what is remembered here is out of date
        cache.store(shared.name, {"", "", now - 1}, maximum, now);
        return;
    }
    shared.cachedVersion = version;
    shared.lacking = confirmedIn(shared);
    const std::string_view name = Wire::takeWord(data, '\n');
    cache.store(shared.name, {std::string(name), std::string(data), now + reply.at(1).asNumber()},
                maximum, now);
}

ClusterChannels::Subscribers ClusterChannels::confirmedIn(const Shared &shared) const {
    Subscribers subscribers;
    if (Channel *channel = shared.application->channels().find(shared.name))
        channel->forEachSubscriber([&](Connection &connection) {
            if (!shared.joiners.contains(&connection))
                subscribers.insert(&connection);
        });
    return subscribers;
}

/// Every user of this worker in the channel; what Redis knows already stays as it is.
void ClusterChannels::askMembers(const std::string &topic, Shared &shared) {
    shared.awaited++;
    const App &app = shared.application->settings();
    std::vector<std::string> arguments{context_.worker, ClusterContext::nameOf(*shared.application),
                                       shared.name, std::to_string(app.presenceMaxMembers), "1"};
    std::vector<std::string> users;
    Channel *channel = shared.application->channels().find(shared.name);
    if (channel != nullptr && channel->presence() != nullptr)
        channel->presence()->forEachUser([&](std::string_view user, std::string_view info) {
            users.emplace_back(user);
            arguments.emplace_back(user);
            arguments.emplace_back(info);
            shared.told[std::string(user)] = {shared.generation, std::nullopt};
        });
    context_.link.run(
        ClusterScript::Join, std::move(arguments),
        [this, topic, users, generation = shared.generation](const RedisReply &reply) {
            if (Shared *still = find(topic, generation); still != nullptr && !reply.isError()) {
                membersCame(topic, *still, users, reply);
                if (find(topic, generation) == still) // else the refused users were the last
                    answerCame(topic, *still);
            }
        });
}

void ClusterChannels::membersCame(const std::string &topic, Shared &shared,
                                  const std::vector<std::string> &users, const RedisReply &reply) {
    const auto version = static_cast<std::uint64_t>(reply.at(0).asNumber());
    const auto difference = shared.members.replace(version, textsOf(reply.at(2)));
    for (const std::string &user : difference.left)
        tellRemoved(shared, user);
    for (const Member &member : difference.joined)
        tellAdded(shared, member);
    const std::string signs = reply.at(1).text;
    const std::uint64_t generation = shared.generation;
    for (std::size_t i = 0; i < users.size() && i < signs.size(); i++)
        if (Shared *still = find(topic, generation)) // a refusal may have been its last user
            userTold(topic, *still, users[i], generation, version, signs[i]);
}

void ClusterChannels::answerCame(const std::string &topic, Shared &shared) {
    if (--shared.awaited > 0)
        return;
    shared.stage = Stage::Live;
    whenLive(*shared.application, shared.name);
    for (const Wire::MemberChange &change : std::exchange(shared.changes, {}))
        if (shared.stage == Stage::Live)
            apply(topic, shared, change);
    releaseSoon(topic);
}

void ClusterChannels::tellRedis(const std::string &topic, Shared &shared, const Member &member) {
    const std::uint64_t turn = ++lastTurn_;
    shared.told[member.userId] = {turn, std::nullopt};
    const App &app = shared.application->settings();
    context_.link.run(ClusterScript::Join,
                      {context_.worker, ClusterContext::nameOf(*shared.application), shared.name,
                       std::to_string(app.presenceMaxMembers), "0", member.userId,
                       member.userInfoJson},
                      [this, topic, userId = member.userId, turn](const RedisReply &reply) {
                          const auto found = byTopic_.find(topic);
                          if (found == byTopic_.end() || reply.isError())
                              return;
                          const std::string &signs = reply.at(1).text;
                          userTold(topic, found->second, userId, turn,
                                   static_cast<std::uint64_t>(reply.at(0).asNumber()),
                                   signs.empty() ? '!' : signs[0]);
                      });
}

void ClusterChannels::userTold(const std::string &topic, Shared &shared, const std::string &userId,
                               std::uint64_t turn, std::uint64_t version, char sign) {
    if (sign == '+')
        shared.application->events().memberAdded(shared.name, userId);
    const auto told = shared.told.find(userId);
    if (told == shared.told.end() || told->second.turn != turn)
        return;
    if (sign == '!')
        return refuseUser(shared, userId);
    told->second.version = version;
    releaseSoon(topic);
}

void ClusterChannels::memberMessage(const std::string &topic, std::string_view payload) {
    const auto found = byTopic_.find(topic);
    auto change = Wire::parseMemberChange(payload);
    if (found == byTopic_.end() || !change)
        return;
    Shared &shared = found->second;
    if (shared.stage == Stage::Syncing && shared.changes.size() >= kMaxChanges)
        return sync(topic, shared);
    if (shared.stage == Stage::Syncing)
        shared.changes.push_back(std::move(*change));
    if (shared.stage == Stage::Live)
        apply(topic, shared, *change);
}

void ClusterChannels::apply(const std::string &topic, Shared &shared,
                            const Wire::MemberChange &change) {
    switch (shared.members.apply(change)) {
    case ClusterMembers::Applied::KnownAlready:
        return;
    case ClusterMembers::Applied::Gap:
        return sync(topic, shared);
    case ClusterMembers::Applied::Yes:
        break;
    }
    if (change.isJoin)
        tellAdded(shared, change.member);
    else
        tellRemoved(shared, change.member.userId);
    releaseSoon(topic);
}

std::size_t ClusterChannels::publishCached(const std::string &topic, std::uint64_t version,
                                           CachedEvent event, const Frame &frame,
                                           const Connection *except) {
    const auto found = byTopic_.find(topic);
    if (found == byTopic_.end())
        return 0; // no subscriber here; the next one asks Redis
    Shared &shared = found->second;
    Channel *channel = shared.application->channels().find(shared.name);
    const bool isLatest = version == 0 || version > shared.cachedVersion;
    if (isLatest) {
        const App &app = shared.application->settings();
        const std::int64_t now = context_.milliseconds();
        event.expiresAt = now + app.cacheSeconds * 1000;
        shared.application->cache().store(shared.name, std::move(event),
                                          static_cast<std::size_t>(app.cacheMaxChannels), now);
        if (version != 0)
            shared.cachedVersion = version;
        if (shared.joiners.empty())
            return channel->publish(frame, except);
    }
    std::size_t count = 0;
    channel->forEachSubscriber([&](Connection &connection) {
        if (&connection == except || shared.joiners.contains(&connection) ||
            (!isLatest && !shared.lacking.contains(&connection)))
            return;
        connection.send(frame);
        count++;
    });
    if (version >= shared.cachedVersion) // nothing of before is to come any more
        shared.lacking.clear();
    return count;
}

/// The channel was full in the cluster, though not as this worker knew it.
void ClusterChannels::refuseUser(Shared &shared, const std::string &userId) {
    shared.told.erase(userId);
    Channel *channel = shared.application->channels().find(shared.name);
    if (channel == nullptr)
        return;
    const std::string name = shared.name; // the last one takes `shared` along
    for (Connection *connection : channel->presence()->connectionsOf(userId))
        Membership::expelFromFull(*connection, name);
}

} // namespace pregon
