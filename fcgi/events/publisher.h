// SPDX-License-Identifier: MIT
#pragma once

#include "shared/ipc/worker_client.h"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace pregon {

/// Publishes for all threads over one connection to the worker. If no write is in progress, a
/// thread sends its event at once. Events that come while a thread waits for the worker's answer
/// leave together with the next write. So a single event is not delayed, and many events cost the
/// worker one read and one write. Threads may call it at the same time.
class Publisher {
  public:
    /// `patience` bounds how long an event may wait for its turn, and then for a worker that is
    /// away and for its answer.
    Publisher(std::vector<std::string> socketPaths, std::chrono::milliseconds patience)
        : patience_(patience),
          worker_(std::move(socketPaths), patience, WorkerClient::WhenAway::KeepTrying) {}

    /// Blocks until the worker has answered for all of them, which are delivered in their order.
    /// The first error among them, as WorkerClient::publish says; Unavailable also if it did not
    /// come to their turn in time: nothing was sent then.
    Result<Done> publish(const std::vector<PublishMessage> &messages);
    /// How many threads wait for the next write.
    std::size_t waiting();

  private:
    using Clock = std::chrono::steady_clock;
    struct Turn; ///< what one thread waits for; on its stack

    void send(const std::deque<Turn *> &turns);
    void end(Turn &turn, Result<Done> outcome);

    std::chrono::milliseconds patience_;
    WorkerClient worker_; ///< of the thread that sends
    std::mutex mutex_;    ///< of the rest
    std::deque<Turn *> waiting_;
    bool isLed_ = false; ///< a thread is sending, or about to
};

} // namespace pregon
