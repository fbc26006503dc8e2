// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>

namespace pregon {

/// Decides for all threads of a process whether to use a store. After a thread could not reach the
/// store, or had no answer in time, no thread uses it for kFirstPause, then for twice as long each
/// time up to kLongestPause. Then one thread tries, and the others wait for its result. Any thread.
class StoreBreaker {
  public:
    using Time = std::chrono::steady_clock::time_point;
    static constexpr std::chrono::milliseconds kFirstPause{100};
    static constexpr std::chrono::milliseconds kLongestPause{1600};
    /// A trial without a report for this long is forgotten.
    static constexpr std::chrono::seconds kLongestTrial{30};

    /// The breaker of a store, shared by all its users.
    static std::shared_ptr<StoreBreaker> of(const std::string &url);

    enum class Permission {
        Granted,
        Trial, ///< the caller makes the trial and should report its result
        Refused,
    };
    Permission ask(Time now = std::chrono::steady_clock::now());

    /// The store was reached, and answered.
    void answered() {
        if (isOpen_)
            close();
    }
    /// It was not. With Permission::Granted only the first report counts.
    void failed(Permission permission, Time now = std::chrono::steady_clock::now());
    /// Something went wrong that says nothing about the store: another thread may try.
    void undecided(Permission permission);

  private:
    void close();

    std::atomic<bool> isOpen_ = false; ///< as an electric breaker is: nothing passes
    std::mutex mutex_;                 ///< for the rest
    Time notBefore_{};
    Time triedSince_ = Time::min(); ///< min: no trial
    std::chrono::milliseconds pause_ = kFirstPause;
};

} // namespace pregon
