// SPDX-License-Identifier: MIT
#include "fcgi/auth/usage_recorder.h"

#include "shared/auth/session_store.h"
#include "shared/auth/token_store.h"
#include "shared/log/log.h"

namespace pregon {

void UsageRecorder::start(Database database) {
    database_.emplace(std::move(database));
    thread_ = std::thread([this] { run(); });
}

void UsageRecorder::stop() {
    {
        const std::lock_guard lock(mutex_);
        isStopping_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable())
        thread_.join();
}

void UsageRecorder::take(Kind kind, const std::string &id) {
    {
        const std::lock_guard lock(mutex_);
        if (clock_.steady() < restsUntil_ || waiting_.size() >= kMaxWaiting)
            return;
        if (!waiting_.emplace(kind, id).second)
            return;
    }
    changed_.notify_all();
}

Result<Done> UsageRecorder::write(Database &database) {
    Uses uses;
    {
        const std::lock_guard lock(mutex_);
        uses.swap(waiting_);
    }
    if (uses.empty())
        return Done{};
    const auto writeAll = [&]() -> Result<Done> {
        for (const auto &[kind, id] : uses) {
            const auto written = kind == Kind::Token ? markTokenUsed(database, clock_, id)
                                                     : markSessionUsed(database, clock_, id);
            if (!written)
                return written;
        }
        return Done{};
    };
    auto written = database.transaction<Done>(writeAll, Database::Durability::Relaxed);
    if (!written)
        rest();
    return written;
}

void UsageRecorder::rest() {
    const std::lock_guard lock(mutex_);
    restsUntil_ = clock_.steady() + kRestAfterFailure;
    waiting_.clear();
}

void UsageRecorder::run() {
    for (;;) {
        {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [this] { return isStopping_ || !waiting_.empty(); });
            if (isStopping_)
                return;
        }
        const auto written = write(*database_);
        if (written)
            continue;
        log(LogLevel::Warning, "last use not recorded", {{"reason", written.error().reason}});
        database_->close();
    }
}

} // namespace pregon
