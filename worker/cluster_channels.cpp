#include "worker/cluster_channels.h"

#include "worker/membership.h"
#include "worker/pusher_protocol.h"

#include <algorithm>
#include <utility>

namespace pregon {
namespace {

constexpr std::size_t kMaxChanges = 100'000; ///< while Syncing; beyond it the sync begins anew

std::vector<std::string> textsOf(const RedisReply &reply) {
    std::vector<std::string> texts;
    for (const RedisReply &element : reply.list)
        texts.push_back(element.text);
    return texts;
}

} // namespace

void ClusterChannels::joined(Connection &connection, Channel &channel, const Member *member) {
    Application &application = *connection.application();
    const std::string topic = ClusterContext::topicOf(application, channel.name());
    const auto [place, isNew] = byTopic_.try_emplace(topic);
    Shared &shared = place->second;
    if (isNew) {
        shared.application = &application;
        shared.name = channel.name();
        if (context_.isUp()) {
            shared.stage = Stage::Subscribing;
            shared.generation = ++lastTurn_;
            context_.link.subscribe(topic);
        }
    }
    const std::string userId = member != nullptr ? member->userId : "";
    if (shared.stage == Stage::Alone)
        return joinAlone(shared, connection, userId);
    if (shared.stage == Stage::Live && member == nullptr)
        return confirm(shared, connection);
    shared.joiners[&connection] = userId;
    if (member != nullptr && shared.stage != Stage::Subscribing &&
        !shared.told.contains(member->userId))
        tellRedis(topic, shared, *member);
    releaseSoon(topic);
}

void ClusterChannels::userLeft(Channel &channel, Application &application, Connection &connection,
                               const std::string &userId) {
    const std::string topic = ClusterContext::topicOf(application, channel.name());
    const auto found = byTopic_.find(topic);
    if (found == byTopic_.end())
        return;
    Shared &shared = found->second;
    shared.joiners.erase(&connection);
    if (shared.stage == Stage::Alone) {
        if (shared.members.remove(userId))
            channel.publish(textFrame(PusherProtocol::memberRemoved(shared.name, userId)),
                            &connection);
        return;
    }
    if (shared.told.erase(userId) == 0)
        return;
    context_.link.run(ClusterScript::Leave,
                      {context_.worker, ClusterContext::nameOf(application), shared.name, userId},
                      [&application, name = shared.name, userId](const RedisReply &reply) {
                          if (reply.number == 1)
                              application.events().memberRemoved(name, userId);
                      });
}

void ClusterChannels::left(Connection &connection, Application &application,
                           const std::string &name, bool isLast) {
    const std::string topic = ClusterContext::topicOf(application, name);
    const auto found = byTopic_.find(topic);
    if (found == byTopic_.end())
        return;
    if (!isLast) {
        found->second.joiners.erase(&connection);
        found->second.lacking.erase(&connection);
        return;
    }
    if (found->second.stage != Stage::Alone)
        context_.link.unsubscribe(topic);
    byTopic_.erase(found);
}

bool ClusterChannels::isLive(const std::string &topic) const {
    const auto found = byTopic_.find(topic);
    return found != byTopic_.end() && found->second.stage == Stage::Live;
}

bool ClusterChannels::isDeafSinceReturn(const std::string &topic) const {
    const auto found = byTopic_.find(topic);
    return found != byTopic_.end() && found->second.isReturning &&
           found->second.stage == Stage::Subscribing;
}

std::optional<std::size_t> ClusterChannels::userCount(const Application &application,
                                                      std::string_view name) {
    const auto found = byTopic_.find(ClusterContext::topicOf(application, name));
    if (found == byTopic_.end())
        return std::nullopt;
    return found->second.members.count();
}

void ClusterChannels::subscribed(const std::string &topic) {
    const auto found = byTopic_.find(topic);
    if (found != byTopic_.end() && found->second.stage == Stage::Subscribing)
        sync(topic, found->second);
}

void ClusterChannels::sync(const std::string &topic, Shared &shared) {
    shared.stage = Stage::Syncing;
    shared.generation = ++lastTurn_;
    shared.awaited = 1;
    shared.changes.clear();
    shared.isCacheFresh = false;
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
    if (shared.isCacheFresh)
        return; // what was delivered meanwhile is as new, or newer
    const std::string &value = reply.at(0).text;
    const std::size_t first = value.find('\n');
    const std::size_t second = value.find('\n', first + 1);
    ChannelCache &cache = shared.application->cache();
    const auto maximum = static_cast<std::size_t>(shared.application->settings().cacheMaxChannels);
    const std::int64_t now = context_.milliseconds();
    if (second == std::string::npos) { // nothing: what is remembered here is out of date
        cache.store(shared.name, {"", "", now - 1}, maximum, now);
        return;
    }
    shared.cachedId = value.substr(0, first);
    shared.lacking = confirmedIn(shared);
    cache.store(shared.name,
                {value.substr(first + 1, second - first - 1), value.substr(second + 1),
                 now + reply.at(1).number},
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
                if (find(topic, generation) == still) // else nobody is left of those refused
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
    for (const MemberChange &change : std::exchange(shared.changes, {}))
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
    auto change = parseMemberChange(payload);
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

void ClusterChannels::apply(const std::string &topic, Shared &shared, const MemberChange &change) {
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

std::size_t ClusterChannels::publishCached(const std::string &topic, std::string_view id,
                                           CachedEvent event, const Frame &frame,
                                           const Connection *except) {
    const auto found = byTopic_.find(topic);
    if (found == byTopic_.end())
        return 0; // nobody here; whoever comes asks Redis
    Shared &shared = found->second;
    Channel *channel = shared.application->channels().find(shared.name);
    const bool isFetched = shared.cachedId == id;
    const Subscribers lacking = std::exchange(shared.lacking, {});
    shared.isCacheFresh = true;
    if (!isFetched) {
        const App &app = shared.application->settings();
        const std::int64_t now = context_.milliseconds();
        event.expiresAt = now + app.cacheSeconds * 1000;
        shared.application->cache().store(shared.name, std::move(event),
                                          static_cast<std::size_t>(app.cacheMaxChannels), now);
        if (shared.joiners.empty())
            return channel->publish(frame, except);
    }
    std::size_t count = 0;
    channel->forEachSubscriber([&](Connection &connection) {
        if (&connection == except || shared.joiners.contains(&connection) ||
            (isFetched && !lacking.contains(&connection)))
            return;
        connection.send(frame);
        count++;
    });
    return count;
}

bool ClusterChannels::isSettled() const {
    return std::all_of(byTopic_.begin(), byTopic_.end(),
                       [](const auto &entry) { return entry.second.stage == Stage::Live; });
}

bool ClusterChannels::isQuiet() const {
    return isSettled() && std::all_of(byTopic_.begin(), byTopic_.end(), [](const auto &entry) {
               return entry.second.joiners.empty();
           });
}

std::vector<ClusterState::Channel> ClusterChannels::state() const {
    std::vector<ClusterState::Channel> channels;
    for (const auto &[topic, shared] : byTopic_) {
        channels.push_back({shared.application->settings().id,
                            shared.name,
                            shared.members.version(),
                            {},
                            shared.cachedId,
                            {}});
        shared.members.forEach(
            [&](const Member &member) { channels.back().members.push_back(member); });
        for (const Connection *connection : shared.lacking)
            channels.back().lacking.push_back(connection->socketId());
    }
    return channels;
}

bool ClusterChannels::resume(const std::vector<ClusterState::Channel> &channels) {
    bool isWhole = true;
    for (const ClusterState::Channel &state : channels) {
        Application *application = context_.applications.findById(state.appId);
        Channel *channel =
            application != nullptr ? application->channels().find(state.name) : nullptr;
        if (channel == nullptr) {
            isWhole = false;
            continue;
        }
        Shared &shared = byTopic_[ClusterContext::topicOf(*application, state.name)];
        shared.application = application;
        shared.name = state.name;
        shared.stage = context_.isUp() ? Stage::Live : Stage::Alone;
        shared.generation = ++lastTurn_;
        shared.cachedId = state.cachedId;
        shared.members.resume(state.version, state.members);
        for (const std::string &socketId : state.lacking)
            shared.lacking.insert(context_.applications.findConnection(*application, socketId));
        if (context_.isUp() && channel->presence() != nullptr)
            channel->presence()->forEachUser([&](std::string_view user, std::string_view) {
                shared.told[std::string(user)] = {shared.generation, state.version};
            });
    }
    return isWhole;
}

void ClusterChannels::up() {
    for (auto &[topic, shared] : byTopic_) {
        shared.stage = Stage::Subscribing;
        shared.isReturning = true;
        shared.generation = ++lastTurn_;
        shared.told.clear();
        context_.link.subscribe(topic);
    }
}

void ClusterChannels::down() {
    for (auto &[topic, shared] : byTopic_) {
        shared.stage = Stage::Alone;
        shared.generation = ++lastTurn_;
        shared.told.clear();
        for (const auto &[connection, userId] : std::exchange(shared.joiners, {}))
            joinAlone(shared, *connection, userId);
    }
}

void ClusterChannels::flush() {
    for (const std::string &topic : std::exchange(releasing_, {}))
        if (const auto found = byTopic_.find(topic); found != byTopic_.end())
            release(found->second);
}

void ClusterChannels::joinAlone(Shared &shared, Connection &connection, const std::string &userId) {
    if (!userId.empty()) {
        const Member member = memberOf(shared, userId);
        if (shared.members.add(member))
            if (Channel *channel = shared.application->channels().find(shared.name))
                channel->publish(textFrame(PusherProtocol::memberAdded(shared.name, member)),
                                 &connection);
    }
    confirm(shared, connection);
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

/// Confirms those for whom all is there.
void ClusterChannels::release(Shared &shared) {
    if (shared.stage != Stage::Live)
        return;
    const auto isReady = [&](const std::string &userId) {
        if (userId.empty())
            return true;
        const auto told = shared.told.find(userId);
        return told != shared.told.end() && told->second.version &&
               shared.members.version() >= *told->second.version;
    };
    for (auto joiner = shared.joiners.begin(); joiner != shared.joiners.end();) {
        if (!isReady(joiner->second)) {
            ++joiner;
            continue;
        }
        confirm(shared, *joiner->first);
        joiner = shared.joiners.erase(joiner);
    }
}

void ClusterChannels::confirm(Shared &shared, Connection &connection) {
    Membership::confirm(connection, shared.name,
                        ChannelRules::isPresence(shared.name)
                            ? PusherProtocol::presenceSucceeded(shared.name, shared.members.count(),
                                                                shared.members.lists())
                            : PusherProtocol::subscriptionSucceeded(shared.name),
                        context_.milliseconds());
}

void ClusterChannels::tellAdded(Shared &shared, const Member &member) {
    tell(shared, PusherProtocol::memberAdded(shared.name, member));
}

void ClusterChannels::tellRemoved(Shared &shared, const std::string &userId) {
    tell(shared, PusherProtocol::memberRemoved(shared.name, userId));
}

/// To those who have been given the list.
void ClusterChannels::tell(Shared &shared, const std::string &text) {
    Channel *channel = shared.application->channels().find(shared.name);
    if (channel == nullptr)
        return;
    const Frame frame = textFrame(text);
    channel->forEachSubscriber([&](Connection &connection) {
        if (!shared.joiners.contains(&connection))
            connection.send(frame);
    });
}

Member ClusterChannels::memberOf(Shared &shared, const std::string &userId) const {
    Member member{userId, ""};
    if (Channel *channel = shared.application->channels().find(shared.name))
        channel->presence()->forEachUser([&](std::string_view id, std::string_view info) {
            if (id == userId)
                member.userInfoJson = info;
        });
    return member;
}

ClusterChannels::Shared *ClusterChannels::find(const std::string &topic, std::uint64_t generation) {
    const auto found = byTopic_.find(topic);
    return found != byTopic_.end() && found->second.generation == generation ? &found->second
                                                                             : nullptr;
}

} // namespace pregon
