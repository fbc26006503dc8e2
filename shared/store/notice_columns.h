// SPDX-License-Identifier: MIT
#pragma once

#include "shared/result.h"
#include "shared/store/database.h"

#include <string>
#include <string_view>
#include <vector>

namespace pregon {

/// A column of the table notifications that holds what a phone wrote, by our name, and the
/// character set in which the database keeps it: `utf8mb4`, `utf8mb3`, `latin1`.
struct NoticeColumn {
    std::string_view name;
    std::string characterSet;

    /// False: an emoji, or more, is stored as `?`.
    bool holdsEverything() const { return characterSet == "utf8mb4"; }
};

/// All of them, of a MariaDB; none of a database whose columns have no character set of their own.
/// Errors: the database's.
Result<std::vector<NoticeColumn>> noticeColumns(Database &database);

} // namespace pregon
