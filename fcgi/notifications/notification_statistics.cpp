// SPDX-License-Identifier: MIT
#include "fcgi/notifications/notification_statistics.h"

#include "fcgi/notifications/decimal_text.h"
#include "fcgi/notifications/notification_json.h"
#include "shared/json/json.h"
#include "shared/json/json_scan.h"

#include <algorithm>

namespace pregon {
namespace {

constexpr FieldRules kRules[] = {
    {"start_date", "nullable|date"},
    {"end_date", "nullable|date|after_or_equal:start_date"},
};

/// `2026-11-24 09:00:00` as the end of that day.
std::string endOfDay(const std::string &time) {
    return time.substr(0, time.find(' ')) + " 23:59:59";
}

/// `35.8`, `10`: a number as PHP writes it.
std::string numberText(std::int64_t hundredths) {
    std::string text = formatHundredths(hundredths);
    text.erase(text.find_last_not_of('0') + 1);
    if (text.ends_with('.'))
        text.pop_back();
    return text;
}

std::int64_t wholeOf(const SqlValue &value) {
    return parseWhole(value.value_or("")).value_or(0);
}

constexpr std::string_view kSelect =
    "SELECT n.{notifications.source_app}, n.{notifications.device_id}, d.{devices.name}, "
    "date(n.{notifications.received_at}), n.{notifications.status}, "
    "n.{notifications.is_duplicate}, count(*), sum(n.{notifications.amount}), "
    "min(n.{notifications.id}) FROM {notifications} n LEFT JOIN {devices} d ON d.{devices.id} = "
    "n.{notifications.device_id} WHERE n.{notifications.user_id} = :user AND "
    "n.{notifications.received_at} >= :from AND n.{notifications.received_at} <= :to "
    "GROUP BY n.{notifications.source_app}, n.{notifications.device_id}, d.{devices.name}, "
    "date(n.{notifications.received_at}), n.{notifications.status}, "
    "n.{notifications.is_duplicate}";
constexpr std::size_t kSelectedColumns = 9;

NotificationStatistics::Group groupOf(const SqlRow &row) {
    NotificationStatistics::Group group;
    group.sourceApp = row[0].value_or("unknown"); // the application's word
    group.deviceId = row[1].value_or("");
    group.deviceName = row[2];
    group.day = row[3].value_or("");
    group.status = row[4].value_or("pending");
    group.isDuplicate = isTrue(row[5]);
    group.count = wholeOf(row[6]);
    group.hundredths = parseHundredths(row[7].value_or("0")).value_or(0);
    group.firstId = wholeOf(row[8]);
    return group;
}

} // namespace

tl::expected<StatisticsPeriod, ValidationErrors> readStatisticsPeriod(std::string_view query) {
    const InputFields input = readQueryFields(query);
    if (ValidationErrors errors = validate(input, kRules); !errors.empty())
        return tl::unexpected<ValidationErrors>(std::move(errors));
    const CheckedFields fields(input);
    StatisticsPeriod period;
    period.from = fields.time("start_date");
    if (const auto last = fields.time("end_date"))
        period.to = endOfDay(*last);
    return period;
}

void NotificationStatistics::Sum::add(const Group &group) {
    firstId = count == 0 ? group.firstId : std::min(firstId, group.firstId);
    count += group.count;
    hundredths += group.hundredths;
}

void NotificationStatistics::add(const Group &group) {
    if (group.isDuplicate) {
        duplicates_ += group.count;
        return;
    }
    all_.add(group);
    apps_[group.sourceApp].add(group);
    days_[group.day].add(group);
    statuses_[group.status] += group.count;
    if (!group.deviceName)
        return;
    Device &device = devices_[wholeOf(group.deviceId)];
    device.name = *group.deviceName;
    device.sum.add(group);
}

NotificationStatistics::Named NotificationStatistics::devicesByName() const {
    Named named;
    for (const auto &[id, device] : devices_) {
        const auto same = std::ranges::find(named, device.name, &Named::value_type::first);
        if (same != named.end())
            same->second = device.sum;
        else
            named.emplace_back(device.name, device.sum);
    }
    return named;
}

NotificationStatistics::Named NotificationStatistics::daysAsTheyOccur() const {
    Named days(days_.begin(), days_.end());
    std::ranges::stable_sort(days, {}, [](const auto &day) { return day.second.firstId; });
    return days;
}

void NotificationStatistics::writeGroups(JsonWriter &json, std::string_view name,
                                         const Named &groups) {
    json.key(name).beginObject();
    for (const auto &[key, sum] : groups) {
        json.key(isValidUtf8(key) ? key : "").beginObject();
        json.key("count").number(sum.count);
        json.key("total_amount").raw(numberText(sum.hundredths)).endObject();
    }
    json.endObject();
}

std::string NotificationStatistics::toJson() const {
    JsonWriter json;
    json.beginObject().key("total").number(all_.count);
    json.key("total_amount").raw(numberText(all_.hundredths));
    writeGroups(json, "by_source_app", Named(apps_.begin(), apps_.end()));
    writeGroups(json, "by_device", devicesByName());
    writeGroups(json, "by_date", daysAsTheyOccur());
    json.key("by_status").beginObject();
    for (const auto &[status, count] : statuses_)
        json.key(isValidUtf8(status) ? status : "").number(count);
    json.endObject().key("duplicates").number(duplicates_).endObject();
    return json.take();
}

Result<NotificationStatistics> readStatistics(Database &database, const User &user,
                                              const StatisticsPeriod &period) {
    const auto rows = database.query(kSelect, kSelectedColumns,
                                     {user.id, period.from.value_or("1000-01-01 00:00:00"),
                                      period.to.value_or("9999-12-31 23:59:59")});
    if (!rows)
        return tl::unexpected<Error>(rows.error());
    NotificationStatistics statistics;
    for (const SqlRow &row : *rows)
        statistics.add(groupOf(row));
    return statistics;
}

} // namespace pregon
