// SPDX-License-Identifier: MIT

// clang-format off
// The life of an entry, which is the event of one stored notice:
//
//     the notice's transaction              the request's thread, or the relay
//     ┌─────────────────────────┐  commit   ┌───────────────────────────────┐  published  ┌─────────┐
//     │ add: in the outbox with │ ────────▶ │ drain: the channel's turn, in │ ──────────▶ │ gone    │
//     │ the next id             │  201      │ the order of the ids          │             │ (or its │
//     └─────────────────────────┘           └───────────────────────────────┘             │ key is  │
//        rolled back: neither                 │  ▲                                       │ kept)   │
//        notice nor entry                     ▼  │ relay: OutboxIntervals               └─────────┘
//                                           pending: the worker is away, or the process
//                                           was killed before it took the entry out
//
// An entry that is published and not yet taken out when a process is killed is published again: at
// least once, in order, never lost. Degraded (this worker has it, Redis does not) keeps it, too.
// clang-format on

#include "fcgi/notifications/outbox_store.h"

#include "shared/ipc/ipc_message.h"
#include "shared/json/json_scan.h"
#include "shared/log/log.h"

namespace pregon {
namespace {

constexpr std::size_t kBatch = 32; ///< entries in memory at a time
constexpr std::int64_t kMaxChannels = 10'000;
/// Before every entry's time, so that the index has the marks side by side.
constexpr const char *kMarksPublishedAt = "2000-01-01 00:00:00";

std::string jsonString(std::string_view text) {
    std::string quoted;
    appendJsonString(quoted, text);
    return quoted;
}

SqlValue orNull(const std::string &text) {
    return text.empty() ? std::nullopt : SqlValue(text);
}

PublishMessage publishMessageFor(const OutboxEntry &entry, const std::string &appId) {
    PublishMessage message;
    message.appId = appId;
    message.exceptSocketId = entry.exceptSocketId;
    message.eventJson = jsonString(entry.event);
    message.dataJson = jsonString(entry.data);
    message.channels = {entry.channel};
    return message;
}

/// The event itself is wrong: it would be refused again.
bool isRefusedForGood(Errc code) {
    switch (code) {
    case Errc::BadRequest:
    case Errc::TooLarge:
        return true;
    case Errc::Unauthorized:
    case Errc::Forbidden:
    case Errc::NotFound:
    case Errc::Unavailable:
    case Errc::Internal:
    case Errc::Degraded:
        return false;
    }
    return false;
}

} // namespace

/// What became of some pending entries of a channel.
struct OutboxStore::Batch {
    enum class Next { Again, Done };
    Next next = Next::Done;
    std::vector<OutboxEntry> published;
    std::optional<Error> error;    ///< of `publish`, which ended it
    std::optional<Error> degraded; ///< the last of those after which it went on
    std::int64_t last = 0;         ///< id of the last entry that was looked at
};

Result<std::string> OutboxStore::add(const OutboxEntry &entry) {
    const auto rows = database_.query(
        "INSERT INTO pregon_outbox (channel, event, data, except_socket_id, created_at, "
        "idempotency_key, request_hash, notification_id) VALUES (:channel, :event, :data, :except, "
        ":created, :key, :hash, :notification) RETURNING id",
        1,
        {entry.channel, entry.event, entry.data, orNull(entry.exceptSocketId), entry.createdAt,
         orNull(entry.idempotencyKey), orNull(entry.requestHash), orNull(entry.notificationId)});
    if (!rows)
        return tl::unexpected<Error>(rows.error());
    return rows->front()[0].value_or("");
}

Result<std::optional<OutboxStore::EarlierRequest>> OutboxStore::findRequest(
    const std::string &idempotencyKey) {
    const auto rows = database_.query("SELECT notification_id, request_hash FROM pregon_outbox "
                                      "WHERE idempotency_key = :key",
                                      2, {idempotencyKey});
    if (!rows)
        return tl::unexpected<Error>(rows.error());
    if (rows->empty())
        return std::nullopt;
    const SqlRow &row = rows->front();
    return EarlierRequest{row[0].value_or(""), row[1].value_or("")};
}

Result<std::vector<OutboxEntry>> OutboxStore::pending(const Part &part, Locking locking) {
    const auto rows = database_.query(
        std::string("SELECT id, event, data, except_socket_id, created_at, idempotency_key FROM "
                    "pregon_outbox WHERE published_at IS NULL AND channel = :channel AND "
                    "id > :after ORDER BY id "
                    "LIMIT :limit") +
            (locking == Locking::Rows ? " FOR UPDATE" : ""),
        6, {part.channel, part.after, static_cast<std::int64_t>(kBatch)});
    if (!rows)
        return tl::unexpected<Error>(rows.error());
    std::vector<OutboxEntry> entries;
    for (const SqlRow &row : *rows) {
        OutboxEntry entry;
        entry.id = row[0].value_or("");
        entry.channel = part.channel;
        entry.event = row[1].value_or("");
        entry.data = row[2].value_or("");
        entry.exceptSocketId = row[3].value_or("");
        entry.createdAt = row[4].value_or("");
        entry.idempotencyKey = row[5].value_or("");
        entries.push_back(std::move(entry));
    }
    return entries;
}

OutboxStore::Batch OutboxStore::publishAll(const std::vector<OutboxEntry> &entries,
                                           const Publish &publish) {
    Batch batch;
    for (const OutboxEntry &entry : entries) {
        batch.last = std::stoll(entry.id);
        const auto done = publish(entry);
        if (done) {
            batch.published.push_back(entry);
        } else if (done.error().code == Errc::Degraded) {
            batch.degraded = done.error();
        } else {
            batch.error = done.error();
            return batch;
        }
    }
    if (entries.size() == kBatch)
        batch.next = Batch::Next::Again;
    return batch;
}

Result<Done> OutboxStore::takeOut(const std::vector<OutboxEntry> &published) {
    for (const OutboxEntry &entry : published) {
        const auto done =
            entry.idempotencyKey.empty()
                ? database_.execute("DELETE FROM pregon_outbox WHERE id = :id", {entry.id})
                : database_.execute("UPDATE pregon_outbox SET published_at = :time WHERE id = :id",
                                    {entry.createdAt, entry.id});
        if (!done)
            return done;
    }
    return Done{};
}

Result<Done> OutboxStore::drain(const std::string &channel, Patience patience,
                                const Publish &publish, std::int64_t after) {
    std::optional<Error> degraded;
    for (;;) {
        const auto batch = drainBatch({channel, after}, patience, publish);
        if (!batch)
            return tl::unexpected<Error>(batch.error());
        if (batch->error)
            return tl::unexpected<Error>(*batch->error);
        if (batch->degraded) {
            degraded = batch->degraded;
            after = batch->last;
        }
        if (batch->next == Batch::Next::Done)
            break;
    }
    if (degraded)
        return tl::unexpected<Error>(*degraded);
    return Done{};
}

Result<OutboxStore::Batch> OutboxStore::drainBatch(const Part &part, Patience patience,
                                                   const Publish &publish) {
    if (database_.kind() == DatabaseKind::Sqlite)
        return drainUnderFileLock(part, patience, publish);
    const bool locksAll =
        database_.kind() == DatabaseKind::PostgreSql && patience == Patience::UntilFree;
    return database_.transaction<Batch>(
        [&] {
            return locksAll ? drainUnderRowLocks(part, publish)
                            : drainUnderRowLock(part, patience, publish);
        },
        Database::Durability::Relaxed); // undone, the event is published once more
}

/// The lock on the oldest pending entry is the turn. Who has waited for it finds it gone. MariaDB
/// may lock every row that it reads on the way, of other channels too: it is asked for one by its
/// id.
Result<OutboxStore::Batch> OutboxStore::drainUnderRowLock(const Part &part, Patience patience,
                                                          const Publish &publish) {
    const auto oldest = database_.query("SELECT min(id) FROM pregon_outbox WHERE published_at IS "
                                        "NULL AND channel = :channel",
                                        1, {part.channel});
    if (!oldest)
        return tl::unexpected<Error>(oldest.error());
    const SqlValue id = oldest->front()[0];
    if (!id)
        return Batch{};
    const bool waits = patience == Patience::UntilFree;
    const auto locked = database_.query(
        std::string("SELECT id FROM pregon_outbox WHERE id = :id AND published_at IS NULL ") +
            (waits ? "FOR UPDATE" : "FOR UPDATE SKIP LOCKED"),
        1, {id});
    if (!locked)
        return tl::unexpected<Error>(locked.error());
    if (locked->empty()) {
        Batch batch;
        batch.next = waits ? Batch::Next::Again : Batch::Next::Done;
        return batch;
    }
    const auto entries = pending(part, Locking::None);
    if (!entries)
        return tl::unexpected<Error>(entries.error());
    return publishAndTakeOut(*entries, publish);
}

/// The same in one question: PostgreSQL locks the entries, and nothing else, in the order of their
/// ids, the oldest first, and leaves out what is gone when its lock is free. It could not skip the
/// locked ones: it would give those behind them.
Result<OutboxStore::Batch> OutboxStore::drainUnderRowLocks(const Part &part,
                                                           const Publish &publish) {
    const auto entries = pending(part, Locking::Rows);
    if (!entries)
        return tl::unexpected<Error>(entries.error());
    return publishAndTakeOut(*entries, publish);
}

Result<OutboxStore::Batch> OutboxStore::publishAndTakeOut(const std::vector<OutboxEntry> &entries,
                                                          const Publish &publish) {
    Batch batch = publishAll(entries, publish);
    if (const auto done = takeOut(batch.published); !done)
        return tl::unexpected<Error>(done.error());
    return batch;
}

Result<OutboxStore::Batch> OutboxStore::drainUnderFileLock(const Part &part, Patience patience,
                                                           const Publish &publish) {
    const auto acquired = lock_.acquire(part.channel, patience, until_);
    if (!acquired)
        return tl::unexpected<Error>(acquired.error());
    if (!*acquired && patience == Patience::UntilFree)
        return failure(Errc::Unavailable, "somebody else keeps the channel's turn");
    if (!*acquired)
        return Batch{};
    const auto work = [&]() -> Result<Batch> {
        const auto entries = pending(part, Locking::None);
        if (!entries)
            return tl::unexpected<Error>(entries.error());
        Batch batch = publishAll(*entries, publish);
        if (batch.published.empty())
            return batch;
        const auto done = database_.transaction<Done>([&] { return takeOut(batch.published); },
                                                      Database::Durability::Relaxed);
        if (!done)
            return tl::unexpected<Error>(done.error());
        return batch;
    };
    Result<Batch> batch = work();
    lock_.release();
    return batch;
}

Result<std::vector<OutboxStore::PendingChannel>> OutboxStore::pendingChannels() {
    const auto rows = database_.query("SELECT channel, max(id) FROM pregon_outbox WHERE "
                                      "published_at IS NULL GROUP BY channel ORDER BY min(id) "
                                      "LIMIT :limit",
                                      2, {kMaxChannels});
    if (!rows)
        return tl::unexpected<Error>(rows.error());
    std::vector<PendingChannel> channels;
    for (const SqlRow &row : *rows)
        channels.push_back({row[0].value_or(""), std::stoll(row[1].value_or("0"))});
    return channels;
}

Result<std::optional<OutboxStore::Oldest>> OutboxStore::oldest() {
    const auto rows = database_.query("SELECT id, created_at FROM pregon_outbox WHERE "
                                      "published_at IS NULL ORDER BY id LIMIT 1",
                                      2);
    if (!rows)
        return tl::unexpected<Error>(rows.error());
    if (rows->empty())
        return std::nullopt;
    const SqlRow &row = rows->front();
    return Oldest{row[0].value_or(""), row[1].value_or("")};
}

Result<Done> OutboxStore::tryWrite(const std::string &time) {
    return database_.transaction<Done>([&]() -> Result<Done> {
        const auto rows = database_.query(
            "INSERT INTO pregon_outbox (channel, event, data, created_at, published_at) VALUES "
            "('', '', '', :created, :published) RETURNING id",
            1, {time, time});
        if (!rows)
            return tl::unexpected<Error>(rows.error());
        return database_.execute("DELETE FROM pregon_outbox WHERE id = :id",
                                 {rows->front()[0].value_or("")});
    });
}

Result<std::string> OutboxStore::newestMark() {
    const auto rows = marks(1);
    if (!rows)
        return tl::unexpected<Error>(rows.error());
    return rows->empty() ? "0" : rows->front()[0].value_or("0");
}

Result<std::string> OutboxStore::mark(const std::string &newest, const std::string &time) {
    return database_.transaction<std::string>([&]() -> Result<std::string> {
        const auto now = newestMark();
        if (!now || *now != newest)
            return now;
        const auto rows = database_.query(
            "INSERT INTO pregon_outbox (channel, event, data, created_at, published_at, "
            "idempotency_key) VALUES ('', 'pregon:mark', '', :created, :published, :key) "
            "RETURNING id",
            1, {time, kMarksPublishedAt, "mark:" + newest});
        if (!rows)
            return tl::unexpected<Error>(rows.error());
        return rows->front()[0].value_or("");
    });
}

Result<Done> OutboxStore::forgetKeysBefore(std::int64_t count) {
    const auto rows = marks(count + 1);
    if (!rows)
        return tl::unexpected<Error>(rows.error());
    if (static_cast<std::int64_t>(rows->size()) <= count)
        return Done{};
    return database_.execute("DELETE FROM pregon_outbox WHERE published_at IS NOT NULL AND "
                             "id < :id",
                             {rows->back()[0].value_or("0")});
}

/// The newest first.
Result<std::vector<SqlRow>> OutboxStore::marks(std::int64_t limit) {
    return database_.query("SELECT id FROM pregon_outbox WHERE published_at = :published AND "
                           "channel = '' ORDER BY id DESC LIMIT :limit",
                           1, {kMarksPublishedAt, limit});
}

Result<Done> publishEntry(WorkerClient &worker, const OutboxEntry &entry,
                          const std::string &appId) {
    const auto published = worker.publish(publishMessageFor(entry, appId));
    if (published)
        return Done{};
    if (!isRefusedForGood(published.error().code))
        return tl::unexpected<Error>(published.error());
    log(LogLevel::Error, "outbox event refused by the worker",
        {{"outbox", entry.id}, {"channel", entry.channel}, {"reason", published.error().reason}});
    return Done{};
}

} // namespace pregon
