#pragma once

#include "shared/result.h"
#include "shared/unix_socket.h"

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

    enum class Patience { UntilFree, None };
    /// True: ours until `release`. False, only with Patience::None: somebody else's. Unavailable:
    /// the file cannot be made.
    Result<bool> acquire(std::string_view channel, Patience patience);
    void release();

  private:
    Result<Done> openIfNeeded();

    std::string path_, databaseFile_;
    UniqueFd file_;
};

} // namespace pregon
