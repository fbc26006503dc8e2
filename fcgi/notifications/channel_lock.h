// SPDX-License-Identifier: MIT
#pragma once

#include "shared/result.h"
#include "shared/unix_socket.h"

#include <chrono>
#include <string>
#include <string_view>

namespace pregon {

/// Whose turn it is to publish to a channel, among the threads and processes that share one SQLite
/// file: SQLite has one lock for everything, which must not be held while the worker is asked. A
/// byte of `FILE-outbox` stands for the channel (now and then for two), locked by fcntl: the kernel
/// takes the lock back from a process that dies. It has the group and mode of FILE. For one thread;
/// another thread needs another one.
class ChannelLock {
  public:
    explicit ChannelLock(std::string databaseFile)
        : path_(databaseFile + "-outbox"), databaseFile_(std::move(databaseFile)) {}

    using Time = std::chrono::steady_clock::time_point;
    enum class Patience { UntilFree, None };
    /// A process that holds the lock for longer is stopped, or waits for a worker that is.
    static constexpr std::chrono::seconds kLongestWait{1};
    /// True: locked until `release`. False: another process or thread has the lock; with
    /// Patience::UntilFree only after kLongestWait, or at `until` if that is earlier. Unavailable:
    /// the file cannot be made.
    Result<bool> acquire(std::string_view channel, Patience patience, Time until = Time::max());
    void release();

  private:
    Result<Done> openIfNeeded();
    Result<bool> tryToLock(std::string_view channel);

    std::string path_, databaseFile_;
    UniqueFd file_;
};

} // namespace pregon
