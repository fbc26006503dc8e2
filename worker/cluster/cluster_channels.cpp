// SPDX-License-Identifier: MIT

// clang-format off
// A channel that has subscribers here, as Stage tells it:
//
//                 first subscriber, Redis is there           Redis confirms SUBSCRIBE
//     (none) ─────────────────────────────────▶ Subscribing ─────────────────────────▶ Syncing
//       │ ▲                                        ▲   │                                │  ▲ │
//       │ │ last subscriber leaves                 │   │ the link is lost               │  └─┘ a gap
//       │ │ (from every stage)            the link │   ▼                                │      in the
//       │ └──────────────────────────────  is back └─ Alone ◀───────────────────────────┤      changes
//       │                                              ▲       the link is lost         │
//       └──────────────────────────────────────────────┤                                ▼
//          first subscriber, Redis is away             └───────────────────────────── Live
//                                                              the link is lost
//
// Alone        Subscribers are confirmed at once; members and events are this worker's own.
// Subscribing  Nobody new is confirmed: Redis may not send yet what others publish.
// Syncing      Everything is heard. What Redis knows, the members and the cached event, is on its
//              way; changes that are announced meanwhile wait (`changes`) and are applied behind it.
// Live         A subscriber of a public or private channel is confirmed at once, one of a presence
//              channel when the copy of the members contains its own join (`release`).
// clang-format on

#include "worker/cluster/cluster_channels.h"

#include "worker/channels/membership.h"
#include "worker/protocol/pusher_protocol.h"

#include <algorithm>
#include <utility>

namespace pregon {

void ClusterChannels::joined(Connection &connection, Channel &channel, const Member *member) {
    Application &application = *connection.application();
    const std::string topic = ClusterContext::topicOf(application, channel.name());
    const auto [place, isNew] = byTopic_.try_emplace(topic);
    Shared &shared = place->second;
    if (isNew) {
        shared.application = &application;
        shared.name = channel.name();
        if (kept_.erase(topic) > 0) {
            sync(topic, shared); // Redis has never stopped sending
        } else if (context_.isUp()) {
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

void ClusterChannels::memberLeft(Connection &connection, Channel &channel,
                                 const std::string &userId) {
    Application &application = *connection.application();
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
    const bool isHeard =
        found->second.stage == Stage::Syncing || found->second.stage == Stage::Live;
    if (isHeard && application.recovery().wants(name))
        kept_.insert(topic);
    else if (found->second.stage != Stage::Alone)
        context_.link.unsubscribe(topic);
    byTopic_.erase(found);
}

void ClusterChannels::ringIsDropped(const Application &application, const std::string &name) {
    const std::string topic = ClusterContext::topicOf(application, name);
    if (kept_.erase(topic) > 0 && context_.isUp())
        context_.link.unsubscribe(topic);
}

void ClusterChannels::resumeKept(const std::vector<std::string> &topics) {
    if (context_.isUp())
        kept_.insert(topics.begin(), topics.end());
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
    if (found == byTopic_.end() || found->second.stage != Stage::Subscribing)
        return;
    found->second.application->recovery().breakRing(found->second.name); // what was before is lost
    sync(topic, found->second);
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
                            shared.cachedVersion,
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
        shared.cachedVersion = state.cachedVersion;
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
        shared.cachedVersion = 0; // Redis may have lost its versions
        shared.generation = ++lastTurn_;
        shared.told.clear();
        context_.link.subscribe(topic);
    }
}

void ClusterChannels::down() {
    kept_.clear();
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
