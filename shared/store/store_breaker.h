#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>

namespace pregon {

/// Whether a store is worth asking, for all threads of a process. After one of them could not reach
/// it, or had no word from it in time, nobody asks for kFirstPause, then twice as long each time up
/// to kLongestPause. Then one asks, and the others not before that one knows. Any thread.
class StoreBreaker {
  public:
    using Time = std::chrono::steady_clock::time_point;
    static constexpr std::chrono::milliseconds kFirstPause{100};
    static constexpr std::chrono::milliseconds kLongestPause{1600};
    /// Who asked first and said nothing for so long is forgotten.
    static constexpr std::chrono::seconds kLongestTrial{30};

    /// That of a store, as long as somebody has it.
    static std::shared_ptr<StoreBreaker> of(const std::string &url);

    enum class Permission {
        Granted,
        Trial, ///< the caller is the one who asks first: a report should follow
        Refused,
    };
    Permission ask(Time now = std::chrono::steady_clock::now());

    /// The store was reached, and answered.
    void answered() {
        if (isOpen_)
            close();
    }
    /// It was not. With Permission::Granted it counts only if nobody has told before.
    void failed(Permission permission, Time now = std::chrono::steady_clock::now());
    /// Something went wrong that tells nothing about the store: somebody else may ask.
    void undecided(Permission permission);

  private:
    void close();

    std::atomic<bool> isOpen_ = false; ///< as an electric breaker is: nothing passes
    std::mutex mutex_;                 ///< for the rest
    Time notBefore_{};
    Time triedSince_ = Time::min(); ///< min: nobody asks
    std::chrono::milliseconds pause_ = kFirstPause;
};

} // namespace pregon
