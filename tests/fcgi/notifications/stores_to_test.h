// SPDX-License-Identifier: MIT
#pragma once

#include "tests/fcgi/demo_shops.h"

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "tests/not_run.h"

namespace pregon::fcgitest {

inline const char *nameOf(DatabaseKind kind) {
    return kind == DatabaseKind::Sqlite       ? "SQLite"
           : kind == DatabaseKind::PostgreSql ? "PostgreSQL"
                                              : "MariaDB";
}

/// The kinds of store to test on: all three. Without the servers of tests/with-databases the test
/// is NOT RUN on them; with TEST_STORES=all, which promises them, it fails. For groups whose names
/// end in `OnEveryDatabase`, since tests/run-units starts the servers for these.
inline std::vector<DatabaseKind> storesToTest() {
    const std::string group = UtestShell::getCurrent()->getGroup().asCharString();
    CHECK_TRUE_TEXT(group.ends_with("OnEveryDatabase"), "needs a group whose name ends so");
    const char *promised = std::getenv("TEST_STORES");
    std::vector<DatabaseKind> stores{DatabaseKind::Sqlite};
    std::string missing;
    for (const DatabaseKind kind : {DatabaseKind::PostgreSql, DatabaseKind::MariaDb})
        if (!storeUrl(kind, TemporaryFolder()).empty())
            stores.push_back(kind);
        else
            missing += std::string(" ") + nameOf(kind);
    if (!missing.empty() && promised != nullptr && promised == std::string("all"))
        FAIL(("TEST_STORES=all, but there is no server:" + missing).c_str());
    if (!missing.empty())
        notRun("no server:" + missing);
    return stores;
}

inline bool isToTest(DatabaseKind kind) {
    return std::ranges::count(storesToTest(), kind) > 0;
}

} // namespace pregon::fcgitest
