// SPDX-License-Identifier: MIT
#pragma once

#include "fcgi/notifications/notification_input.h"
#include "shared/store/database.h"

#include <string>

namespace pregon {

/// A notice as the database can hold it.
struct FittedInput {
    NotificationInput input;
    std::string altered; ///< `body (utf8mb3), title (utf8mb3)`; empty: it fitted as it was
};

/// The notice with `?` for each character that its column's character set lacks, as an emoji in a
/// MariaDB table of utf8mb3: the payment counts, not the emoji. Asks the database about each such
/// text: for notices that it has refused. Errors: the database's.
Result<FittedInput> fitToColumns(Database &database, const NotificationInput &input);

} // namespace pregon
