// SPDX-License-Identifier: MIT
#pragma once

#include "fcgi/notifications/stored_notification.h"

#include <string>
#include <vector>

namespace pregon {

/// Stored notifications as JSON, with members, order and formats as recorded in
/// tests/e2e/fixtures/laravel_notifications.json. Pure. Unlike PHP's, the text is UTF-8 with no
/// `\u` escapes and no `\/`; to a JSON parser the same. A stored text that is not UTF-8 or JSON is
/// given as null.

/// The body of the 201 answer to `POST /api/notifications`.
std::string createdAnswerJson(const NotificationRow &row);

/// `[…]`: rows as `GET /api/notifications` lists them.
std::string listedRowsJson(const std::vector<NotificationRow> &rows);

/// The body of the 200 answer to `GET /api/notifications/{id}`.
std::string shownAnswerJson(const NotificationRow &row);

/// The body of the 200 answer to `PATCH /api/notifications/{id}/status`: without what belongs to
/// the notification.
std::string statusAnswerJson(const TableRow &notification);

/// The data of the event `notification.created`.
std::string broadcastDataJson(const NotificationRow &row);

/// True for a boolean column that is set.
bool isTrue(const SqlValue &value);

} // namespace pregon
