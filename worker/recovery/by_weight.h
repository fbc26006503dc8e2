// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace pregon {

/// What a ByWeight holds: derive from it. Take it out before it dies.
class WeightHook {
  public:
    WeightHook() = default;
    WeightHook(const WeightHook &) = delete;
    WeightHook &operator=(const WeightHook &) = delete;

    std::size_t weight() const { return weight_; }

  private:
    template <class>
    friend class ByWeight;

    WeightHook *previous_ = nullptr;
    WeightHook *next_ = nullptr;
    std::size_t weight_ = 0;
};

/// Finds one of the heaviest of many things that change their weight all the time: at least four
/// fifths as heavy as the heaviest. All operations O(1); allocates nothing.
template <class Item>
class ByWeight {
  public:
    /// Puts the item in, or where its new weight belongs. A weight of 0 takes it out.
    void weigh(Item &item, std::size_t weight) {
        WeightHook &hook = item;
        if (hook.weight_ != 0)
            unlink(hook);
        hook.weight_ = weight;
        if (weight != 0)
            link(hook);
    }
    /// Null if nothing is in.
    Item *heaviest() const {
        for (std::size_t i = first_.size(); i-- > 0;)
            if (first_[i] != nullptr)
                return static_cast<Item *>(first_[i]);
        return nullptr;
    }

  private:
    /// Four classes for each power of two.
    static std::size_t classOf(std::size_t weight) {
        const auto power = static_cast<std::size_t>(std::bit_width(weight)) - 1;
        return power < 2 ? power : power * 4 + ((weight >> (power - 2)) & 3);
    }
    void link(WeightHook &hook) {
        WeightHook *&first = first_[classOf(hook.weight_)];
        hook.previous_ = nullptr;
        hook.next_ = first;
        if (first != nullptr)
            first->previous_ = &hook;
        first = &hook;
    }
    void unlink(WeightHook &hook) {
        (hook.previous_ != nullptr ? hook.previous_->next_ : first_[classOf(hook.weight_)]) =
            hook.next_;
        if (hook.next_ != nullptr)
            hook.next_->previous_ = hook.previous_;
    }

    std::array<WeightHook *, 64 * 4> first_{}; ///< of each class
};

} // namespace pregon
