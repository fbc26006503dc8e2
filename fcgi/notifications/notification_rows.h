// SPDX-License-Identifier: MIT
#pragma once

#include "fcgi/notifications/notification_input.h"
#include "fcgi/notifications/stored_notification.h"

#include <optional>
#include <string>
#include <vector>

namespace pregon {

/// Notifications with their app instance and device. `conditionAndOrder` is what stands behind
/// WHERE, with the table notifications as `n`; values only as bound `parameters`. Unavailable.
Result<std::vector<NotificationRow>> selectNotifications(
    Database &database, const std::string &conditionAndOrder,
    const std::vector<SqlParameter> &parameters);

/// What a post needs to know of the phone that sent it.
struct PhoneRows {
    TableRow device;
    std::optional<TableRow> appInstance; ///< nullopt: none yet, or the notice names none
};

/// The device with that uuid, if it is that user's, and its app instance. nullopt: no such device.
Result<std::optional<PhoneRows>> selectPhone(Database &database, const std::string &userId,
                                             const NotificationInput &input);

/// The app instance of a device; nullopt: none. For input that names package and android user.
Result<std::optional<TableRow>> selectAppInstance(Database &database, const std::string &deviceId,
                                                  const NotificationInput &input);

/// An `INSERT INTO {table} … VALUES …` that gives what it has stored.
Result<TableRow> insertAppInstance(Database &database, const std::string &sql,
                                   const std::vector<SqlParameter> &parameters);
Result<TableRow> insertNotification(Database &database, const std::string &sql,
                                    const std::vector<SqlParameter> &parameters);

} // namespace pregon
