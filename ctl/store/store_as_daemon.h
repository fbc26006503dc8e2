// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/store/database_check.h"
#include "shared/config/app_config.h"
#include "shared/result.h"

#include <string>

namespace pregon {

/// The file of a SQLite store; empty: another kind of store.
std::string sqliteFile(const AppConfig &config);

/// Opens the store, and tries to change a SQLite file (the change is rolled back), in this process.
/// Errors as Database's.
Result<Done> tryStore(const AppConfig &config);

/// checkDatabase(), asked as the user of the daemons (ctl/host/as_daemon.h): what root finds says
/// nothing about them. `configFile` is how they are known.
Result<DatabaseFindings> askStore(const std::string &configFile, const AppConfig &config);

} // namespace pregon
