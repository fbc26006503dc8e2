// SPDX-License-Identifier: MIT
#pragma once

#include "shared/config/app_config.h"
#include "shared/store/database.h"

#include <string>
#include <vector>

namespace pregon {

/// What `pregonctl database check` found.
struct DatabaseFindings {
    std::vector<std::string> missing; ///< tables and columns without which Pregón cannot work
    /// The server's settings that may lose what was acknowledged, and columns that cannot hold
    /// every character.
    std::vector<std::string> warnings;
};

/// Compares the store with what Pregón reads and writes, by the names that `config` gives, and
/// looks at the durability of commits. Changes nothing. Unavailable: the database's.
Result<DatabaseFindings> checkDatabase(Database &database, const AppConfig &config);

} // namespace pregon
