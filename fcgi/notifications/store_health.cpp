// SPDX-License-Identifier: MIT
#include "fcgi/notifications/store_health.h"

#include <algorithm>

namespace pregon {

Result<std::int64_t> StoreHealth::oldestWaitSeconds(Database &database, Time until) {
    struct Asking {
        std::atomic<int> &count;
        const int before = count++;
        ~Asking() { count--; }
    } const asking{asking_};
    if (asking.before >= kMaxAsking)
        return failure(Errc::Unavailable, "the store is being asked already");
    const std::unique_lock lock(mutex_, until);
    if (!lock || std::chrono::steady_clock::now() >= until)
        return failure(Errc::Unavailable, "the store has not answered others in time");
    if (!answer_ || clock_.steady() - answeredAt_ >= kFresh) {
        auto answer = ask(database);
        if (!answer && std::chrono::steady_clock::now() >= until) // it tells of this request alone
            return answer;
        answer_ = std::move(answer);
        answeredAt_ = clock_.steady();
    }
    return *answer_;
}

Result<std::int64_t> StoreHealth::ask(Database &database) {
    OutboxStore outbox(database);
    if (const auto written = outbox.tryWrite(formatSqlTime(clock_.unixSeconds())); !written)
        return tl::unexpected<Error>(written.error());
    const auto oldest = outbox.oldest();
    if (!oldest)
        return tl::unexpected<Error>(oldest.error());
    return *oldest ? waitOf(**oldest) : 0;
}

/// By the time it bears, or by how long it has been seen here: a clock that was set back makes the
/// former too short.
std::int64_t StoreHealth::waitOf(const OutboxStore::Oldest &oldest) {
    if (oldest.id != oldestId_) {
        oldestId_ = oldest.id;
        seenAt_ = clock_.steady();
    }
    const auto seen =
        std::chrono::duration_cast<std::chrono::seconds>(clock_.steady() - seenAt_).count();
    const std::int64_t now = clock_.unixSeconds();
    return std::max<std::int64_t>(seen, now - parseSqlTime(oldest.createdAt).value_or(now));
}

} // namespace pregon
