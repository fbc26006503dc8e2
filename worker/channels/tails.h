// SPDX-License-Identifier: MIT
#pragma once

#include "shared/ipc/ipc_message.h"
#include "shared/result.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace pregon {

class Tails;

/// One watcher of events: what it wants to see, and what waits for it, at most kMaxQueued bytes. An
/// event that has no room is counted instead, and the next that has tells how many are missing.
class Tail {
  public:
    static constexpr std::size_t kMaxQueued = 512 << 10;

    Tail(Tails &tails, TailRequest request, std::uint32_t requestId, std::function<void()> filled);
    ~Tail();
    Tail(const Tail &) = delete;

    const TailRequest &request() const { return request_; }
    std::uint32_t requestId() const { return requestId_; }
    bool hasQueued() const { return !queued_.empty() || dropped_ > 0; }
    /// All frames that wait, with what is to be told of those that were dropped.
    std::string waiting() const;
    /// The frames that wait, and takes them off the queue.
    std::string take();

  private:
    friend class Tails;
    std::string droppedFrame() const;
    void offer(const TailEvent &event);

    Tails &tails_;
    TailRequest request_;
    std::uint32_t requestId_;
    std::function<void()> filled_;
    std::string queued_; ///< whole frames
    std::uint32_t dropped_ = 0;
};

/// The requests of `pregonctl tail` that watch events. Without any, an event costs one check of
/// isWatched.
class Tails {
  public:
    static constexpr std::size_t kMaxTails = 16;

    bool isWatched() const { return !tails_.empty(); }
    /// Queues the event for every request that wants it.
    void offer(const TailEvent &event);
    /// Watches until it is destroyed, which must be before this. `filled` is called when something
    /// waits where nothing did. TooLarge: kMaxTails watch already.
    Result<std::unique_ptr<Tail>> add(TailRequest request, std::uint32_t requestId,
                                      std::function<void()> filled);

  private:
    friend class Tail;
    std::vector<Tail *> tails_;
};

} // namespace pregon
