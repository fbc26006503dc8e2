// SPDX-License-Identifier: MIT
#pragma once

#include "fcgi/http/record_walk.h"
#include "shared/unix_socket.h"

#include <chrono>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace pregon {

/// Incomplete requests (Apache passes a body on as slowly as its client sends it), collected by one
/// thread for all connections, so that they hold no thread of the pool. A request that is not
/// complete kPatience after its beginning is rejected; above kMaxBytes in all, the oldest ones are.
class RequestCollector {
  public:
    using Time = std::chrono::steady_clock::time_point;
    static constexpr std::chrono::seconds kPatience{30};
    static constexpr std::chrono::seconds kPatienceAtEnd{5}; ///< after `hurry`
    static constexpr std::size_t kMaxBytes = 64 << 20;
    static constexpr std::size_t kMaxHeadBytes = 256 << 10;

    explicit RequestCollector(std::size_t maxBodySize) : maxSize_(maxBodySize + kMaxHeadBytes) {}

    /// Watches by this epoll from now on, whose events belong to collectMore. False: it cannot.
    bool open(int epoll);
    /// Readable while `take` has something to give.
    int ready() const { return ready_.get(); }

    struct Collected {
        int connection = -1; ///< the caller's
        std::string bytes;   ///< the whole request, or the part that had come when it was rejected
        bool wasCut = false; ///< to make room
    };

    // --- Of any thread
    /// Whether a whole request has come on the connection, or something that is to be judged at
    /// once. Reads nothing.
    static bool hasWhole(int connection);
    /// The connection is ours until `take` gives it.
    void add(int connection, Time now);
    std::optional<Collected> take();

    // --- Of the thread that waits on the epoll
    /// False: the descriptor does not belong to this object.
    bool collectMore(int connection);
    void giveUpLate(Time now);
    /// How long until giveUpLate has something to do; nullopt: nothing is collected.
    std::optional<std::chrono::milliseconds> timeLeft(Time now);
    bool isEmpty();
    /// The process ends: the deadline of each request is shorter from now on.
    void hurry(Time now);

  private:
    struct Collecting {
        Time since;
        std::string bytes{};
        RecordWalk walk{};
    };
    using Connections = std::unordered_map<int, Collecting>;
    void handOver(Connections::iterator found, bool wasCut);
    Connections::iterator longest();
    Time limitOf(Time since) const;

    const std::size_t maxSize_;
    int epoll_ = -1;
    UniqueFd ready_;
    std::mutex mutex_; ///< for the rest
    Connections collecting_;
    std::deque<std::pair<Time, int>> order_; ///< of `since`; with some that are collected no more
    std::deque<Collected> collected_;
    std::size_t bytes_ = 0; ///< of collecting_
    std::optional<Time> end_;
};

} // namespace pregon
