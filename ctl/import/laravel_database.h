// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/import/laravel_env.h"
#include "ctl/import/php_config.h"

#include <string>
#include <vector>

namespace pregon {

/// The database that a Laravel application uses.
struct LaravelDatabase {
    std::string url;                   ///< for PREGON_DATABASE; empty: none, for `reason`
    std::string from;                  ///< the application's names for it
    std::string reason;                ///< empty if no line speaks of a database, too
    std::string prefix;                ///< in front of its tables' names
    std::vector<std::string> warnings; ///< what Pregón does otherwise
};

/// As Laravel's config/database.php makes it of DB_URL and its query, DB_CONNECTION, DB_HOST and
/// the rest: that database exactly, with the same encryption, or none. `folder` is the
/// application's, for SQLite's relative path; `config` its config/database.php, which says whether
/// the older DATABASE_URL counts. Pure.
LaravelDatabase readLaravelDatabase(const LaravelEnv &env, const std::string &folder,
                                    const PhpConfig &config);

} // namespace pregon
