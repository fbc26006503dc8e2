#pragma once

namespace pregon {

/// Events that are stored with what caused them, in one transaction, and deleted once the worker
/// has acknowledged them. The only table that is ours in the application's database; AUTOINCREMENT,
/// because an id that was published must never come back. `data` is the event's data as JSON text.
inline constexpr const char *kOutboxSchema = R"(CREATE TABLE IF NOT EXISTS pregon_outbox (
    id integer primary key autoincrement not null,
    channel varchar not null,
    event varchar not null,
    data text not null,
    except_socket_id varchar,
    created_at datetime not null))";

} // namespace pregon
