#pragma once

#include "fcgi/outbox_plan.h"
#include "fcgi/outbox_store.h"
#include "shared/clock.h"
#include "shared/worker_client.h"

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace pregon {

/// Publishes the outbox entries that nobody delivered, in a thread of its own: what a killed
/// process left behind, and what request threads hand over. Each entry is published at least once:
/// again, if the worker's acknowledgement got lost. With nothing pending it sleeps without any
/// wake-up; while the worker or the database is away it tries again every kRetryInterval.
class OutboxRelay {
  public:
    static constexpr std::chrono::milliseconds kRetryInterval{100};

    using OpenDatabase = std::function<Result<Database>()>;
    using MakeWorkerClient = std::function<WorkerClient()>;

    /// The functions are called in the relay's thread; what they give is used in that thread only.
    /// Borrows the clock.
    OutboxRelay(OpenDatabase openDatabase, MakeWorkerClient makeWorkerClient, const Clock &clock,
                std::string appId);
    ~OutboxRelay() { stop(); }

    /// Starts the thread, which looks at the whole outbox first. Once only.
    void start();
    /// Takes over an entry that is committed and could not be published. Any thread, at any time.
    void deliverLater(const std::string &id) { take(id, OutboxProgress::Stored); }
    /// Takes over an entry that is published but could not be deleted. Any thread, at any time.
    void deleteLater(const std::string &id) { take(id, OutboxProgress::Published); }
    /// True while entries that it knows of wait for it. Who stores another one then hands that over
    /// as well instead of publishing it past them: events keep their order, and a worker that does
    /// not answer holds up one thread, not all. Any thread.
    bool isBehind();
    /// Ends and joins the thread, after the one question to the worker that may be under way (the
    /// WorkerClient's patience). What is left in the outbox is for the next start.
    void stop();

  private:
    /// How to go on after a look at the outbox.
    struct Outlook {
        bool mustRetry = false;
        std::optional<std::int64_t> lookAgainSeconds;
    };
    void take(const std::string &id, OutboxProgress progress);
    void run();
    void takeIncoming();
    void sleep(const Outlook &outlook);
    bool isStopping();
    Outlook workThroughOutbox();
    Result<Outlook> deliverAllDue();
    Result<Done> deliver(OutboxStore &store, const OutboxEntry &entry);
    Result<Done> publish(const OutboxEntry &entry);
    Result<Done> openDatabaseIfNeeded();

    OpenDatabase openDatabase_;
    MakeWorkerClient makeWorkerClient_;
    const Clock &clock_;
    std::string appId_;

    std::mutex mutex_; ///< for these four
    std::condition_variable changed_;
    bool isStopping_ = false;
    bool isBehind_ = false;
    HandedOver incoming_;

    HandedOver handedOver_; ///< this and the rest: the relay's thread only
    std::optional<Database> database_;
    std::optional<WorkerClient> worker_;
    bool isWaiting_ = false;
    std::int64_t publishedCount_ = 0; ///< since it began to wait

    std::thread thread_;
};

} // namespace pregon
