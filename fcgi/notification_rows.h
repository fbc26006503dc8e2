#pragma once

#include "fcgi/stored_notification.h"

#include <string>
#include <vector>

namespace pregon {

/// Notifications with their app instance and device. `conditionAndOrder` is what stands behind
/// WHERE, with the table notifications as `n`; values only as bound `parameters`. Unavailable.
Result<std::vector<NotificationRow>> selectNotifications(
    Database &database, const std::string &conditionAndOrder,
    const std::vector<SqlParameter> &parameters);

} // namespace pregon
