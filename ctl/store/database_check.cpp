// SPDX-License-Identifier: MIT
#include "ctl/store/database_check.h"

#include "shared/store/notice_columns.h"
#include "shared/store/outbox_schema.h"

namespace pregon {
namespace {

struct Table {
    std::string name;
    std::vector<std::string> columns;
};

/// The tables and columns that the daemons' SQL uses; tests/schemas has those of the application.
std::vector<Table> tablesOf(const AppConfig &config) {
    std::vector<Table> tables = {
        {"users", config.userColumns},
        {"commerces", {"id"}},
        {"personal_access_tokens",
         {"id", "tokenable_type", "tokenable_id", "token", "abilities", "last_used_at",
          "expires_at", "created_at", "updated_at"}},
        {"devices",
         {"id", "user_id", "uuid", "name", "platform", "is_active", "alias", "commerce_id",
          "last_seen_at", "created_at", "updated_at", "battery_level",
          "battery_optimization_disabled", "notification_permission_enabled", "last_heartbeat"}},
        {"app_instances",
         {"id", "commerce_id", "device_id", "package_name", "android_user_id", "instance_label",
          "created_at", "updated_at"}},
        {"notifications",
         {"id",          "user_id",      "device_id",       "source_app",  "title",
          "body",        "amount",       "currency",        "payer_name",  "received_at",
          "raw_json",    "status",       "is_duplicate",    "created_at",  "updated_at",
          "commerce_id", "package_name", "android_user_id", "android_uid", "app_instance_id",
          "posted_at"}},
    };
    tables.front().columns.emplace_back("id");
    if (config.rememberMe)
        tables.front().columns.emplace_back("remember_token");
    if (config.jwtPassport)
        tables.push_back({"oauth_access_tokens", {"id", "revoked"}});
    if (!config.sessionCookie.empty() && config.sessionDriver == "database")
        tables.push_back({"sessions", {"id", "user_id", "last_activity"}});
    return tables;
}

/// True if the database knows all that the text names; an error if it could not be asked.
Result<bool> isKnown(Database &database, const std::string &sql) {
    if (database.query(sql, 1))
        return true;
    if (const auto alive = database.query("SELECT 1", 1); !alive)
        return tl::unexpected<Error>(alive.error());
    return false;
}

Result<Done> checkTable(Database &database, const SchemaNames &names, const Table &table,
                        std::vector<std::string> &missing) {
    const std::string from = " FROM {" + table.name + "} LIMIT 1";
    const auto isThere = isKnown(database, "SELECT 1" + from);
    if (!isThere)
        return tl::unexpected<Error>(isThere.error());
    if (!*isThere) {
        missing.push_back("table " + names.apply("{" + table.name + "}"));
        return Done{};
    }
    for (const std::string &column : table.columns) {
        const std::string name = "{" + table.name + "." + column + "}";
        // SQLite takes a quoted name that is no column for a text; an alias makes it look it up.
        const auto hasColumn =
            isKnown(database, "SELECT t." + name + " FROM {" + table.name + "} t LIMIT 1");
        if (!hasColumn)
            return tl::unexpected<Error>(hasColumn.error());
        if (!*hasColumn)
            missing.push_back("column " + names.apply("{" + table.name + "}." + name));
    }
    return Done{};
}

/// A setting of the server's that must have a value for a commit to survive a loss of power.
struct DurableSetting {
    const char *sql, *name, *wanted;
};
constexpr DurableSetting kPostgreSql[] = {
    {"SELECT current_setting('fsync')", "fsync", "on"},
    {"SELECT current_setting('full_page_writes')", "full_page_writes", "on"},
};
constexpr DurableSetting kMariaDb[] = {
    {"SELECT @@innodb_flush_log_at_trx_commit", "innodb_flush_log_at_trx_commit", "1"},
    {"SELECT @@innodb_doublewrite", "innodb_doublewrite", "1"},
};

template <std::size_t N>
Result<Done> checkDurability(Database &database, const DurableSetting (&settings)[N],
                             std::vector<std::string> &warnings) {
    for (const DurableSetting &setting : settings) {
        const auto rows = database.query(setting.sql, 1);
        if (!rows)
            return tl::unexpected<Error>(rows.error());
        const std::string value = rows->empty() ? "" : rows->front()[0].value_or("");
        if (value != setting.wanted)
            warnings.push_back(std::string(setting.name) + " is " + value + ", not " +
                               setting.wanted + ": a loss of power may undo what was answered 201");
    }
    return Done{};
}

Result<Done> checkDurability(Database &database, std::vector<std::string> &warnings) {
    switch (database.kind()) {
    case DatabaseKind::Sqlite: // set by ourselves for each connection
        return Done{};
    case DatabaseKind::PostgreSql:
        return checkDurability(database, kPostgreSql, warnings);
    case DatabaseKind::MariaDb:
        return checkDurability(database, kMariaDb, warnings);
    }
    return Done{};
}

Result<Done> checkCharacters(Database &database, const SchemaNames &names,
                             std::vector<std::string> &warnings) {
    const auto columns = noticeColumns(database);
    if (!columns)
        return tl::unexpected<Error>(columns.error());
    std::string lacking;
    for (const NoticeColumn &column : *columns)
        if (!column.holdsEverything())
            lacking += (lacking.empty() ? "" : ", ") +
                       names.apply("{notifications." + std::string(column.name) + "}") + " (" +
                       column.characterSet + ")";
    if (!lacking.empty())
        warnings.push_back(names.apply("{notifications}") + ": " + lacking +
                           ": an emoji in a notice is stored as ?; convert the table to utf8mb4");
    return Done{};
}

} // namespace

Result<DatabaseFindings> checkDatabase(Database &database, const AppConfig &config) {
    DatabaseFindings findings;
    for (const Table &table : tablesOf(config))
        if (const auto done = checkTable(database, config.schemaNames, table, findings.missing);
            !done)
            return tl::unexpected<Error>(done.error());
    const auto outbox = checkOutbox(database);
    if (!outbox && outbox.error().code != Errc::NotFound)
        return tl::unexpected<Error>(outbox.error());
    if (!outbox)
        findings.missing.push_back(
            "table pregon_outbox (ours: pregonctl database migrate makes it)");
    if (const auto done = checkDurability(database, findings.warnings); !done)
        return tl::unexpected<Error>(done.error());
    if (findings.missing.empty())
        if (const auto done = checkCharacters(database, config.schemaNames, findings.warnings);
            !done)
            return tl::unexpected<Error>(done.error());
    return findings;
}

} // namespace pregon
