// SPDX-License-Identifier: MIT
#include "worker/channels/channel_registry.h"

namespace pregon {

ChannelRegistry::~ChannelRegistry() {
    for (const auto &channel : channels_)
        for (const Channel::Place &place : channel->subscribers_)
            delete place.subscription;
}

Channel *ChannelRegistry::find(std::string_view name) {
    const auto found = channels_.find(name);
    return found != channels_.end() ? found->get() : nullptr;
}

bool ChannelRegistry::isSubscribed(const Connection &connection, std::string_view name) {
    const Channel *channel = find(name);
    return channel != nullptr && subscriptionOf(connection, *channel) != nullptr;
}

Channel &ChannelRegistry::subscribe(Connection &connection, std::string_view name) {
    Channel &channel = findOrMake(name);
    return subscriptionOf(connection, channel) != nullptr ? channel : enter(connection, channel);
}

Channel &ChannelRegistry::resume(Connection &connection, std::string_view name) {
    return enter(connection, findOrMake(name));
}

Channel &ChannelRegistry::findOrMake(std::string_view name) {
    Channel *channel = find(name);
    if (channel == nullptr)
        channel = channels_.insert(std::make_unique<Channel>(std::string(name))).first->get();
    return *channel;
}

Channel &ChannelRegistry::enter(Connection &connection, Channel &channel) {
    auto *subscription = new Subscription{connection, channel,
                                          static_cast<std::uint32_t>(channel.subscribers_.size())};
    channel.subscribers_.push_back({&connection, subscription});
    connection.subscriptions.add(*subscription);
    return channel;
}

void ChannelRegistry::unsubscribe(Subscription &subscription) {
    Channel &channel = subscription.channel;
    // The channel's last takes the free place.
    const std::uint32_t place = subscription.placeInChannel;
    channel.subscribers_[place] = channel.subscribers_.back();
    channel.subscribers_[place].subscription->placeInChannel = place;
    channel.subscribers_.pop_back();
    subscription.connection.subscriptions.remove(subscription);
    delete &subscription;

    if (channel.subscribers_.empty())
        channels_.erase(channels_.find(channel.name()));
}

Subscription *ChannelRegistry::subscriptionOf(const Connection &connection,
                                              const Channel &channel) {
    return connection.subscriptions.find(channel);
}

} // namespace pregon
