#include "worker/subscription_counts.h"

#include "worker/application.h"
#include "worker/pusher_protocol.h"

namespace pregon {

void SubscriptionCounts::changed(Application &application, Channel &channel) {
    if (!application.settings().subscriptionCount || channel.presence() != nullptr)
        return;
    if (channel.subscriberCount() <= kSmall) {
        if (const auto known = large_.find(channel.name()); known != large_.end())
            known->second.told = channel.subscriberCount();
        tell(application, channel);
        return;
    }
    const auto [entry, isNew] = large_.try_emplace(channel.name());
    if (!isNew && now_ - entry->second.toldAt < kSeconds)
        return; // tick tells, if it is still another number then
    entry->second = {channel.subscriberCount(), now_};
    tell(application, channel);
}

void SubscriptionCounts::tick(Application &application) {
    now_++;
    if (!application.settings().subscriptionCount) {
        large_.clear();
        return;
    }
    for (auto &[name, large] : large_) {
        Channel *channel = application.channels().find(name);
        if (channel == nullptr || now_ - large.toldAt < kSeconds ||
            channel->subscriberCount() == large.told)
            continue;
        large = {channel->subscriberCount(), now_};
        tell(application, *channel);
    }
}

void SubscriptionCounts::tell(Application &application, Channel &channel) {
    channel.publish(
        textFrame(PusherProtocol::subscriptionCount(channel.name(), channel.subscriberCount())));
    application.events().subscriptionCounted(channel.name(), channel.subscriberCount());
}

} // namespace pregon
