#include "worker/channel_registry.h"

namespace pregon {

Channel *ChannelRegistry::find(std::string_view name) {
    const auto found = channels_.find(name);
    return found != channels_.end() ? found->second.get() : nullptr;
}

bool ChannelRegistry::isSubscribed(const Connection &connection, std::string_view name) {
    const Channel *channel = find(name);
    return channel != nullptr && subscriptionOf(connection, *channel) != nullptr;
}

Channel &ChannelRegistry::subscribe(Connection &connection, std::string_view name) {
    Channel *channel = find(name);
    if (channel == nullptr)
        channel = channels_.emplace(name, std::make_unique<Channel>(std::string(name)))
                      .first->second.get();
    if (subscriptionOf(connection, *channel) != nullptr)
        return *channel;
    auto subscription = std::make_unique<Subscription>(Subscription{
        connection, *channel, channel->subscribers_.size(), connection.subscriptions.size()});
    channel->subscribers_.push_back(subscription.get());
    connection.subscriptions.push_back(std::move(subscription));
    return *channel;
}

void ChannelRegistry::unsubscribe(Subscription &subscription) {
    Connection &connection = subscription.connection;
    Channel &channel = subscription.channel;
    const std::size_t inChannel = subscription.indexInChannel;
    const std::size_t inConnection = subscription.indexInConnection;

    // The last of each list takes the free place.
    channel.subscribers_[inChannel] = channel.subscribers_.back();
    channel.subscribers_[inChannel]->indexInChannel = inChannel;
    channel.subscribers_.pop_back();
    connection.subscriptions[inConnection].swap(connection.subscriptions.back());
    connection.subscriptions[inConnection]->indexInConnection = inConnection;
    connection.subscriptions.pop_back();

    if (channel.subscribers_.empty())
        channels_.erase(channels_.find(channel.name()));
}

Subscription *ChannelRegistry::subscriptionOf(const Connection &connection,
                                              const Channel &channel) {
    for (const auto &subscription : connection.subscriptions)
        if (&subscription->channel == &channel)
            return subscription.get();
    return nullptr;
}

} // namespace pregon
