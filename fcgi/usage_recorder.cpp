#include "fcgi/usage_recorder.h"

#include "shared/log.h"
#include "shared/session_store.h"
#include "shared/token_store.h"

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
        if (waiting_.size() >= kMaxWaiting || !waiting_.emplace(kind, id).second)
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
    return database.transaction<Done>(writeAll, Database::Durability::Relaxed);
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
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, kRestAfterFailure, [this] { return isStopping_; });
        waiting_.clear();
    }
}

} // namespace pregon
