// SPDX-License-Identifier: MIT
#pragma once

#include "fcgi/notifications/laravel_validation.h"
#include "shared/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pregon {

/// Which notifications a list shows: those to which everything that is given applies.
struct NotificationFilter {
    std::optional<std::int64_t> deviceId;
    std::optional<std::string> sourceApp;
    std::optional<std::string> packageName;
    std::optional<std::int64_t> appInstanceId;
    std::optional<std::string> status;
    std::optional<std::string> receivedFrom; ///< `2026-11-24 09:00:00`, included
    std::optional<std::string> receivedTo;   ///< the same
    bool excludeDuplicates = false;
};

/// What `GET /api/notifications` is asked for.
struct NotificationQuery {
    NotificationFilter filter;
    std::int64_t page = 1;
    std::int64_t perPage = 50;
    std::optional<std::int64_t> afterId;
};

/// Reads and checks a query string as the application does, and after_id, which is ours. As in
/// Laravel, a page that is no number is the first, and a date without a time is its midnight. Dates
/// mean what is written, as stored ones do (date_text.h).
tl::expected<NotificationQuery, ValidationErrors> readNotificationQuery(std::string_view query);

/// The highest page: another is taken for it.
inline constexpr std::int64_t kMaxNotificationPage = 1'000'000'000;

} // namespace pregon
