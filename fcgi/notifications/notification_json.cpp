// SPDX-License-Identifier: MIT
#include "fcgi/notifications/notification_json.h"

#include "fcgi/notifications/date_text.h"
#include "fcgi/notifications/decimal_text.h"
#include "shared/clock.h"
#include "shared/json/json.h"
#include "shared/json/json_scan.h"

#include <span>

namespace pregon {
namespace {

/// How a column's value is written. Date: `2026-11-24T09:00:00.000000Z`; Offset:
/// `2026-11-24T09:00:00+00:00`.
enum class Form { Integer, Text, Amount, Date, Offset, Boolean, Json };

struct Member {
    std::string_view column; ///< and the member's name
    Form form;
};

constexpr Member kCreatedMembers[] = {
    {"user_id", Form::Integer},     {"commerce_id", Form::Integer},
    {"device_id", Form::Integer},   {"source_app", Form::Text},
    {"package_name", Form::Text},   {"android_user_id", Form::Integer},
    {"android_uid", Form::Integer}, {"app_instance_id", Form::Integer},
    {"title", Form::Text},          {"body", Form::Text},
    {"amount", Form::Amount},       {"currency", Form::Text},
    {"payer_name", Form::Text},     {"posted_at", Form::Date},
    {"received_at", Form::Date},    {"raw_json", Form::Json},
    {"status", Form::Text},         {"is_duplicate", Form::Boolean},
    {"updated_at", Form::Date},     {"created_at", Form::Date},
    {"id", Form::Integer},
};

constexpr Member kListedMembers[] = {
    {"id", Form::Integer},           {"user_id", Form::Integer},
    {"device_id", Form::Integer},    {"source_app", Form::Text},
    {"title", Form::Text},           {"body", Form::Text},
    {"amount", Form::Amount},        {"currency", Form::Text},
    {"payer_name", Form::Text},      {"received_at", Form::Date},
    {"raw_json", Form::Json},        {"status", Form::Text},
    {"is_duplicate", Form::Boolean}, {"created_at", Form::Date},
    {"updated_at", Form::Date},      {"commerce_id", Form::Integer},
    {"package_name", Form::Text},    {"android_user_id", Form::Integer},
    {"android_uid", Form::Integer},  {"app_instance_id", Form::Integer},
    {"posted_at", Form::Date},
};

/// Of a row that has app_instance_label and device_alias besides its own columns.
constexpr Member kBroadcastMembers[] = {
    {"id", Form::Integer},
    {"user_id", Form::Integer},
    {"commerce_id", Form::Integer},
    {"device_id", Form::Integer},
    {"source_app", Form::Text},
    {"package_name", Form::Text},
    {"app_instance_id", Form::Integer},
    {"app_instance_label", Form::Text},
    {"device_alias", Form::Text},
    {"title", Form::Text},
    {"body", Form::Text},
    {"amount", Form::Amount},
    {"currency", Form::Text},
    {"payer_name", Form::Text},
    {"posted_at", Form::Offset},
    {"received_at", Form::Offset},
    {"status", Form::Text},
    {"is_duplicate", Form::Boolean},
    {"created_at", Form::Offset},
};

constexpr Member kInstanceMembers[] = {
    {"id", Form::Integer},
    {"commerce_id", Form::Integer},
    {"device_id", Form::Integer},
    {"package_name", Form::Text},
    {"android_user_id", Form::Integer},
    {"instance_label", Form::Text},
    {"created_at", Form::Date},
    {"updated_at", Form::Date},
};

constexpr Member kDeviceMembers[] = {
    {"id", Form::Integer},
    {"user_id", Form::Integer},
    {"uuid", Form::Text},
    {"name", Form::Text},
    {"platform", Form::Text},
    {"is_active", Form::Boolean},
    {"last_seen_at", Form::Date},
    {"created_at", Form::Date},
    {"updated_at", Form::Date},
    {"commerce_id", Form::Integer},
    {"alias", Form::Text},
    {"battery_level", Form::Integer},
    {"battery_optimization_disabled", Form::Boolean},
    {"notification_permission_enabled", Form::Boolean},
    {"last_heartbeat", Form::Date},
};

std::string jsonText(std::string_view text) {
    std::string json;
    appendJsonString(json, text);
    return json;
}

std::optional<std::string> dateJson(const std::string &stored,
                                    std::string (*format)(std::int64_t)) {
    const auto seconds = parseTime(stored);
    return seconds ? std::optional(jsonText(format(*seconds))) : std::nullopt;
}

/// nullopt: the value is not of that form.
std::optional<std::string> valueJson(const std::string &value, Form form) {
    switch (form) {
    case Form::Integer:
        if (const auto number = parseWhole(value))
            return std::to_string(*number);
        return std::nullopt;
    case Form::Text:
        return isValidUtf8(value) ? std::optional(jsonText(value)) : std::nullopt;
    case Form::Amount:
        if (const auto hundredths = parseHundredths(value))
            return jsonText(formatHundredths(*hundredths));
        return std::nullopt;
    case Form::Date:
        return dateJson(value, formatUtcTime);
    case Form::Offset:
        return dateJson(value, formatOffsetTime);
    case Form::Boolean:
        return isTrue(value) ? "true" : "false";
    case Form::Json:
        return validateJson(value) ? std::optional(value) : std::nullopt;
    }
    return std::nullopt;
}

void writeMembers(JsonWriter &json, const TableRow &row, std::span<const Member> members) {
    for (const Member &member : members) {
        const SqlValue value = row.column(member.column);
        json.key(member.column)
            .raw(value ? valueJson(*value, member.form).value_or("null") : "null");
    }
}

void writeRelated(JsonWriter &json, std::string_view name, const std::optional<TableRow> &row,
                  std::span<const Member> members) {
    json.key(name);
    if (!row) {
        json.null();
        return;
    }
    json.beginObject();
    writeMembers(json, *row, members);
    json.endObject();
}

void writeListed(JsonWriter &json, const NotificationRow &row) {
    json.beginObject();
    writeMembers(json, row.notification, kListedMembers);
    writeRelated(json, "device", row.device, kDeviceMembers);
    writeRelated(json, "app_instance", row.appInstance, kInstanceMembers);
    json.endObject();
}

} // namespace

bool isTrue(const SqlValue &value) {
    return value && (*value == "1" || *value == "t" || *value == "true");
}

std::string createdAnswerJson(const NotificationRow &row) {
    const bool isDuplicate = isTrue(row.notification.column("is_duplicate"));
    JsonWriter json;
    json.beginObject().key("message").string(isDuplicate
                                                 ? "Notification received (duplicate detected)"
                                                 : "Notification created successfully");
    json.key("notification").beginObject();
    writeMembers(json, row.notification, kCreatedMembers);
    writeRelated(json, "app_instance", row.appInstance, kInstanceMembers);
    writeRelated(json, "device", row.device, kDeviceMembers);
    json.endObject().endObject();
    return json.take();
}

std::string listedRowsJson(const std::vector<NotificationRow> &rows) {
    JsonWriter json;
    json.beginArray();
    for (const NotificationRow &row : rows)
        writeListed(json, row);
    json.endArray();
    return json.take();
}

std::string shownAnswerJson(const NotificationRow &row) {
    JsonWriter json;
    json.beginObject().key("notification");
    writeListed(json, row);
    json.endObject();
    return json.take();
}

std::string statusAnswerJson(const TableRow &notification) {
    JsonWriter json;
    json.beginObject().key("message").string("Notification status updated");
    json.key("notification").beginObject();
    writeMembers(json, notification, kListedMembers);
    json.endObject().endObject();
    return json.take();
}

std::string broadcastDataJson(const NotificationRow &row) {
    TableRow flat = row.notification;
    if (row.appInstance)
        flat.columns["app_instance_label"] = row.appInstance->column("instance_label");
    if (row.device)
        flat.columns["device_alias"] = row.device->column("alias");
    JsonWriter json;
    json.beginObject();
    writeMembers(json, flat, kBroadcastMembers);
    json.endObject();
    return json.take();
}

} // namespace pregon
