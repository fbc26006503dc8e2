// SPDX-License-Identifier: MIT
#pragma once

#include "fcgi/notifications/key_expiry.h"
#include "fcgi/notifications/outbox_store.h"
#include "shared/clock.h"
#include "shared/ipc/worker_client.h"
#include "shared/keyed_hash.h"

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace pregon {

/// How long an OutboxRelay waits between two looks at the outbox.
struct OutboxIntervals {
    std::chrono::milliseconds sweep{1000}; ///< when all is well
    std::chrono::milliseconds retry{100};  ///< while the worker, its Redis or the database is away
};

/// Publishes the outbox entries that nobody delivered, in a thread of its own: what a killed
/// process left behind, be it this one or another one with the same database, and what request
/// threads could not publish. Each entry is published at least once: again, if a process is killed
/// before it has told the outbox.
///
/// While the worker's Redis is away, entries reach that worker's clients only (Errc::Degraded). All
/// are published so, once; the oldest is tried again and again, and when it succeeds, all are
/// published again, in their order, for the clients of the other workers.
class OutboxRelay {
  public:
    using OpenDatabase = std::function<Result<Database>()>;
    using MakeWorkerClient = std::function<WorkerClient()>;

    /// The functions are called in the relay's thread; what they give is used in that thread only.
    /// Borrows the clock.
    OutboxRelay(OpenDatabase openDatabase, MakeWorkerClient makeWorkerClient, const Clock &clock,
                std::string appId, OutboxIntervals intervals = {});
    ~OutboxRelay() { stop(); }

    /// Starts the thread, which looks at the outbox first. Once only.
    void start();
    /// Has it look at the outbox now: an entry is committed and could not be published, or these
    /// were published and could not be taken out. Any thread.
    void wake(const std::vector<std::string> &publishedIds = {});
    /// True from `wake` on until the outbox is empty again. Who stores an entry then leaves it to
    /// the relay instead of asking the worker too: a worker that does not answer holds up one
    /// thread, not all. Any thread.
    bool isBehind();
    /// Ends and joins the thread, after the one question to the worker that may be under way (the
    /// WorkerClient's patience). What is left in the outbox is for the next start.
    void stop();

  private:
    void run();
    void sleep(bool hasDelivered);
    bool isStopping();
    bool sweep();
    Result<bool> isRedisStillAway(OutboxStore &outbox, const std::string &channel);
    Result<Done> drainChannel(OutboxStore &outbox, const OutboxStore::PendingChannel &channel);
    Result<Done> publishOnce(const OutboxEntry &entry);
    Result<Done> drainAll();
    Result<Done> openDatabaseIfNeeded();

    OpenDatabase openDatabase_;
    MakeWorkerClient makeWorkerClient_;
    std::string appId_;
    const OutboxIntervals intervals_;

    std::mutex mutex_; ///< for these five
    std::condition_variable changed_;
    bool isStopping_ = false;
    bool isWoken_ = false;
    bool isBehind_ = false;
    std::set<std::string> publishedIds_; ///< in the outbox still

    std::optional<Database> database_; ///< this and the rest: the relay's thread only
    std::optional<WorkerClient> worker_;
    /// By channel, while Redis is away: the clients of one worker have had all up to this id.
    TextMap<std::int64_t> hadHere_;
    bool isWorkerAway_ = false; ///< or refused the last entry
    bool isWaiting_ = false;
    std::int64_t publishedCount_ = 0; ///< since it began to wait
    KeyExpiry keyExpiry_;

    std::thread thread_;
};

} // namespace pregon
