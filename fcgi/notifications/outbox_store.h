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

    /// Forgets the Idempotency-Keys of requests from before `time`.
    Result<Done> forgetKeys(const std::string &time);

  private:
    struct Batch;
    enum class Locking { None, Rows };
    struct Part {
        const std::string &channel;
        std::int64_t after;
    };
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
