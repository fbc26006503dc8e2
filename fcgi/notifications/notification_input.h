// SPDX-License-Identifier: MIT
#pragma once

#include "fcgi/http/http_message.h"
#include "fcgi/notifications/laravel_validation.h"

#include <optional>
#include <string>
#include <tl/expected.hpp>

namespace pregon {

/// What a phone posts: checked, and in the form in which it is stored.
struct NotificationInput {
    std::string deviceUuid;
    std::string sourceApp;
    std::optional<std::string> packageName;
    std::optional<std::string> androidUserId; ///< a whole number
    std::optional<std::string> androidUid;    ///< a whole number
    std::optional<std::string> title;
    std::string body;
    std::optional<std::string>
        amount; ///< `25.50`, at most 99999999.99: the column is decimal(10,2)
    std::optional<std::string> currency;
    std::optional<std::string> payerName;
    std::optional<std::string> postedAt;   ///< `2026-11-24 09:00:00`: the wall clock as written
    std::optional<std::string> receivedAt; ///< likewise
    std::optional<std::string> rawJson;    ///< an array or object, without white space
    std::optional<std::string> status;     ///< `inconsistent` if it is no payment (payment_text.h)
};

/// Reads and checks `POST /api/notifications` (recorded in
/// tests/e2e/fixtures/laravel_notifications.json), a JSON or form body. Anything else, malformed
/// JSON and JSON that is no object count as no fields at all, as in Laravel: then three fields are
/// missing. The errors are the answer's body.
tl::expected<NotificationInput, ValidationErrors> readNotificationInput(const HttpRequest &request);

} // namespace pregon
