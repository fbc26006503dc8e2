// SPDX-License-Identifier: MIT
#include "shared/store/database.h"

#include "tests/fcgi/demo_shops.h"

#include <fstream>
#include <string>
#include <thread>

#include "CppUTest/TestHarness.h"

using namespace pregon;

TEST_GROUP(Database) {
    fcgitest::TemporaryFolder folder;
    const std::string url = "sqlite:" + folder.file("store.db");
    Database database = std::move(*Database::open(url, Database::IfMissing::Create));

    void setup() override {
        execute("CREATE TABLE t (id integer primary key, name varchar, at datetime, n integer)");
    }

    void execute(std::string_view sql, const std::vector<SqlParameter> &parameters = {}) {
        const auto done = database.execute(sql, parameters);
        CHECK_TRUE_TEXT(done.has_value(), done ? "" : done.error().reason.c_str());
    }

    static std::string value(Database & from, std::string_view sql) {
        const auto rows = from.query(sql, 1);
        if (!rows)
            return "error: " + rows.error().reason;
        return rows->empty() ? "none" : rows->front()[0].value_or("NULL");
    }
};

TEST(Database, ReturnsRowsAsText) {
    execute("INSERT INTO t VALUES (1, 'Ana', '2026-11-24 09:01:00', 5), (2, NULL, NULL, NULL)");

    const auto rows = database.query("SELECT id, name, at, n FROM t ORDER BY id", 4);

    LONGS_EQUAL(2, rows->size());
    STRCMP_EQUAL("1", (*rows)[0][0]->c_str());
    STRCMP_EQUAL("Ana", (*rows)[0][1]->c_str());
    STRCMP_EQUAL("2026-11-24 09:01:00", (*rows)[0][2]->c_str());
    STRCMP_EQUAL("5", (*rows)[0][3]->c_str());
    CHECK_FALSE((*rows)[1][1] || (*rows)[1][2] || (*rows)[1][3]);
}

TEST(Database, BindsParametersInTheirOrder) {
    execute("INSERT INTO t (id, name, n) VALUES (:id, :name, :n)",
            {"7", "O'Hara; --", std::nullopt});

    STRCMP_EQUAL("O'Hara; --", value(database, "SELECT name FROM t WHERE id = 7").c_str());
    STRCMP_EQUAL("NULL", value(database, "SELECT n FROM t WHERE id = 7").c_str());
}

TEST(Database, KeepsTextWithNonAsciiCharacters) {
    execute("INSERT INTO t (name) VALUES (:name)", {"Ñandú 😀"});

    STRCMP_EQUAL("Ñandú 😀", value(database, "SELECT name FROM t").c_str());
}

TEST(Database, NoRowIsNoError) {
    CHECK_TRUE(database.query("SELECT id FROM t WHERE id = :id", 1, {"1"})->empty());
}

TEST(Database, AStatementThatFailsIsUnavailableAndTheNextOneWorks) {
    CHECK(database.execute("SELECT nothing FROM nowhere").error().code == Errc::Unavailable);
    CHECK(database.execute("INSERT INTO t (id) VALUES (1), (1)").error().code == Errc::Unavailable);
    STRCMP_EQUAL("0", value(database, "SELECT count(*) FROM t").c_str());
}

TEST(Database, WaitsForOthersThatWriteUntilTheAnswerIsDueAndNoLonger) {
    Database other = std::move(*Database::open(url));
    CHECK_TRUE(other.execute("BEGIN IMMEDIATE").has_value());
    std::thread releases([&other] { // within the timeout of a statement
        std::this_thread::sleep_for(std::chrono::seconds(2));
        (void)other.execute("ROLLBACK");
    });
    database.answerBy(std::chrono::steady_clock::now() + std::chrono::milliseconds(100));
    const auto written = database.execute("INSERT INTO t (id) VALUES (1)");
    releases.join();
    database.answerBy(Database::Time::max());

    CHECK(!written && written.error().code == Errc::Unavailable);
    STRCMP_EQUAL("0", value(database, "SELECT count(*) FROM t").c_str());
    execute("INSERT INTO t (id) VALUES (1)");
}

TEST(Database, WritesSurvivePowerLoss) {
    STRCMP_EQUAL("wal", value(database, "PRAGMA journal_mode").c_str());
    STRCMP_EQUAL("2", value(database, "PRAGMA synchronous").c_str());
    STRCMP_EQUAL("1", value(database, "PRAGMA foreign_keys").c_str());
    STRCMP_EQUAL("5000", value(database, "PRAGMA busy_timeout").c_str());
}

