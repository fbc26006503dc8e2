// SPDX-License-Identifier: MIT
#include "worker/channels/membership.h"

#include "worker/protocol/pusher_protocol.h"

#include <limits>

namespace pregon::Membership {
namespace {

void leavePresence(Channel &channel, Connection &connection) {
    if (channel.presence() == nullptr)
        return;
    if (const auto gone = channel.presence()->leave(connection))
        connection.application()->neighbours().memberLeft(connection, channel, *gone);
}

void leave(Subscription &subscription) {
    Connection &connection = subscription.connection;
    Application &application = *connection.application();
    leavePresence(subscription.channel, connection);
    const std::string name = subscription.channel.name();
    const bool isLast = subscription.channel.subscriberCount() == 1;
    application.channels().unsubscribe(subscription);
    if (isLast)
        application.counts().forget(name);
    application.neighbours().left(connection, name, isLast);
}

/// With the connection in the channel.
Joining enter(Connection &connection, std::string_view name, std::int64_t now) {
    ChannelRegistry &channels = connection.application()->channels();
    const Channel *known = channels.find(name);
    const bool isNew =
        known == nullptr || ChannelRegistry::subscriptionOf(connection, *known) == nullptr;
    return {
        connection, channels.subscribe(connection, name), nullptr, known == nullptr, isNew, false,
        now};
}

/// What a page that has come back has missed in the channel, if it was kept.
Recovery::Told resume(Connection &connection, std::string_view name) {
    if (!connection.resumable)
        return Recovery::Told::Nothing;
    Application &application = *connection.application();
    std::string_view userId;
    Channel *channel = ChannelRules::isPresence(name) ? application.channels().find(name) : nullptr;
    if (channel != nullptr)
        userId = channel->presence()->userOf(connection).value_or(std::string_view());
    return application.recovery().subscribed(*connection.resumable, name, userId);
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
    connection.application()->neighbours().joined(enter(connection, name, now));
}

void join(Connection &connection, std::string_view name, const Member &member, std::int64_t now) {
    Joining joining = enter(connection, name, now);
    Presence &presence = *joining.channel.presence();
    const auto known = presence.userOf(connection);
    if (known && *known != member.userId)
        leavePresence(joining.channel, connection);
    joining.member = &member;
    joining.isNewMember = presence.join(connection, member);
    connection.application()->neighbours().joined(joining);
}

void confirm(Connection &connection, std::string_view name, const std::string &succeeded,
             std::int64_t now) {
    const Frame answer = textFrame(succeeded);
    ChannelRules::isPresence(name) ? connection.sendList(answer) : connection.send(answer);
    if (resume(connection, name) != Recovery::Told::Replay) // whose last event is the cached one
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
    if (connection.resumable)
        connection.application()->recovery().unsubscribed(*connection.resumable, name);
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
