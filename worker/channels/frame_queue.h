// SPDX-License-Identifier: MIT
#pragma once

#include "shared/protocol/frame.h"

#include <array>
#include <cstdint>
#include <memory>

namespace pregon {

/// Frames that wait for one socket, first in, first out. The first few need no memory of their own,
/// and what a burst has taken is kept for the next one, up to kKept frames; an empty queue that had
/// to hold more gives it back. So neither an idle connection nor a steady stream costs an
/// allocation.
class FrameQueue {
  public:
    static constexpr std::uint32_t kInline = 2;
    static constexpr std::uint32_t kKept = 64;

    bool empty() const { return count_ == 0; }
    std::size_t size() const { return count_; }
    /// Counted from the front; `place` is less than size().
    const Frame &operator[](std::size_t place) const {
        return slots()[(first_ + place) & (capacity_ - 1)];
    }
    const Frame &front() const { return slots()[first_]; }

    void push(const Frame &frame) {
        if (count_ == capacity_)
            grow();
        slots()[(first_ + count_) & (capacity_ - 1)] = frame;
        count_++;
    }
    /// Of a queue that is not empty.
    void pop() {
        slots()[first_] = Frame();
        first_ = (first_ + 1) & (capacity_ - 1);
        if (--count_ == 0)
            rest();
    }
    void clear() {
        while (!empty())
            pop();
    }

  private:
    Frame *slots() { return many_ != nullptr ? many_.get() : few_.data(); }
    const Frame *slots() const { return many_ != nullptr ? many_.get() : few_.data(); }

    void grow() {
        auto more = std::make_unique<Frame[]>(2 * std::size_t{capacity_});
        for (std::uint32_t i = 0; i < count_; i++)
            more[i] = std::move(slots()[(first_ + i) & (capacity_ - 1)]);
        many_ = std::move(more);
        first_ = 0;
        capacity_ *= 2;
    }
    void rest() {
        first_ = 0;
        if (capacity_ <= kKept)
            return;
        many_.reset();
        capacity_ = kInline;
    }

    std::unique_ptr<Frame[]> many_; ///< null while few_ has room
    std::array<Frame, kInline> few_;
    std::uint32_t capacity_ = kInline; ///< a power of two
    std::uint32_t first_ = 0;
    std::uint32_t count_ = 0;
};

} // namespace pregon
