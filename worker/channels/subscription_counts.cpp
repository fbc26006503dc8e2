// SPDX-License-Identifier: MIT
#include "worker/channels/subscription_counts.h"

#include "worker/channels/application.h"
#include "worker/protocol/pusher_protocol.h"

namespace pregon {

void SubscriptionCounts::changed(Application &application, Channel &channel) {
    counted(application, channel, channel.subscriberCount());
}

void SubscriptionCounts::counted(Application &application, Channel &channel, std::size_t total) {
    if (!application.settings().subscriptionCount || channel.presence() != nullptr)
        return;
    if (total <= kSmall) {
        if (const auto known = large_.find(channel.name()); known != large_.end())
            known->second.told = known->second.total = total;
        tell(application, channel, total);
        return;
    }
    const auto [entry, isNew] = large_.try_emplace(channel.name());
    entry->second.total = total;
    if (!isNew && now_ - entry->second.toldAt < kSeconds)
        return; // tick tells, if it is still another number then
    entry->second = {total, total, now_};
    tell(application, channel, total);
}

void SubscriptionCounts::tick(Application &application) {
    now_++;
    if (!application.settings().subscriptionCount) {
        large_.clear();
        return;
    }
    for (auto &[name, large] : large_) {
        Channel *channel = application.channels().find(name);
        if (channel == nullptr || now_ - large.toldAt < kSeconds || large.total == large.told)
            continue;
        large = {large.total, large.total, now_};
        tell(application, *channel, large.total);
    }
}

std::vector<SubscriptionCounts::Told> SubscriptionCounts::told() const {
    std::vector<Told> told;
    for (const auto &[name, large] : large_)
        told.push_back({name, large.told, large.total, now_ - large.toldAt});
    return told;
}

void SubscriptionCounts::resume(const std::vector<Told> &told) {
    for (const Told &one : told)
        large_[one.channel] = {static_cast<std::size_t>(one.told),
                               static_cast<std::size_t>(one.total), now_ - one.seconds};
}

void SubscriptionCounts::tell(Application &application, Channel &channel, std::size_t total) {
    channel.publish(textFrame(PusherProtocol::subscriptionCount(channel.name(), total)));
    application.events().subscriptionCounted(channel.name(), total);
}

} // namespace pregon
