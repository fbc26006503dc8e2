#include "worker/membership.h"

#include "worker/pusher_protocol.h"

namespace pregon::Membership {
namespace {

void leavePresence(Application &application, Channel &channel, const Connection &connection) {
    if (channel.presence() == nullptr)
        return;
    const auto gone = channel.presence()->leave(connection);
    if (!gone)
        return;
    channel.publish(textFrame(PusherProtocol::memberRemoved(channel.name(), *gone)), &connection);
    application.events().memberRemoved(channel.name(), *gone);
}

void leave(Subscription &subscription) {
    Application &application = *subscription.connection.application();
    Channel &channel = subscription.channel;
    leavePresence(application, channel, subscription.connection);
    const std::string name = channel.name();
    const bool isLast = channel.subscriberCount() == 1;
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
    if (known == nullptr)
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
    connection.send(textFrame(PusherProtocol::subscriptionSucceeded(name)));
    replayCached(connection, name, now);
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
    if (channel.presence()->join(connection, member)) {
        channel.publish(textFrame(PusherProtocol::memberAdded(name, member)), &connection);
        application.events().memberAdded(name, member.userId);
    }
    connection.send(textFrame(PusherProtocol::presenceSucceeded(name, *channel.presence())));
    replayCached(connection, name, now);
}

void leave(Connection &connection, std::string_view name) {
    Channel *channel = connection.application()->channels().find(name);
    if (channel == nullptr)
        return;
    if (Subscription *subscription = ChannelRegistry::subscriptionOf(connection, *channel))
        leave(*subscription);
}

void leaveAll(Connection &connection) {
    while (!connection.subscriptions.empty())
        leave(*connection.subscriptions.begin());
}

} // namespace pregon::Membership
