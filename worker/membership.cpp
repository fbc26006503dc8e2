#include "worker/membership.h"

#include "worker/pusher_protocol.h"

namespace pregon::Membership {
namespace {

void leavePresence(Channel &channel, const Connection &connection) {
    if (channel.presence() == nullptr)
        return;
    if (const auto gone = channel.presence()->leave(connection))
        channel.publish(textFrame(PusherProtocol::memberRemoved(channel.name(), *gone)),
                        &connection);
}

void leave(Subscription &subscription) {
    leavePresence(subscription.channel, subscription.connection);
    subscription.connection.application()->channels().unsubscribe(subscription);
}

} // namespace

void join(Connection &connection, std::string_view channel) {
    connection.application()->channels().subscribe(connection, channel);
    connection.send(textFrame(PusherProtocol::subscriptionSucceeded(channel)));
}

void join(Connection &connection, std::string_view name, const Member &member) {
    Channel &channel = connection.application()->channels().subscribe(connection, name);
    const auto known = channel.presence()->userOf(connection);
    if (known && *known != member.userId)
        leavePresence(channel, connection);
    if (channel.presence()->join(connection, member))
        channel.publish(textFrame(PusherProtocol::memberAdded(name, member)), &connection);
    connection.send(textFrame(PusherProtocol::presenceSucceeded(name, *channel.presence())));
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
        leave(*connection.subscriptions.back());
}

} // namespace pregon::Membership
