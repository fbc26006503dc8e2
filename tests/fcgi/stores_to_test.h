#pragma once

#include "tests/fcgi/demo_shops.h"

#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "CppUTest/TestHarness.h"

namespace pregon::fcgitest {

/// The kinds of store to test on: all three. Where the database servers are missing the test fails,
/// or is said not to have run on them if TEST_STORES is `sqlite` (a package's build).
inline std::vector<DatabaseKind> storesToTest() {
    std::vector<DatabaseKind> stores{DatabaseKind::Sqlite};
    const char *asked = std::getenv("TEST_STORES");
    for (const DatabaseKind kind : {DatabaseKind::PostgreSql, DatabaseKind::MariaDb})
        if (!storeUrl(kind, TemporaryFolder()).empty())
            stores.push_back(kind);
        else if (asked != nullptr && asked == std::string_view("sqlite"))
            UT_PRINT("NOT RUN on a database server: TEST_STORES=sqlite");
        else
            FAIL("run this by tests/with-databases");
    return stores;
}

inline bool isToTest(DatabaseKind kind) {
    return std::ranges::count(storesToTest(), kind) > 0;
}

} // namespace pregon::fcgitest
