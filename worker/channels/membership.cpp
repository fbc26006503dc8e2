#include "worker/channels/membership.h"

#include "worker/cluster/cluster.h"
#include "worker/protocol/pusher_protocol.h"

#include <limits>

namespace pregon::Membership {
namespace {

void leavePresence(Application &application, Channel &channel, Connection &connection) {
    if (channel.presence() == nullptr)
        return;
    const auto gone = channel.presence()->leave(connection);
    if (!gone)
        return;
    if (application.cluster != nullptr)
        return application.cluster->userLeft(channel, application, connection, *gone);
    channel.publish(textFrame(PusherProtocol::memberRemoved(channel.name(), *gone)), &connection);
    application.events().memberRemoved(channel.name(), *gone);
}

void leaveCluster(Subscription &subscription, const std::string &name, bool isLast) {
    Connection &connection = subscription.connection;
    Application &application = *connection.application();
    application.channels().unsubscribe(subscription);
    if (isLast)
        application.counts().forget(name);
    application.cluster->left(connection, name, isLast);
}

void leave(Subscription &subscription) {
    Application &application = *subscription.connection.application();
    Channel &channel = subscription.channel;
    leavePresence(application, channel, subscription.connection);
    const std::string name = channel.name();
    const bool isLast = channel.subscriberCount() == 1;
    if (application.cluster != nullptr)
        return leaveCluster(subscription, name, isLast);
    application.channels().unsubscribe(subscription);
    if (!isLast) {
        application.counts().changed(application, channel);
        return;
    }
    application.counts().forget(name);
    application.events().vacated(name);
}

/// The channel with this connection in it; says when it was empty or the connection new.
Channel &enter(Connection &connection, std::string_view name, bool &isNew) {
    Application &application = *connection.application();
    const Channel *known = application.channels().find(name);
    isNew = known == nullptr || ChannelRegistry::subscriptionOf(connection, *known) == nullptr;
    Channel &channel = application.channels().subscribe(connection, name);
    if (known == nullptr && application.cluster == nullptr) // the cluster knows when all are
        application.events().occupied(name);
    return channel;
}

void replayCached(Connection &connection, std::string_view name, std::int64_t now) {
    if (!ChannelRules::isCache(name))
        return;
    Application &application = *connection.application();
    if (const CachedEvent *cached = application.cache().find(name, now)) {
        connection.send(
            textFrame(PusherProtocol::channelEvent(name, cached->eventJson, cached->dataJson)));
        return;
    }
    connection.send(textFrame(PusherProtocol::cacheMiss(name)));
    application.events().cacheMissed(name);
}

} // namespace

void join(Connection &connection, std::string_view name, std::int64_t now) {
    bool isNew = false;
    Channel &channel = enter(connection, name, isNew);
    if (Cluster *cluster = connection.application()->cluster)
        return cluster->joined(connection, channel, nullptr);
    confirm(connection, name, PusherProtocol::subscriptionSucceeded(name), now);
    if (isNew)
        connection.application()->counts().changed(*connection.application(), channel);
}

void join(Connection &connection, std::string_view name, const Member &member, std::int64_t now) {
    Application &application = *connection.application();
    bool isNew = false;
    Channel &channel = enter(connection, name, isNew);
    const auto known = channel.presence()->userOf(connection);
    if (known && *known != member.userId)
        leavePresence(application, channel, connection);
    if (application.cluster != nullptr) {
        channel.presence()->join(connection, member);
        return application.cluster->joined(connection, channel, &member);
    }
    if (channel.presence()->join(connection, member)) {
        channel.publish(textFrame(PusherProtocol::memberAdded(name, member)), &connection);
        application.events().memberAdded(name, member.userId);
    }
    confirm(connection, name, PusherProtocol::presenceSucceeded(name, *channel.presence()), now);
}

void confirm(Connection &connection, std::string_view name, const std::string &succeeded,
             std::int64_t now) {
    const Frame answer = textFrame(succeeded);
    ChannelRules::isPresence(name) ? connection.sendList(answer) : connection.send(answer);
    replayCached(connection, name, now);
}

void expelFromFull(Connection &connection, const std::string &name) {
    leave(connection, name);
    connection.send(textFrame(PusherProtocol::error(PusherProtocol::kOverCapacity)));
    if (connection.application()->settings().emitSubscriptionError)
        connection.send(textFrame(PusherProtocol::presenceFull(name)));
}

void leave(Connection &connection, std::string_view name) {
    Channel *channel = connection.application()->channels().find(name);
    if (channel == nullptr)
        return;
    if (Subscription *subscription = ChannelRegistry::subscriptionOf(connection, *channel))
        leave(*subscription);
}

std::size_t leaveSome(Connection &connection, std::size_t most) {
    std::size_t left = 0;
    for (; left < most && !connection.subscriptions.empty(); left++)
        leave(*connection.subscriptions.begin());
    return left;
}

void leaveAll(Connection &connection) {
    leaveSome(connection, std::numeric_limits<std::size_t>::max());
}

} // namespace pregon::Membership
