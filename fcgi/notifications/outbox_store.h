// SPDX-License-Identifier: MIT
#pragma once

#include "fcgi/notifications/channel_lock.h"
#include "fcgi/notifications/stored_notification.h"
#include "shared/ipc/worker_client.h"
#include "shared/store/database.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace pregon {

/// The table of shared/store/outbox_schema.h. Errors of every function: the database's.
class OutboxStore {
  public:
    using Time = std::chrono::steady_clock::time_point;
    /// Borrows: for one thread, as the Database is. `until`: when waiting for a turn ends.
    explicit OutboxStore(Database &database, Time until = Time::max())
        : database_(database), lock_(database.file()), until_(until) {}

    /// Adds an entry, whose id is not looked at, and gives its id. Belongs in the transaction of
    /// what the event tells of; that transaction must exclude others that add to the channel, so
    /// that ids become visible in their order.
    Result<std::string> add(const OutboxEntry &entry);

    /// What the request with this Idempotency-Key stored; nullopt: the key is new.
    struct EarlierRequest {
        std::string notificationId;
        std::string requestHash;
    };
    Result<std::optional<EarlierRequest>> findRequest(const std::string &idempotencyKey);

    using Publish = std::function<Result<Done>(const OutboxEntry &)>;
    using Patience = ChannelLock::Patience;
    /// Publishes what is pending in the channel, in the order of the ids, and takes each out of the
    /// outbox once `publish` has succeeded. One at a time per channel, among all threads and
    /// processes with the same database: with Patience::UntilFree it waits for its turn, and when
    /// this returns Done, nothing is pending that was committed before the call; Unavailable if the
    /// turn does not come in time (ChannelLock::kLongestWait, or the statement's). With
    /// Patience::None it leaves a channel alone that somebody else is busy with. The first error of
    /// `publish` ends it and is returned; what was published before is taken out. But after
    /// Degraded it keeps the entry and goes on, and returns that at the end. Entries up to the id
    /// `after` are left alone.
    Result<Done> drain(const std::string &channel, Patience patience, const Publish &publish,
                       std::int64_t after = 0);

    struct PendingChannel {
        std::string name;
        std::int64_t newest = 0; ///< id of its last pending entry
    };
    /// Channels with pending entries, that with the oldest first.
    Result<std::vector<PendingChannel>> pendingChannels();

    struct Oldest {
        std::string id;
        std::string createdAt;
    };
    /// The entry that has been pending longest; nullopt if there is none.
    Result<std::optional<Oldest>> oldest();

    /// Proves that the store takes a write: an entry that is published already, for all others, and
    /// gone again, in one transaction that is synced as that of a notice. `time` is now.
    Result<Done> tryWrite(const std::string &time);

    // --- for KeyExpiry: entries that tell how far the ids had come ---
    /// The id of the newest mark; `0` if there is none.
    Result<std::string> newestMark();
    /// Puts a mark behind the newest one, whose id is `newest`; its id. The newest one's, if
    /// another process has put one there meanwhile. `time` is now.
    Result<std::string> mark(const std::string &newest, const std::string &time);
    /// Forgets the Idempotency-Keys that are older than so many marks and the newest one, and the
    /// marks before these.
    Result<Done> forgetKeysBefore(std::int64_t marks);

  private:
    struct Batch;
    enum class Locking { None, Rows };
    struct Part {
        const std::string &channel;
        std::int64_t after;
    };
    Result<std::vector<SqlRow>> marks(std::int64_t limit);
    Result<std::vector<OutboxEntry>> pending(const Part &part, Locking locking);
    Batch publishAll(const std::vector<OutboxEntry> &entries, const Publish &publish);
    Result<Done> takeOut(const std::vector<OutboxEntry> &published);
    Result<Batch> drainBatch(const Part &part, Patience patience, const Publish &publish);
    Result<Batch> drainUnderRowLock(const Part &part, Patience patience, const Publish &publish);
    Result<Batch> drainUnderRowLocks(const Part &part, const Publish &publish);
    Result<Batch> publishAndTakeOut(const std::vector<OutboxEntry> &entries,
                                    const Publish &publish);
    Result<Batch> drainUnderFileLock(const Part &part, Patience patience, const Publish &publish);

    Database &database_;
    ChannelLock lock_; ///< used with SQLite only
    const Time until_;
};

/// Publishes an entry for the application. Done also if the worker refuses the event for good,
/// which is logged: it must not hold up the others. Any other refusal, an application that the
/// worker does not know among them, may be mended, and is returned.
Result<Done> publishEntry(WorkerClient &worker, const OutboxEntry &entry, const std::string &appId);

} // namespace pregon
