// SPDX-License-Identifier: MIT
#include "fcgi/notifications/notification_input.h"

#include "fcgi/notifications/decimal_text.h"
#include "fcgi/notifications/payment_text.h"

#include <algorithm>

namespace pregon {
namespace {

/// The application's, in its order, and two of our own: what the columns amount, android_user_id
/// and android_uid cannot hold is refused instead of failing in the database.
constexpr FieldRules kRules[] = {
    {"device_id", "required|string|uuid"},
    {"source_app", "required|string|in:yape,plin,bcp,interbank,bbva,scotiabank"},
    {"package_name", "nullable|string|max:255"},
    {"android_user_id", "nullable|integer|min:-2147483648|max:2147483647"},
    {"android_uid", "nullable|integer|min:-2147483648|max:2147483647"},
    {"title", "nullable|string|max:255"},
    {"body", "required|string"},
    {"amount", "nullable|numeric|min:0|max:99999999.99"},
    {"currency", "nullable|string|size:3"},
    {"payer_name", "nullable|string|max:255"},
    {"posted_at", "nullable|date"},
    {"received_at", "nullable|date"},
    {"raw_json", "nullable|array"},
    {"status", "nullable|string|in:pending,validated,inconsistent"},
};

std::optional<std::string> textOf(std::optional<std::int64_t> number) {
    return number ? std::optional(std::to_string(*number)) : std::nullopt;
}

NotificationInput toNotification(const CheckedFields &fields) {
    NotificationInput input;
    input.deviceUuid = fields.text("device_id").value_or("");
    input.sourceApp = fields.text("source_app").value_or("");
    input.packageName = fields.text("package_name");
    input.androidUserId = textOf(fields.whole("android_user_id"));
    input.androidUid = textOf(fields.whole("android_uid"));
    input.title = fields.text("title");
    input.body = fields.text("body").value_or("");
    input.currency = fields.text("currency");
    input.payerName = fields.text("payer_name");
    input.postedAt = fields.time("posted_at");
    input.receivedAt = fields.time("received_at");
    input.rawJson = fields.text("raw_json");
    input.status = fields.text("status");
    const auto amount = fields.hundredths("amount");
    if (amount)
        input.amount = formatHundredths(*amount);
    if (!isPlausiblePayment(input.title.value_or(""), input.body, amount))
        input.status = "inconsistent";
    return input;
}

} // namespace

tl::expected<NotificationInput, ValidationErrors> readNotificationInput(
    const HttpRequest &request) {
    std::string_view names[std::size(kRules)];
    std::transform(std::begin(kRules), std::end(kRules), names,
                   [](const FieldRules &rule) { return rule.field; });
    const InputFields fields = readInputFields(request, names);
    ValidationErrors errors = validate(fields, kRules);
    if (!errors.empty())
        return tl::unexpected<ValidationErrors>(std::move(errors));
    return toNotification(CheckedFields(fields));
}

} // namespace pregon
