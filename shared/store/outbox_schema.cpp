// SPDX-License-Identifier: MIT
#include "shared/store/outbox_schema.h"

namespace pregon {
namespace {

constexpr const char *kSqlite = R"(CREATE TABLE IF NOT EXISTS pregon_outbox (
    id integer primary key autoincrement not null,
    channel varchar not null,
    event varchar not null,
    data text not null,
    except_socket_id varchar,
    created_at datetime not null,
    published_at datetime,
    idempotency_key varchar unique,
    request_hash varchar,
    notification_id integer))";

constexpr const char *kPostgreSql = R"(CREATE TABLE IF NOT EXISTS pregon_outbox (
    id bigserial primary key,
    channel varchar(255) not null,
    event varchar(255) not null,
    data text not null,
    except_socket_id varchar(64),
    created_at timestamp(0) not null,
    published_at timestamp(0),
    idempotency_key varchar(64) unique,
    request_hash varchar(64),
    notification_id bigint))";

// InnoDB, whatever the server's default: an outbox without transactions would be none. The text of
// a channel is compared byte by byte.
constexpr const char *kMariaDb = R"(CREATE TABLE IF NOT EXISTS pregon_outbox (
    id bigint unsigned not null auto_increment primary key,
    channel varchar(255) not null,
    event varchar(255) not null,
    data mediumtext not null,
    except_socket_id varchar(64),
    created_at datetime not null,
    published_at datetime,
    idempotency_key varchar(64) unique,
    request_hash varchar(64),
    notification_id bigint unsigned)
    engine = InnoDB default charset = utf8mb4 collate = utf8mb4_bin)";

constexpr const char *kIndex = "CREATE INDEX IF NOT EXISTS pregon_outbox_pending "
                               "ON pregon_outbox (published_at, channel, id)";

const char *tableFor(DatabaseKind kind) {
    switch (kind) {
    case DatabaseKind::Sqlite:
        return kSqlite;
    case DatabaseKind::PostgreSql:
        return kPostgreSql;
    case DatabaseKind::MariaDb:
        return kMariaDb;
    }
    return kSqlite;
}

} // namespace

Result<Done> checkOutbox(Database &database) {
    const auto found = database.query(
        "SELECT id, channel, event, data, except_socket_id, created_at, published_at, "
        "idempotency_key, request_hash, notification_id FROM pregon_outbox LIMIT 1",
        10);
    if (found)
        return Done{};
    // SQLite does not tell one error from another.
    if (found.error().code == Errc::Internal || database.kind() == DatabaseKind::Sqlite)
        return failure(Errc::NotFound, "pregon_outbox is missing or not ours (" +
                                           found.error().reason +
                                           "): run pregonctl database migrate");
    return tl::unexpected<Error>(found.error());
}

Result<Done> makeOutbox(Database &database) {
    const auto checked = checkOutbox(database);
    if (checked || checked.error().code != Errc::NotFound)
        return checked;
    for (const char *statement : {tableFor(database.kind()), kIndex})
        if (const auto made = database.execute(statement); !made)
            return made;
    return checkOutbox(database);
}

} // namespace pregon
