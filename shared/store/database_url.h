// SPDX-License-Identifier: MIT
#pragma once

#include "shared/result.h"

#include <chrono>
#include <map>
#include <string>
#include <string_view>

namespace pregon {

enum class DatabaseKind { Sqlite, PostgreSql, MariaDb };

/// A PREGON_DATABASE, taken apart; its parts are decoded. Pure.
struct DatabaseUrl {
    DatabaseKind kind = DatabaseKind::Sqlite;
    std::string path; ///< of SQLite's file
    std::string user, password, host, port, name;
    std::map<std::string, std::string> options;
};

/// `sqlite:PATH`, or `postgresql://USER:PASSWORD@HOST:PORT/NAME?option=value` (also `postgres`,
/// `pgsql`, `mariadb` and `mysql`; `%40` is an `@`). Without a host, or with the option `socket`
/// (PostgreSQL's folder, MariaDB's file), over a Unix-domain socket. Further options: `sslmode`,
/// `sslrootcert`, `sslcert` and `sslkey` of PostgreSQL, `sslca` of MariaDB. BadRequest with the
/// reason, never with a part of the text: it holds the password.
Result<DatabaseUrl> parseDatabaseUrl(std::string_view text);

/// What SOCI's backend of that kind takes to connect; it holds the password. Connecting, and with
/// PostgreSQL a statement and a wait for a lock, may take `timeout`.
std::string connectText(const DatabaseUrl &url, std::chrono::milliseconds timeout);

/// Rounded up, at least 1: what takes no milliseconds.
std::string wholeSeconds(std::chrono::milliseconds time);

} // namespace pregon
