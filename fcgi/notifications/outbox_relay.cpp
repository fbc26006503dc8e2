// SPDX-License-Identifier: MIT
#include "fcgi/notifications/outbox_relay.h"

#include "shared/log/log.h"

namespace pregon {

OutboxRelay::OutboxRelay(OpenDatabase openDatabase, MakeWorkerClient makeWorkerClient,
                         const Clock &clock, std::string appId, OutboxIntervals intervals)
    : openDatabase_(std::move(openDatabase)), makeWorkerClient_(std::move(makeWorkerClient)),
      appId_(std::move(appId)), intervals_(intervals), keyExpiry_(clock) {}

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

void OutboxRelay::wake(const std::vector<std::string> &publishedIds) {
    {
        const std::lock_guard lock(mutex_);
        publishedIds_.insert(publishedIds.begin(), publishedIds.end());
        isWoken_ = true;
        isBehind_ = true;
    }
    changed_.notify_all();
}

bool OutboxRelay::isBehind() {
    const std::lock_guard lock(mutex_);
    return isBehind_;
}

bool OutboxRelay::isStopping() {
    const std::lock_guard lock(mutex_);
    return isStopping_;
}

void OutboxRelay::run() {
    worker_ = makeWorkerClient_();
    while (!isStopping())
        sleep(sweep());
}

void OutboxRelay::sleep(bool hasDelivered) {
    std::unique_lock lock(mutex_);
    if (!hasDelivered) { // who is away is not asked more often for that; without Redis news goes on
        changed_.wait_for(lock, intervals_.retry,
                          [this] { return isStopping_ || (isWoken_ && !hadHere_.empty()); });
    } else {
        isBehind_ = isWoken_; // by somebody who may have committed behind our look
        if (!isBehind_)
            publishedIds_.clear();
        changed_.wait_for(lock, intervals_.sweep, [this] { return isStopping_ || isWoken_; });
    }
    isWoken_ = false;
}

/// False: the worker or the database is away.
bool OutboxRelay::sweep() {
    auto drained = drainAll();
    // The server may have ended the idle connection at that very moment: one further attempt.
    if (!drained && !isWaiting_ && !database_)
        drained = drainAll();
    if (!drained) {
        if (!isWaiting_)
            log(LogLevel::Warning, "outbox waiting", {{"reason", drained.error().reason}});
        isWaiting_ = true;
        return false;
    }
    if (isWaiting_)
        log(LogLevel::Notice, "outbox caught up", {{"published", publishedCount_}});
    isWaiting_ = false;
    publishedCount_ = 0;
    return true;
}

Result<Done> OutboxRelay::drainAll() {
    if (const auto opened = openDatabaseIfNeeded(); !opened)
        return opened;
    OutboxStore outbox(*database_);
    isWorkerAway_ = false;
    const auto channels = outbox.pendingChannels();
    Result<Done> result = channels ? Done{} : Result<Done>(tl::unexpected<Error>(channels.error()));
    if (channels && channels->empty())
        hadHere_.clear(); // another process has published the rest
    if (channels && !hadHere_.empty()) {
        const auto isAway = isRedisStillAway(outbox, channels->front().name);
        if (!isAway)
            result = tl::unexpected<Error>(isAway.error());
        else if (!*isAway)
            hadHere_.clear();
    }
    for (std::size_t i = 0; result && i < channels->size() && !isStopping(); i++)
        result = drainChannel(outbox, (*channels)[i]);
    if (!result && !isWorkerAway_)
        database_.reset();
    if (!result || isStopping())
        return result;
    if (!hadHere_.empty())
        return failure(Errc::Degraded, "Redis is away: published for the clients of one worker");
    return keyExpiry_.work(outbox);
}

/// Tries the oldest entry; if somebody else is at it nothing has changed.
Result<bool> OutboxRelay::isRedisStillAway(OutboxStore &outbox, const std::string &channel) {
    bool isAway = true;
    const auto drained =
        outbox.drain(channel, OutboxStore::Patience::None, [&](const OutboxEntry &entry) {
            auto published = publishOnce(entry);
            isAway = !published && published.error().code == Errc::Degraded;
            if (isAway) // one is enough
                return Result<Done>(failure(Errc::Unavailable, published.error().reason));
            return published;
        });
    if (!drained && !isAway)
        return tl::unexpected<Error>(drained.error());
    return isAway;
}

Result<Done> OutboxRelay::drainChannel(OutboxStore &outbox,
                                       const OutboxStore::PendingChannel &channel) {
    const auto had = hadHere_.find(channel.name);
    const std::int64_t after = had != hadHere_.end() ? had->second : 0;
    if (channel.newest <= after)
        return Done{};
    const auto drained = outbox.drain(
        channel.name, OutboxStore::Patience::None,
        [&](const OutboxEntry &entry) {
            const auto published = publishOnce(entry);
            if (!published && published.error().code == Errc::Degraded)
                hadHere_[channel.name] = std::stoll(entry.id);
            return published;
        },
        after);
    if (!drained && drained.error().code == Errc::Degraded)
        return Done{};
    return drained;
}

Result<Done> OutboxRelay::publishOnce(const OutboxEntry &entry) {
    {
        const std::lock_guard lock(mutex_);
        if (publishedIds_.contains(entry.id))
            return Done{};
    }
    const auto published = publishEntry(*worker_, entry, appId_);
    isWorkerAway_ = !published;
    if (!published)
        return published;
    publishedCount_++;
    const std::lock_guard lock(mutex_);
    publishedIds_.insert(entry.id);
    return Done{};
}

Result<Done> OutboxRelay::openDatabaseIfNeeded() {
    if (database_ && !database_->hasEnded())
        return Done{};
    database_.reset();
    auto opened = openDatabase_();
    if (!opened)
        return tl::unexpected<Error>(opened.error());
    database_.emplace(std::move(*opened));
    return Done{};
}

} // namespace pregon
