#pragma once

#include <cstddef>
#include <cstdint>

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

/// The memberships of one connection, the earliest first. Owns nothing, allocates nothing.
class SubscriptionList {
  public:
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
    }
    void remove(Subscription &subscription) {
        (subscription.previous != nullptr ? subscription.previous->next : first_) =
            subscription.next;
        (subscription.next != nullptr ? subscription.next->previous : last_) =
            subscription.previous;
        count_--;
    }

  private:
    Subscription *first_ = nullptr;
    Subscription *last_ = nullptr;
    std::uint32_t count_ = 0;
};

} // namespace pregon
