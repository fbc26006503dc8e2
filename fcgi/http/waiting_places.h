// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <utility>

namespace pregon {

/// Bounds the number of threads that handle requests which may wait for the store, a lock or the
/// application. The other threads are kept for requests that wait for nothing. A request without a
/// free place waits here, without a thread. Any thread.
template <class Request>
class WaitingPlaces {
  public:
    /// Three quarters of the threads, at least one; one thread is always kept, if there are two.
    static std::size_t placesOf(std::size_t threads) {
        return std::max<std::size_t>(1, threads * 3 / 4);
    }
    static constexpr std::size_t kMaxWaitingPerPlace = 64;
    static constexpr std::size_t kMaxWaitingBytes = 32 << 20;

    explicit WaitingPlaces(std::size_t places) : places_(places) {}

    enum class Turn {
        Now,   ///< the caller has a place, and must `leave` it
        Later, ///< the request is kept here
        Never, ///< too many wait already
    };
    /// Takes `request`, of that many bytes, only where it says Later.
    Turn enter(std::unique_ptr<Request> &request, std::size_t bytes) {
        const std::lock_guard lock(mutex_);
        if (taken_ < places_) {
            taken_++;
            return Turn::Now;
        }
        if (waiting_.size() >= places_ * kMaxWaitingPerPlace ||
            waitingBytes_ + bytes > kMaxWaitingBytes)
            return Turn::Never;
        waitingBytes_ += bytes;
        waiting_.emplace_back(std::move(request), bytes);
        return Turn::Later;
    }

    /// The request that has waited longest, for which the caller keeps its place; null: the place
    /// is given back.
    std::unique_ptr<Request> leave() {
        const std::lock_guard lock(mutex_);
        if (waiting_.empty()) {
            taken_--;
            return nullptr;
        }
        auto [next, bytes] = std::move(waiting_.front());
        waiting_.pop_front();
        waitingBytes_ -= bytes;
        return std::move(next);
    }

  private:
    const std::size_t places_;
    std::mutex mutex_; ///< for the rest
    std::size_t taken_ = 0;
    std::size_t waitingBytes_ = 0;
    std::deque<std::pair<std::unique_ptr<Request>, std::size_t>>
        waiting_; ///< empty while a place is free
};

} // namespace pregon
