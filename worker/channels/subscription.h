// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>

namespace pregon {

class Channel;
class Connection;

/// Membership of one connection in one channel. Owned by the ChannelRegistry, which makes and ends
/// it; linked into the connection's list and known to the channel by its place there, so that
/// leaving is O(1) however large either is.
struct Subscription {
    Connection &connection;
    Channel &channel;
    std::uint32_t placeInChannel = 0;
    Subscription *previous = nullptr; ///< in the connection's list
    Subscription *next = nullptr;
};

/// The memberships of one connection, the earliest first. Does not own them. A list of more than
/// kIndexedFrom has an index by channel, so that `find` costs the same however long the list is.
class SubscriptionList {
  public:
    static constexpr std::size_t kIndexedFrom = 32;

    class Iterator {
      public:
        explicit Iterator(Subscription *at) : at_(at) {}
        Subscription &operator*() const { return *at_; }
        Iterator &operator++() {
            at_ = at_->next;
            return *this;
        }
        bool operator==(const Iterator &) const = default;

      private:
        Subscription *at_;
    };

    bool empty() const { return first_ == nullptr; }
    std::size_t size() const { return count_; }
    Iterator begin() const { return Iterator(first_); }
    Iterator end() const { return Iterator(nullptr); }

    void add(Subscription &subscription) {
        subscription.previous = last_;
        (last_ != nullptr ? last_->next : first_) = &subscription;
        last_ = &subscription;
        count_++;
        if (index_ != nullptr)
            index_->emplace(&subscription.channel, &subscription);
        else if (count_ > kIndexedFrom)
            makeIndex();
    }
    void remove(Subscription &subscription) {
        (subscription.previous != nullptr ? subscription.previous->next : first_) =
            subscription.next;
        (subscription.next != nullptr ? subscription.next->previous : last_) =
            subscription.previous;
        count_--;
        if (index_ != nullptr)
            index_->erase(&subscription.channel);
        if (count_ == 0)
            index_.reset();
    }

    /// The membership in that channel; null if there is none.
    Subscription *find(const Channel &channel) const {
        if (index_ != nullptr) {
            const auto found = index_->find(&channel);
            return found != index_->end() ? found->second : nullptr;
        }
        for (Subscription &subscription : *this)
            if (&subscription.channel == &channel)
                return &subscription;
        return nullptr;
    }

  private:
    using Index = std::unordered_map<const Channel *, Subscription *>;

    void makeIndex() {
        index_ = std::make_unique<Index>();
        for (Subscription &subscription : *this)
            index_->emplace(&subscription.channel, &subscription);
    }

    Subscription *first_ = nullptr;
    Subscription *last_ = nullptr;
    std::uint32_t count_ = 0;
    std::unique_ptr<Index> index_; ///< null while the list is short
};

} // namespace pregon
