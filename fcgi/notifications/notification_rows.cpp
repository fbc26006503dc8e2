// SPDX-License-Identifier: MIT
#include "fcgi/notifications/notification_rows.h"

#include <span>
#include <string_view>

namespace pregon {
namespace {

constexpr std::string_view kNotificationColumns[] = {
    "id",          "user_id",      "device_id",       "source_app",  "title",
    "body",        "amount",       "currency",        "payer_name",  "received_at",
    "raw_json",    "status",       "is_duplicate",    "created_at",  "updated_at",
    "commerce_id", "package_name", "android_user_id", "android_uid", "app_instance_id",
    "posted_at",
};
constexpr std::string_view kInstanceColumns[] = {
    "id",         "commerce_id", "device_id", "package_name", "android_user_id", "instance_label",
    "created_at", "updated_at",
};
constexpr std::string_view kDeviceColumns[] = {
    "id",
    "user_id",
    "uuid",
    "name",
    "platform",
    "is_active",
    "last_seen_at",
    "created_at",
    "updated_at",
    "commerce_id",
    "alias",
    "battery_level",
    "battery_optimization_disabled",
    "notification_permission_enabled",
    "last_heartbeat",
};
constexpr std::size_t kSelectedColumns =
    std::size(kNotificationColumns) + std::size(kInstanceColumns) + std::size(kDeviceColumns);

void appendColumns(std::string &list, std::string_view alias, std::string_view table,
                   std::span<const std::string_view> columns) {
    for (const std::string_view column : columns) {
        list += list.empty() ? "" : ", ";
        list.append(alias)
            .append(alias.empty() ? "{" : ".{")
            .append(table)
            .append(".")
            .append(column)
            .append("}");
    }
}

std::string selectSql(const std::string &conditionAndOrder) {
    std::string list;
    appendColumns(list, "n", "notifications", kNotificationColumns);
    appendColumns(list, "a", "app_instances", kInstanceColumns);
    appendColumns(list, "d", "devices", kDeviceColumns);
    return "SELECT " + list +
           " FROM {notifications} n LEFT JOIN {app_instances} a ON a.{app_instances.id} = "
           "n.{notifications.app_instance_id} LEFT JOIN {devices} d ON d.{devices.id} = "
           "n.{notifications.device_id} WHERE " +
           conditionAndOrder;
}

TableRow takeRow(SqlRow::const_iterator &value, std::span<const std::string_view> columns) {
    TableRow row;
    for (const std::string_view column : columns)
        row.columns.emplace(column, *value++);
    return row;
}

/// nullopt: the join has found no such row.
std::optional<TableRow> takeJoinedRow(SqlRow::const_iterator &value,
                                      std::span<const std::string_view> columns) {
    TableRow row = takeRow(value, columns);
    return row.column("id") ? std::optional(std::move(row)) : std::nullopt;
}

/// The one row of a statement with one table's columns; nullopt: none.
Result<std::optional<TableRow>> queryRow(Database &database, const std::string &sql,
                                         std::span<const std::string_view> columns,
                                         const std::vector<SqlParameter> &parameters) {
    const auto rows = database.query(sql, columns.size(), parameters);
    if (!rows)
        return tl::unexpected<Error>(rows.error());
    if (rows->empty())
        return std::nullopt;
    auto value = rows->front().begin();
    return takeRow(value, columns);
}

Result<TableRow> insertRow(Database &database, const std::string &sql, std::string_view table,
                           std::span<const std::string_view> columns,
                           const std::vector<SqlParameter> &parameters) {
    std::string list;
    appendColumns(list, "", table, columns);
    const auto row = queryRow(database, sql + " RETURNING " + list, columns, parameters);
    if (!row)
        return tl::unexpected<Error>(row.error());
    if (!*row)
        return failure(Errc::Internal, "the database does not tell what it stored");
    return **row;
}

} // namespace

Result<std::vector<NotificationRow>> selectNotifications(
    Database &database, const std::string &conditionAndOrder,
    const std::vector<SqlParameter> &parameters) {
    const auto found = database.query(selectSql(conditionAndOrder), kSelectedColumns, parameters);
    if (!found)
        return tl::unexpected<Error>(found.error());
    std::vector<NotificationRow> rows;
    for (const SqlRow &values : *found) {
        auto value = values.begin();
        NotificationRow row;
        row.notification = takeRow(value, kNotificationColumns);
        row.appInstance = takeJoinedRow(value, kInstanceColumns);
        row.device = takeJoinedRow(value, kDeviceColumns);
        rows.push_back(std::move(row));
    }
    return rows;
}

Result<std::optional<PhoneRows>> selectPhone(Database &database, const std::string &userId,
                                             const NotificationInput &input) {
    std::string list;
    appendColumns(list, "d", "devices", kDeviceColumns);
    appendColumns(list, "a", "app_instances", kInstanceColumns);
    const auto rows = database.query(
        "SELECT " + list +
            " FROM {devices} d LEFT JOIN {app_instances} a ON a.{app_instances.device_id} = "
            "d.{devices.id} AND a.{app_instances.package_name} = :package AND "
            "a.{app_instances.android_user_id} = :android WHERE d.{devices.uuid} = :uuid AND "
            "d.{devices.user_id} = :user",
        std::size(kDeviceColumns) + std::size(kInstanceColumns),
        {input.packageName, input.androidUserId, input.deviceUuid, userId});
    if (!rows)
        return tl::unexpected<Error>(rows.error());
    if (rows->empty())
        return std::nullopt;
    auto value = rows->front().begin();
    PhoneRows phone;
    phone.device = takeRow(value, kDeviceColumns);
    phone.appInstance = takeJoinedRow(value, kInstanceColumns);
    return phone;
}

Result<std::optional<TableRow>> selectAppInstance(Database &database, const std::string &deviceId,
                                                  const NotificationInput &input) {
    std::string list;
    appendColumns(list, "", "app_instances", kInstanceColumns);
    return queryRow(database,
                    "SELECT " + list +
                        " FROM {app_instances} WHERE {app_instances.device_id} = :device AND "
                        "{app_instances.package_name} = :package AND "
                        "{app_instances.android_user_id} = :android",
                    kInstanceColumns, {deviceId, input.packageName, input.androidUserId});
}

Result<TableRow> insertAppInstance(Database &database, const std::string &sql,
                                   const std::vector<SqlParameter> &parameters) {
    return insertRow(database, sql, "app_instances", kInstanceColumns, parameters);
}

Result<TableRow> insertNotification(Database &database, const std::string &sql,
                                    const std::vector<SqlParameter> &parameters) {
    return insertRow(database, sql, "notifications", kNotificationColumns, parameters);
}

} // namespace pregon
