// SPDX-License-Identifier: MIT
#include "ctl/store/demo_store.h"

#include "shared/auth/token_store.h"
#include "tests/fcgi/notifications/stores_to_test.h"

#include <algorithm>
#include <set>
#include <string>

#include "CppUTest/TestHarness.h"

using namespace pregon;
using namespace pregon::fcgitest;

namespace {

/// x: a hex digit; v: 8, 9, a or b; else the character itself.
bool isVersion4Uuid(const std::string &uuid) {
    const std::string_view shape = "xxxxxxxx-xxxx-4xxx-vxxx-xxxxxxxxxxxx";
    return std::equal(uuid.begin(), uuid.end(), shape.begin(), shape.end(), [](char c, char kind) {
        if (kind == 'x' || kind == 'v')
            return std::string_view(kind == 'x' ? "0123456789abcdef" : "89ab").find(c) !=
                   std::string_view::npos;
        return c == kind;
    });
}

} // namespace

TEST_GROUP(DemoStore){};

TEST_GROUP(DemoStoreOnEveryDatabase){};

TEST(DemoStore, MakesTwoShopsWithTwoUsersEach) {
    DemoShops demo;

    LONGS_EQUAL(2, demo.store.shops.size());
    const DemoShop &shop = demo.store.shops[1];
    STRCMP_EQUAL("Tienda Dos", shop.name.c_str());
    STRCMP_EQUAL("Beto", shop.ownerName.c_str());
    STRCMP_EQUAL("2", shop.commerceId.c_str());
    STRCMP_EQUAL(
        "Ana|admin|1, Caja Uno|captador|1, Beto|admin|2, Caja Dos|captador|2",
        demo.value("SELECT group_concat(name||'|'||role||'|'||commerce_id, ', ') FROM users")
            .c_str());
    STRCMP_EQUAL("1,3", demo.value("SELECT group_concat(owner_user_id) FROM commerces").c_str());
    STRCMP_EQUAL("!", demo.value("SELECT DISTINCT password FROM users").c_str());
}

TEST(DemoStore, GivesEveryUserATokenThatWorks) {
    DemoShops demo;

    STRCMP_EQUAL("Ana", demo.ana.column("name")->c_str());
    STRCMP_EQUAL("Caja Uno", demo.caja.column("name")->c_str());
    STRCMP_EQUAL("Caja Dos", demo.userOf(demo.store.shops[1].cashierToken).column("name")->c_str());
}

TEST(DemoStore, GivesEveryUserAnActiveDeviceOfTheShop) {
    DemoShops demo;
    std::set<std::string> uuids;
    for (const DemoShop &shop : demo.store.shops)
        for (const std::string &uuid : {shop.ownerDevice, shop.cashierDevice}) {
            CHECK_TRUE_TEXT(isVersion4Uuid(uuid), uuid.c_str());
            uuids.insert(uuid);
        }

    LONGS_EQUAL(4, uuids.size());
    STRCMP_EQUAL("1|1|Caja 1, 2|1|Caja 2, 3|2|Caja 3, 4|2|Caja 4",
                 demo.value("SELECT group_concat(user_id||'|'||commerce_id||'|'||alias, ', ') "
                            "FROM devices WHERE is_active = 1")
                     .c_str());
    STRCMP_EQUAL(
        "1",
        demo.value("SELECT user_id FROM devices WHERE uuid = '" + demo.anasDevice() + "'").c_str());
}

TEST(DemoStoreOnEveryDatabase, RefusesAStoreThatHasUsers) {
    for (const DatabaseKind kind : storesToTest()) {
        DemoShops demo(kind);

        const auto again = makeDemoStore(demo.database, demo.clock, kUserType);

        CHECK(again.error().code == Errc::BadRequest);
        STRCMP_EQUAL("4", demo.value("SELECT count(*) FROM users").c_str());
    }
}

TEST(DemoStoreOnEveryDatabase, MakesTheOutboxWhereTheApplicationsTablesAre) {
    for (const DatabaseKind kind : storesToTest()) {
        DemoShops demo(kind);

        CHECK_TRUE(checkOutbox(demo.database).has_value());
        STRCMP_EQUAL("Beto", demo.beto.column("name")->c_str());
    }
}

TEST(DemoStoreOnEveryDatabase, LeavesADatabaseServersTablesToTheApplication) {
    for (const DatabaseKind kind : storesToTest()) {
        if (kind == DatabaseKind::Sqlite)
            continue;
        DemoShops demo(kind);
        demo.execute("ALTER TABLE users RENAME TO put_away");

        const auto made = makeDemoStore(demo.database, demo.clock, kUserType);

        demo.execute("ALTER TABLE put_away RENAME TO users");
        CHECK(made.error().code == Errc::Internal);
    }
}

TEST(DemoStore, FillsTablesThatAreThereButEmpty) {
    TemporaryFolder folder;
    SetClock clock;
    auto database = *Database::open("sqlite:" + folder.file("new.db"), Database::IfMissing::Create);
    CHECK_TRUE(createEmbeddedSchema(database).has_value());

    CHECK_TRUE(makeDemoStore(database, clock, kUserType).has_value());
}

TEST(DemoStore, HasTheApplicationsTablesAndIndexes) {
    DemoShops demo;

    STRCMP_EQUAL("8", demo.value("SELECT count(*) FROM sqlite_master WHERE type = 'table' AND "
                                 "name NOT LIKE 'sqlite_%'")
                          .c_str());
    STRCMP_EQUAL("23", demo.value("SELECT count(*) FROM sqlite_master WHERE type = 'index' AND "
                                  "name NOT LIKE 'sqlite_%'")
                           .c_str());
}
