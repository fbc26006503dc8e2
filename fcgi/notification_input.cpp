#include "fcgi/notification_input.h"

#include "fcgi/date_text.h"
#include "fcgi/decimal_text.h"
#include "fcgi/payment_text.h"
#include "shared/ascii.h"
#include "shared/clock.h"

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

InputFields readJsonFields(std::string_view body) {
    std::string_view names[std::size(kRules)];
    JsonSlice found[std::size(kRules)];
    std::transform(std::begin(kRules), std::end(kRules), names,
                   [](const FieldRules &rule) { return rule.field; });
    InputFields fields;
    if (!scanJsonObject(body, names, found))
        return fields;
    for (std::size_t i = 0; i < std::size(kRules); i++)
        fields.emplace(names[i], makeInput(found[i]));
    return fields;
}

InputFields readInputFields(const HttpRequest &request) {
    const std::string type = asciiLower(request.contentType);
    if (type.find("/json") != std::string::npos || type.find("+json") != std::string::npos)
        return readJsonFields(request.body);
    if (!type.starts_with("application/x-www-form-urlencoded") &&
        !type.starts_with("multipart/form-data"))
        return {};
    const auto form = readFormFields(request);
    return form ? makeInput(*form) : InputFields{};
}

/// Looks into fields that have passed the check.
class CheckedFields {
  public:
    explicit CheckedFields(const InputFields &fields) : fields_(fields) {}

    std::optional<std::string> text(std::string_view field) const {
        const auto found = fields_.find(field);
        if (found == fields_.end() || found->second.kind == InputValue::Kind::Null)
            return std::nullopt;
        return found->second.text;
    }

    std::optional<std::int64_t> hundredths(std::string_view field) const {
        const auto value = text(field);
        return value ? parseHundredths(*value) : std::nullopt;
    }

    std::optional<std::string> whole(std::string_view field) const {
        const auto value = text(field);
        const auto number = value ? parseWhole(*value) : std::nullopt;
        return number ? std::optional(std::to_string(*number)) : std::nullopt;
    }

    std::optional<std::string> time(std::string_view field) const {
        const auto value = text(field);
        const auto seconds = value ? parseWallClock(*value) : std::nullopt;
        return seconds ? std::optional(formatSqlTime(*seconds)) : std::nullopt;
    }

  private:
    const InputFields &fields_;
};

NotificationInput toNotification(const CheckedFields &fields) {
    NotificationInput input;
    input.deviceUuid = fields.text("device_id").value_or("");
    input.sourceApp = fields.text("source_app").value_or("");
    input.packageName = fields.text("package_name");
    input.androidUserId = fields.whole("android_user_id");
    input.androidUid = fields.whole("android_uid");
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
    const InputFields fields = readInputFields(request);
    ValidationErrors errors = validate(fields, kRules);
    if (!errors.empty())
        return tl::unexpected<ValidationErrors>(std::move(errors));
    return toNotification(CheckedFields(fields));
}

} // namespace pregon
