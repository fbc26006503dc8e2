// SPDX-License-Identifier: MIT
#pragma once

#include "fcgi/notifications/outbox_store.h"
#include "shared/clock.h"
#include "shared/store/database.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

namespace pregon {

/// Whether payment notices can be stored and get through, for `GET /up?check=store`. The store is
/// asked by a write that is committed, since only that meets a full disk or a primary that has
/// become read-only. Anybody may ask, so the answer is kept for kFresh and few threads ask at a
/// time. Shared by the threads of the process; outlives a reload.
class StoreHealth {
  public:
    using Time = std::chrono::steady_clock::time_point;
    static constexpr std::chrono::seconds kFresh{1};
    static constexpr std::chrono::seconds kLongestWait{30}; ///< of an entry in the outbox
    static constexpr int kMaxAsking = 3; ///< one asks the store, the others wait for its answer

    /// Borrows the clock.
    explicit StoreHealth(const Clock &clock) : clock_(clock) {}

    /// Seconds for which the oldest entry has waited in the outbox, 0 if it is empty: the store has
    /// taken a write. Unavailable, or the database's other errors: it has not; also where too many
    /// threads ask already. Returns by `until`; the database must be told so, too.
    Result<std::int64_t> oldestWaitSeconds(Database &database, Time until);

  private:
    Result<std::int64_t> ask(Database &database);
    std::int64_t waitOf(const OutboxStore::Oldest &oldest);

    const Clock &clock_;
    std::atomic<int> asking_ = 0;
    std::timed_mutex mutex_; ///< for the rest
    std::optional<Result<std::int64_t>> answer_;
    Time answeredAt_{};
    std::string oldestId_; ///< of the oldest entry, as far as it has been seen, and since when
    Time seenAt_{};
};

} // namespace pregon
