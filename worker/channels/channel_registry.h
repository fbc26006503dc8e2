// SPDX-License-Identifier: MIT
#pragma once

#include "worker/channels/bucket_walk.h"
#include "worker/channels/channel.h"
#include "worker/channels/keyed_set.h"

#include <memory>
#include <string>
#include <string_view>

namespace pregon {

/// One application's channels by name. A channel exists while it has subscribers.
class ChannelRegistry {
  public:
    ChannelRegistry() = default;
    ChannelRegistry(const ChannelRegistry &) = delete;
    /// Ends the subscriptions of connections that were destroyed before it without leaving: a
    /// worker that stops at once announces no leaving member.
    ~ChannelRegistry();

    /// Null if the channel has no subscriber.
    Channel *find(std::string_view name);
    bool isSubscribed(const Connection &connection, std::string_view name);

    /// Adds the connection if it is not in yet and returns the channel. Borrows `connection`: call
    /// `unsubscribe` for each of its channels before it dies, unless the registry dies next.
    Channel &subscribe(Connection &connection, std::string_view name);
    /// The same without looking whether it is in: for a connection that another worker had in it.
    Channel &resume(Connection &connection, std::string_view name);
    /// Removes one membership. The channel dies with its last one: do not use it afterwards.
    void unsubscribe(Subscription &subscription);

    /// Calls back with each channel, in no order; the callback must not change channels.
    template <class Visit>
    void forEach(Visit visit) {
        for (const auto &channel : channels_)
            visit(*channel);
    }
    /// Calls `visit` with some of the channels, see walkSome.
    template <class Visit>
    WalkPlace walk(WalkPlace from, Visit visit) {
        return walkSome(channels_, from, [&](const auto &entry) { return visit(*entry); });
    }
    /// False: a walk cannot go on there, it would begin anew.
    bool knows(WalkPlace place) const { return place.buckets == channels_.bucket_count(); }
    std::size_t channelCount() const { return channels_.size(); }

    /// The connection's membership in a channel; null if it has none.
    static Subscription *subscriptionOf(const Connection &connection, const Channel &channel);

  private:
    Channel &findOrMake(std::string_view name);
    Channel &enter(Connection &connection, Channel &channel);

    KeyedSet<std::unique_ptr<Channel>, &Channel::name> channels_;
};

} // namespace pregon
