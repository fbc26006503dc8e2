#include "fcgi/notification_rows.h"

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
        list.append(alias).append(".{").append(table).append(".").append(column).append("}");
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

} // namespace pregon
