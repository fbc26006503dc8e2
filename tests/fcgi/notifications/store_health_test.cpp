// SPDX-License-Identifier: MIT
#include "fcgi/notifications/store_health.h"

#include "tests/fcgi/notifications/stores_to_test.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace pregon;
using namespace pregon::fcgitest;

namespace {

struct CheckedStore {
    explicit CheckedStore(DatabaseKind kind) : shops(kind) {}

    std::string ask() {
        const auto waited = health.oldestWaitSeconds(shops.database, StoreHealth::Time::max());
        return waited ? std::to_string(*waited) : "away";
    }
    /// An entry that is pending since so many seconds, by the clock.
    void add(std::int64_t secondsAgo) {
        shops.execute("INSERT INTO pregon_outbox (channel, event, data, created_at) VALUES ('c', "
                      "'e', 'd', '" +
                      formatSqlTime(shops.clock.unixSeconds() - secondsAgo) + "')");
    }
    std::string entries() { return shops.value("SELECT count(*) FROM pregon_outbox"); }

    DemoShops shops;
    StoreHealth health{shops.clock};
};

} // namespace

TEST_GROUP(StoreHealthOnEveryDatabase){};

TEST(StoreHealthOnEveryDatabase, AStoreThatTakesAWriteIsWellAndKeepsNothingOfIt) {
    for (const DatabaseKind kind : storesToTest()) {
        CheckedStore store(kind);
        STRCMP_EQUAL_TEXT("0", store.ask().c_str(), nameOf(kind));
        STRCMP_EQUAL("0", store.entries().c_str());
    }
}

TEST(StoreHealthOnEveryDatabase, TellsHowLongTheOldestEntryHasWaited) {
    for (const DatabaseKind kind : storesToTest()) {
        CheckedStore store(kind);
        store.add(40);
        store.add(20);
        STRCMP_EQUAL_TEXT("40", store.ask().c_str(), nameOf(kind));
        store.shops.clock.advance(5);
        STRCMP_EQUAL("45", store.ask().c_str());
        store.shops.execute("DELETE FROM pregon_outbox");
        store.shops.clock.advance(5);
        STRCMP_EQUAL("0", store.ask().c_str());
    }
}

TEST(StoreHealthOnEveryDatabase, AClockThatIsSetBackHidesNoEntryThatWaits) {
    for (const DatabaseKind kind : storesToTest()) {
        CheckedStore store(kind);
        store.add(0);
        store.shops.clock.jump(-86400);
        STRCMP_EQUAL_TEXT("0", store.ask().c_str(), nameOf(kind));
        store.shops.clock.advance(31);
        STRCMP_EQUAL("31", store.ask().c_str());
    }
}

TEST(StoreHealthOnEveryDatabase, AStoreThatTakesNoWriteIsAway) {
    const std::pair<DatabaseKind, const char *> kinds[] = {
        {DatabaseKind::Sqlite, "PRAGMA query_only = ON"},
        {DatabaseKind::PostgreSql, "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY"},
        {DatabaseKind::MariaDb, "SET SESSION TRANSACTION READ ONLY"},
    };
    for (const auto &[kind, makesReadOnly] : kinds) {
        if (!isToTest(kind))
            continue;
        CheckedStore store(kind);
        store.shops.execute(makesReadOnly);
        STRCMP_EQUAL_TEXT("away", store.ask().c_str(), nameOf(kind));
    }
}

TEST_GROUP(StoreHealth) {
    CheckedStore store{DatabaseKind::Sqlite};
};

TEST(StoreHealth, AnswersWithoutTheStoreForASecond) {
    STRCMP_EQUAL("0", store.ask().c_str());
    store.shops.execute("DROP TABLE pregon_outbox");
    STRCMP_EQUAL("0", store.ask().c_str());
    store.shops.clock.advance(1);
    STRCMP_EQUAL("away", store.ask().c_str());
}

TEST(StoreHealth, ARequestThatIsTooLateLeavesNoAnswerForOthers) {
    CHECK_FALSE(store.health.oldestWaitSeconds(store.shops.database, {}).has_value());
    STRCMP_EQUAL("0", store.ask().c_str());
}