TEST(Database, WritesSurvivePowerLossAlsoAfterRelaxedWorkThatCouldNotBegin) {
    DatabaseSettings impatient(url);
    impatient.timeout = std::chrono::milliseconds(1);
    Database other = std::move(*Database::open(impatient));
    execute("BEGIN IMMEDIATE");
    const auto nothing = []() -> Result<Done> { return Done{}; };

    CHECK_FALSE(other.transaction<Done>(nothing, Database::Durability::Relaxed).has_value());
    STRCMP_EQUAL("2", value(other, "PRAGMA synchronous").c_str());
    execute("ROLLBACK");

    std::string within;
    const auto look = [&]() -> Result<Done> {
        within = value(other, "PRAGMA synchronous");
        return Done{};
    };
    CHECK_TRUE(other.transaction<Done>(look, Database::Durability::Relaxed).has_value());
    STRCMP_EQUAL("1", within.c_str());
    CHECK_TRUE(other.transaction<Done>(look).has_value());
    STRCMP_EQUAL("2", within.c_str());
}

TEST(Database, CommitsWorkThatSucceeds) {
    const auto done = database.transaction<Done>([&]() -> Result<Done> {
        execute("INSERT INTO t (id) VALUES (1)");
        return Done{};
    });

    CHECK_TRUE(done.has_value());
    Database other = std::move(*Database::open(url));
    STRCMP_EQUAL("1", value(other, "SELECT count(*) FROM t").c_str());
}

TEST(Database, RollsBackWorkThatFails) {
    const auto done = database.transaction<Done>([&]() -> Result<Done> {
        execute("INSERT INTO t (id) VALUES (1)");
        return failure(Errc::Forbidden, "not today");
    });

    CHECK(done.error().code == Errc::Forbidden);
    STRCMP_EQUAL("0", value(database, "SELECT count(*) FROM t").c_str());
    CHECK_TRUE(database.execute("BEGIN").has_value()); // no transaction is left open
}

TEST(Database, RollsBackWhatCannotBeCommitted) {
    execute("CREATE TABLE child (t integer references t(id) deferrable initially deferred)");

    const auto done = database.transaction<Done>(
        [&]() -> Result<Done> { return database.execute("INSERT INTO child VALUES (99)"); });

    CHECK(done.error().code == Errc::Unavailable);
    STRCMP_EQUAL("0", value(database, "SELECT count(*) FROM child").c_str());
    CHECK_TRUE(database.execute("BEGIN").has_value());
}

TEST(Database, MustExistUnlessItIsToBeCreated) {
    const std::string missing = folder.file("missing.db");

    const auto opened = Database::open("sqlite:" + missing);

    CHECK(opened.error().code == Errc::Unavailable);
    STRCMP_EQUAL((missing + ": no such database").c_str(), opened.error().reason.c_str());
    CHECK_FALSE(std::filesystem::exists(missing));
}

TEST(Database, IsSqliteOnly) {
    for (const char *other : {"postgresql://x", "mysql://x", "/var/lib/pregon.db", ""})
        CHECK_TEXT(Database::open(std::string(other)).error().code == Errc::BadRequest, other);
}

TEST(Database, AnErrorNeverTellsABoundValue) { // it ends in the log
    execute("INSERT INTO t (id, name) VALUES (1, 'Ana')");

    const auto done =
        database.execute("INSERT INTO t (id, name) VALUES (:id, :name)", {"1", "a payment notice"});

    CHECK_FALSE(done.has_value());
    CHECK_TRUE(done.error().reason.find("a payment notice") == std::string::npos);
}

TEST(Database, AFileThatIsNoDatabaseIsUnavailable) {
    std::ofstream(folder.file("text")) << std::string(4096, 'x');

    CHECK(Database::open("sqlite:" + folder.file("text")).error().code == Errc::Unavailable);
}

TEST(Database, ConnectsWhenItIsNeeded) {
    const std::string later = folder.file("later.db");
    Database onDemand = Database::onDemand("sqlite:" + later);
    CHECK(onDemand.kind() == DatabaseKind::Sqlite);
    CHECK(onDemand.query("SELECT 1", 1).error().code == Errc::Unavailable);
    CHECK(onDemand.transaction<Done>([] { return Result<Done>(Done{}); }).error().code ==
          Errc::Unavailable);

    CHECK_TRUE(Database::open("sqlite:" + later, Database::IfMissing::Create).has_value());
    bool isReached = false; // not at once: it has just failed
    for (int i = 0; i < 300 && !isReached; i++) {
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
        isReached = onDemand.query("SELECT 1", 1).has_value();
    }
    CHECK_TRUE(isReached);

    onDemand.close();
    CHECK_TRUE(
        onDemand.transaction<Done>([&] { return onDemand.execute("SELECT 1"); }).has_value());
}

TEST(Database, AUrlThatIsNoneIsNoFaultOfAStatement) {
    Database onDemand = Database::onDemand(std::string("nonsense"));

    CHECK(onDemand.query("SELECT 1", 1).error().code == Errc::Unavailable);
}

TEST(Database, WhatWasOpenedStaysClosed) {
    database.close();

    CHECK(database.query("SELECT 1", 1).error().code == Errc::Unavailable);
}
