// SPDX-License-Identifier: MIT
#include "fcgi/notifications/notification_query.h"

#include <algorithm>

namespace pregon {
namespace {

/// The application's, in its order, and after_id.
constexpr FieldRules kRules[] = {
    {"device_id", "nullable|integer"},
    {"source_app", "nullable|in:yape,plin,bcp,interbank,bbva,scotiabank"},
    {"package_name", "nullable|string|max:255"},
    {"app_instance_id", "nullable|integer"},
    {"start_date", "nullable|date"},
    {"end_date", "nullable|date|after_or_equal:start_date"},
    {"status", "nullable|in:pending,validated,inconsistent"},
    {"exclude_duplicates", "nullable|boolean"},
    {"per_page", "nullable|integer|min:1|max:100"},
    {"after_id", "nullable|integer|min:0"},
};

} // namespace

tl::expected<NotificationQuery, ValidationErrors> readNotificationQuery(std::string_view query) {
    const InputFields input = readQueryFields(query);
    if (ValidationErrors errors = validate(input, kRules); !errors.empty())
        return tl::unexpected<ValidationErrors>(std::move(errors));
    const CheckedFields fields(input);
    NotificationQuery asked;
    asked.filter.deviceId = fields.whole("device_id");
    asked.filter.sourceApp = fields.text("source_app");
    asked.filter.packageName = fields.text("package_name");
    asked.filter.appInstanceId = fields.whole("app_instance_id");
    asked.filter.status = fields.text("status");
    asked.filter.receivedFrom = fields.time("start_date");
    asked.filter.receivedTo = fields.time("end_date");
    asked.filter.excludeDuplicates = fields.isTrue("exclude_duplicates");
    asked.page =
        std::clamp<std::int64_t>(fields.whole("page").value_or(1), 1, kMaxNotificationPage);
    asked.perPage = fields.whole("per_page").value_or(asked.perPage);
    asked.afterId = fields.whole("after_id");
    return asked;
}

} // namespace pregon
