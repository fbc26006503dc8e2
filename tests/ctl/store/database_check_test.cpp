// SPDX-License-Identifier: MIT
#include "ctl/store/database_check.h"

#include "tests/fcgi/notifications/stores_to_test.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace pregon;
using namespace pregon::fcgitest;

namespace {

AppConfig configOf(const Environment &values) {
    return *makeAppConfig(values, {});
}

/// What is missing, then the warnings, with commas.
std::string found(Database &database, const AppConfig &config) {
    const auto findings = checkDatabase(database, config);
    if (!findings)
        return "error: " + findings.error().reason;
    std::string text;
    for (const std::string &what : findings->missing)
        text += what + ",";
    for (const std::string &what : findings->warnings)
        text += "warning " + what + ",";
    return text;
}

} // namespace

TEST_GROUP(DatabaseCheck){};

TEST_GROUP(DatabaseCheckOnEveryDatabase){};

TEST(DatabaseCheckOnEveryDatabase, FindsNothingMissingInTheApplicationsTables) {
    for (const DatabaseKind kind : storesToTest()) {
        DemoShops shops(kind);
        const auto findings =
            checkDatabase(shops.database, configOf({{"PREGON_USER_COLUMNS", "id,name"}}));
        CHECK_TRUE(findings.has_value());
        LONGS_EQUAL(0, findings->missing.size());
    }
}

TEST(DatabaseCheck, NamesWhatIsMissing) {
    DemoShops shops;
    shops.execute("DROP TABLE pregon_outbox");
    shops.execute("ALTER TABLE commerces RENAME TO shops");
    shops.execute("ALTER TABLE devices RENAME COLUMN uuid TO guid");

    STRCMP_EQUAL("table commerces,column devices.uuid,table pregon_outbox (ours: pregonctl "
                 "database migrate makes it),",
                 found(shops.database, configOf({})).c_str());
}

TEST(DatabaseCheck, LooksForTheNamesThatAreConfigured) {
    DemoShops shops;
    shops.execute("ALTER TABLE commerces RENAME TO shops");
    shops.execute("ALTER TABLE devices RENAME COLUMN uuid TO guid");
    const AppConfig config =
        configOf({{"PREGON_TABLES", "commerces=shops"}, {"PREGON_COLUMNS", "devices.uuid=guid"}});

    DatabaseSettings settings(shops.url);
    settings.names = config.schemaNames;
    Database renamed = std::move(*Database::open(settings));

    STRCMP_EQUAL("", found(renamed, config).c_str());
}

TEST(DatabaseCheck, LooksForWhatTheSettingsAskFor) {
    DemoShops shops;
    const AppConfig config = configOf({{"PREGON_USER_COLUMNS", "id,plan"}});

    STRCMP_EQUAL("column users.plan,", found(shops.database, config).c_str());
}

TEST(DatabaseCheckOnEveryDatabase, WarnsOfAServerThatMayLoseACommit) {
    if (!isToTest(DatabaseKind::MariaDb))
        return;
    DemoShops shops(DatabaseKind::MariaDb);
    shops.execute("SET GLOBAL innodb_flush_log_at_trx_commit = 2");
    const std::string text = found(shops.database, configOf({}));
    shops.execute("SET GLOBAL innodb_flush_log_at_trx_commit = 1");

    STRCMP_CONTAINS("warning innodb_flush_log_at_trx_commit is 2, not 1: ", text.c_str());
}
