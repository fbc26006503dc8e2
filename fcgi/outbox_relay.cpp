#include "fcgi/outbox_relay.h"

#include "shared/log.h"

#include <algorithm>

namespace pregon {
namespace {

constexpr std::size_t kBatch = 32; ///< entries in memory at a time

} // namespace

OutboxRelay::OutboxRelay(OpenDatabase openDatabase, MakeWorkerClient makeWorkerClient,
                         const Clock &clock, std::string appId)
    : openDatabase_(std::move(openDatabase)), makeWorkerClient_(std::move(makeWorkerClient)),
      clock_(clock), appId_(std::move(appId)) {}

void OutboxRelay::start() {
    {
        const std::lock_guard lock(mutex_);
        isBehind_ = true; // until the first look: what was left behind goes first
    }
    thread_ = std::thread([this] { run(); });
}

void OutboxRelay::stop() {
    {
        const std::lock_guard lock(mutex_);
        isStopping_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable())
        thread_.join();
}

void OutboxRelay::take(const std::string &id, OutboxProgress progress) {
    {
        const std::lock_guard lock(mutex_);
        incoming_.insert_or_assign(outboxId(id), progress);
        isBehind_ = true;
    }
    changed_.notify_all();
}

void OutboxRelay::run() {
    worker_ = makeWorkerClient_();
    while (!isStopping()) {
        takeIncoming();
        sleep(workThroughOutbox());
    }
}

bool OutboxRelay::isBehind() {
    const std::lock_guard lock(mutex_);
    return isBehind_;
}

bool OutboxRelay::isStopping() {
    const std::lock_guard lock(mutex_);
    return isStopping_;
}

void OutboxRelay::takeIncoming() {
    const std::lock_guard lock(mutex_);
    for (const auto &[id, progress] : incoming_)
        handedOver_.insert_or_assign(id, progress);
    incoming_.clear();
}

void OutboxRelay::sleep(const Outlook &outlook) {
    std::unique_lock lock(mutex_);
    isBehind_ = outlook.mustRetry || !incoming_.empty();
    const auto isWanted = [this] { return isStopping_ || !incoming_.empty(); };
    if (outlook.mustRetry)
        changed_.wait_for(lock, kRetryInterval, [this] { return isStopping_; });
    else if (outlook.lookAgainSeconds)
        changed_.wait_for(lock, std::chrono::seconds(*outlook.lookAgainSeconds), isWanted);
    else
        changed_.wait(lock, isWanted);
}

OutboxRelay::Outlook OutboxRelay::workThroughOutbox() {
    const auto outlook = deliverAllDue();
    if (!outlook) {
        if (!isWaiting_)
            log(LogLevel::Warning, "outbox waiting", {{"reason", outlook.error().reason}});
        isWaiting_ = true;
        return {.mustRetry = true, .lookAgainSeconds = {}};
    }
    if (isWaiting_)
        log(LogLevel::Notice, "outbox caught up", {{"published", publishedCount_}});
    isWaiting_ = false;
    publishedCount_ = 0;
    return *outlook;
}

/// An error: the worker or the database is away.
Result<OutboxRelay::Outlook> OutboxRelay::deliverAllDue() {
    if (const auto opened = openDatabaseIfNeeded(); !opened)
        return tl::unexpected<Error>(opened.error());
    OutboxStore store(*database_);
    Outlook outlook;
    std::int64_t afterId = 0;
    for (bool more = true; more && !isStopping();) {
        const auto entries = store.next(afterId, kBatch);
        if (!entries) {
            database_.reset();
            return tl::unexpected<Error>(entries.error());
        }
        const OutboxPlan plan = planOutbox(*entries, handedOver_, clock_.unixSeconds());
        for (const OutboxEntry &entry : plan.due)
            if (const auto delivered = deliver(store, entry); !delivered)
                return tl::unexpected<Error>(delivered.error());
        if (plan.lookAgainSeconds)
            outlook.lookAgainSeconds = std::min(
                outlook.lookAgainSeconds.value_or(*plan.lookAgainSeconds), *plan.lookAgainSeconds);
        more = entries->size() == kBatch;
        if (more)
            afterId = outboxId(entries->back().id);
    }
    handedOver_.clear(); // what was not found is gone: it was committed before it was handed over
    return outlook;
}

Result<Done> OutboxRelay::openDatabaseIfNeeded() {
    if (database_)
        return Done{};
    auto opened = openDatabase_();
    if (!opened)
        return tl::unexpected<Error>(opened.error());
    database_.emplace(std::move(*opened));
    return Done{};
}

Result<Done> OutboxRelay::deliver(OutboxStore &store, const OutboxEntry &entry) {
    const std::int64_t id = outboxId(entry.id);
    const auto known = handedOver_.find(id);
    if (known == handedOver_.end() || known->second != OutboxProgress::Published) {
        if (const auto published = publish(entry); !published)
            return published;
        handedOver_.insert_or_assign(id, OutboxProgress::Published);
    }
    if (const auto removed = store.remove(entry.id); !removed)
        return removed;
    handedOver_.erase(id);
    return Done{};
}

/// Done also if the worker refuses the event for good: it must not hold up the others.
Result<Done> OutboxRelay::publish(const OutboxEntry &entry) {
    const auto published = worker_->publish(publishMessageFor(entry, appId_));
    if (!published && !isRefusedForGood(published.error().code))
        return published;
    if (!published)
        log(LogLevel::Error, "outbox event refused by the worker",
            {{"outbox", entry.id},
             {"channel", entry.channel},
             {"reason", published.error().reason}});
    publishedCount_ += published ? 1 : 0;
    return Done{};
}

} // namespace pregon
