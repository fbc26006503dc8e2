// SPDX-License-Identifier: MIT
#pragma once

#include "shared/protocol/channel_rules.h"
#include "worker/channels/connection.h"
#include "worker/channels/presence.h"

#include <memory>
#include <string>
#include <vector>

namespace pregon {

/// One channel that has at least one subscriber. Owned by its ChannelRegistry.
class Channel {
  public:
    explicit Channel(std::string name)
        : name_(std::move(name)),
          presence_(ChannelRules::isPresence(name_) ? std::make_unique<Presence>() : nullptr) {}

    const std::string &name() const { return name_; }
    /// Null unless this is a presence channel.
    Presence *presence() { return presence_.get(); }

    std::size_t subscriberCount() const { return subscribers_.size(); }
    /// Queues the frame for every subscriber but `except`. Returns for how many.
    std::size_t publish(const Frame &frame, const Connection *except = nullptr) {
        std::size_t count = 0;
        for (const Place &place : subscribers_)
            if (place.connection != except) {
                place.connection->send(frame);
                count++;
            }
        return count;
    }

    /// Calls back with each subscriber; the callback must not change the channel.
    template <class Visit>
    void forEachSubscriber(Visit visit) {
        for (const Place &place : subscribers_)
            visit(*place.connection);
    }

  private:
    friend class ChannelRegistry;

    std::string name_;
    std::unique_ptr<Presence> presence_;
    struct Place {
        Connection *connection;
        Subscription *subscription;
    };
    std::vector<Place> subscribers_;
};

} // namespace pregon
