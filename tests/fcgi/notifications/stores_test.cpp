// SPDX-License-Identifier: MIT

// The same on SQLite, PostgreSQL and MariaDB.

#include "fcgi/notifications/notification_json.h"
#include "fcgi/notifications/notification_reader.h"
#include "fcgi/notifications/notification_statistics.h"
#include "fcgi/notifications/notification_store.h"
#include "fcgi/notifications/outbox_store.h"
#include "tests/fcgi/notifications/stores_to_test.h"

#include <algorithm>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "CppUTest/TestHarness.h"

using namespace pregon;
using namespace pregon::fcgitest;
using Patience = OutboxStore::Patience;

namespace {

template <class Work>
void onEachStore(const Work &work) {
    for (const DatabaseKind kind : storesToTest()) {
        DemoShops shops(kind);
        work(shops, nameOf(kind));
    }
}

NotificationQuery pageOf(std::int64_t page, std::int64_t perPage) {
    NotificationQuery query;
    query.page = page;
    query.perPage = perPage;
    return query;
}

NotificationInput noticeOf(const std::string &device, const std::string &body) {
    NotificationInput input;
    input.deviceUuid = device;
    input.sourceApp = "yape";
    input.packageName = "com.yape";
    input.androidUserId = "0";
    input.androidUid = "10123";
    input.title = "Confirmación de Pago 😀";
    input.body = body;
    input.amount = "25.50";
    input.payerName = "Juan Pérez";
    input.postedAt = "2026-11-24 09:00:00";
    input.rawJson = R"({"k":"it's \\ \"q\" :x","n":1})";
    return input;
}

/// The notices' texts.
std::string inOrderOfIds(std::vector<NotificationRow> rows) {
    std::sort(rows.begin(), rows.end(), [](const NotificationRow &a, const NotificationRow &b) {
        return std::stoll(a.notification.text("id")) < std::stoll(b.notification.text("id"));
    });
    std::string bodies;
    for (const NotificationRow &row : rows)
        bodies += (bodies.empty() ? "" : " ") + row.notification.text("body");
    return bodies;
}

} // namespace

TEST_GROUP(StoresOnEveryDatabase){
    /// Everything that a phone and a dashboard get to see of one notice.
    static std::string visible(DemoShops &
                               shops){NotificationStore store(shops.database, shops.clock);
const auto stored = store.create(shops.ana, noticeOf(shops.anasDevice(), "te envió S/ 25.50"), {});
if (!stored)
    return stored.error().reason;
std::string text = createdAnswerJson(stored->row) + broadcastDataJson(stored->row);
const auto page = NotificationReader(shops.database).list(shops.ana, {});
text += page ? listedRowsJson(page->rows) : page.error().reason;
for (std::size_t at; (at = text.find(shops.anasDevice())) != std::string::npos;)
    text.replace(at, shops.anasDevice().size(), "UUID");
return text;
}

static std::vector<std::string> pendingData(DemoShops &shops) {
    std::vector<std::string> data;
    const auto rows = shops.database.query(
        "SELECT data FROM pregon_outbox WHERE published_at IS NULL ORDER BY id", 1);
    for (const SqlRow &row : *rows)
        data.push_back(*row[0]);
    return data;
}
}
;

TEST(StoresOnEveryDatabase, ANoticeLooksTheSameFromEveryDatabase) {
    std::string expected;
    onEachStore([&](DemoShops &shops, const char *name) {
        const std::string seen = visible(shops);
        if (expected.empty())
            expected = seen;
        STRCMP_EQUAL_TEXT(expected.c_str(), seen.c_str(), name);
    });
    STRCMP_CONTAINS(R"("amount":"25.50")", expected.c_str());
    STRCMP_CONTAINS(R"("is_active":true)", expected.c_str());
}

TEST(StoresOnEveryDatabase, ASecondCopyIsMarked) {
    onEachStore([](DemoShops &shops, const char *name) {
        NotificationStore store(shops.database, shops.clock);
        const auto notice = noticeOf(shops.anasDevice(), "same");
        CHECK_FALSE(
            isTrue(store.create(shops.ana, notice, {})->row.notification.column("is_duplicate")));
        CHECK_TRUE_TEXT(
            isTrue(store.create(shops.ana, notice, {})->row.notification.column("is_duplicate")),
            name);
    });
}

TEST(StoresOnEveryDatabase, AKeyFindsWhatItsRequestStored) {
    onEachStore([](DemoShops &shops, const char *name) {
        NotificationStore store(shops.database, shops.clock);
        const auto notice = noticeOf(shops.anasDevice(), "once");
        const PostContext context{{}, std::string(64, 'a'), std::string(64, 'b')};
        const auto first = store.create(shops.ana, notice, context);
        const auto second = store.create(shops.ana, notice, context);
        CHECK_TRUE_TEXT(second.has_value(), name);
        CHECK_TRUE_TEXT(second->outcome == StoredNotification::Outcome::Repeated, name);
        STRCMP_EQUAL(createdAnswerJson(first->row).c_str(), createdAnswerJson(second->row).c_str());
    });
}

TEST(StoresOnEveryDatabase, AStrangersDeviceIsNotFoundAndNothingIsStored) {
    onEachStore([](DemoShops &shops, const char *name) {
        NotificationStore store(shops.database, shops.clock);
        const auto stored = store.create(shops.ana, noticeOf(shops.betosDevice(), "b"), {});
        CHECK_TEXT(stored.error().code == Errc::NotFound, name);
        STRCMP_EQUAL("0", shops.value("SELECT count(*) FROM notifications").c_str());
    });
}

TEST(StoresOnEveryDatabase, AValueThatDoesNotFitIsTheRequestsFaultAndNothingIsStored) {
    onEachStore([](DemoShops &shops, const char *name) {
        if (shops.database.kind() == DatabaseKind::Sqlite) // takes anything
            return;
        NotificationInput input = noticeOf(shops.anasDevice(), "b");
        input.title = std::string(300, 'x');
        const auto stored =
            NotificationStore(shops.database, shops.clock).create(shops.ana, input, {});
        CHECK_TEXT(stored.error().code == Errc::BadRequest, name);
        CHECK_TEXT(stored.error().reason.find("xxx") == std::string::npos, name);
        STRCMP_EQUAL("0", shops.value("SELECT count(*) FROM pregon_outbox").c_str());
    });
}

TEST(StoresOnEveryDatabase, AnEarlierPageAndWhatCameAfterAnId) {
    onEachStore([](DemoShops &shops, const char *name) {
        NotificationStore store(shops.database, shops.clock);
        for (const char *body : {"1", "2", "3"})
            CHECK_TRUE(store.create(shops.ana, noticeOf(shops.anasDevice(), body), {}).has_value());
        NotificationReader reader(shops.database);
        const auto page = reader.list(shops.ana, pageOf(2, 2));
        LONGS_EQUAL_TEXT(3, page->total, name);
        LONGS_EQUAL_TEXT(1, page->rows.size(), name);
        const auto missed = reader.after(shops.ana, {}, 1, 10);
        LONGS_EQUAL_TEXT(2, missed->size(), name);
        STRCMP_EQUAL("2", missed->front().notification.text("body").c_str());
    });
}

TEST(StoresOnEveryDatabase, EachFilterShowsWhatItAppliesTo) {
    struct Case {
        const char *query, *bodies;
    };
    constexpr Case kCases[] = {
        {"", "other early b copy"},
        {"device_id=1", "other early b copy"},
        {"device_id=2", ""},
        {"source_app=plin", "other"},
        {"package_name=com.yape", "early b copy"},
        {"app_instance_id=1", "early b copy"},
        {"app_instance_id=999999999999999999", ""},
        {"status=validated", "other"},
        {"exclude_duplicates=1", "other early b"},
        {"exclude_duplicates=0", "other early b copy"},
        {"start_date=2026-11-24", "other b copy"},
        {"start_date=2026-11-24T09:01:00%2B05:00", "other b copy"},
        {"start_date=2026-11-24T09:01:01", ""},
        {"end_date=2026-11-24", "early"},
        {"end_date=2026-11-24T09:00:59", "early"},
        {"start_date=2026-11-23&end_date=2026-11-23", "early"},
        {"package_name=com.yape&exclude_duplicates=1&start_date=2026-11-24&status=pending", "b"},
    };
    onEachStore([&](DemoShops &shops, const char *name) {
        NotificationStore store(shops.database, shops.clock);
        NotificationInput other = noticeOf(shops.anasDevice(), "other");
        other.sourceApp = "plin";
        other.packageName = std::nullopt;
        other.status = "validated";
        NotificationInput early = noticeOf(shops.anasDevice(), "early");
        early.receivedAt = "2026-11-23 00:00:00";
        const NotificationInput notice = noticeOf(shops.anasDevice(), "b");
        for (const NotificationInput &input : {other, early, notice, notice})
            CHECK_TRUE_TEXT(store.create(shops.ana, input, {}).has_value(), name);
        shops.execute("UPDATE notifications SET body = 'copy' WHERE is_duplicate = '1'");
        NotificationReader reader(shops.database);
        for (const Case &example : kCases) {
            const std::string what = std::string(name) + ": " + example.query;
            const auto asked = readNotificationQuery(example.query);
            CHECK_TRUE_TEXT(asked.has_value(), what.c_str());
            const auto page = reader.list(shops.ana, *asked);
            const auto missed = reader.after(shops.ana, asked->filter, 0, 50);
            CHECK_TRUE_TEXT(page.has_value() && missed.has_value(), what.c_str());
            STRCMP_EQUAL_TEXT(example.bodies, inOrderOfIds(page->rows).c_str(), what.c_str());
            STRCMP_EQUAL_TEXT(example.bodies, inOrderOfIds(*missed).c_str(), what.c_str());
            LONGS_EQUAL_TEXT(page->rows.size(), page->total, what.c_str());
        }
    });
}

TEST(StoresOnEveryDatabase, AStatusIsSetOnceAndOnlyByItsUser) {
    onEachStore([](DemoShops &shops, const char *name) {
        NotificationStore store(shops.database, shops.clock);
        CHECK_TRUE(store.create(shops.ana, noticeOf(shops.anasDevice(), "b"), {}).has_value());
        const std::string before = "2026-11-24 09:01:00", after = "2026-11-24 09:02:00";
        shops.clock.advance(60);
        const auto visibleAs = [&](const User &user, const char *status) -> std::string {
            const auto row = store.setStatus(user, 1, status);
            if (!row || !*row)
                return row ? "not found" : row.error().reason;
            return (*row)->text("status") + " " + (*row)->text("updated_at");
        };
        STRCMP_EQUAL_TEXT(("pending " + before).c_str(), visibleAs(shops.ana, "pending").c_str(),
                          name);
        STRCMP_EQUAL_TEXT("not found", visibleAs(shops.beto, "validated").c_str(), name);
        STRCMP_EQUAL_TEXT(("validated " + after).c_str(), visibleAs(shops.ana, "validated").c_str(),
                          name);
        shops.clock.advance(60);
        STRCMP_EQUAL_TEXT(("validated " + after).c_str(), visibleAs(shops.ana, "validated").c_str(),
                          name);
    });
}

TEST(StoresOnEveryDatabase, ATokenIsFoundAndAWrongOneIsNot) {
    onEachStore([](DemoShops &shops, const char *name) {
        TokenStore tokens(shops.database, shops.clock, kTokens);
        const std::string &token = shops.store.shops[0].ownerToken;
        STRCMP_EQUAL_TEXT(shops.ana.id.c_str(), (*tokens.find(token))->user.id.c_str(), name);
        for (const std::string &wrong :
             {token + "x", "99" + token, std::string("9999999999999999999|x"), std::string("|")})
            CHECK_FALSE_TEXT(tokens.find(wrong)->has_value(), name);
    });
}

TEST(StoresOnEveryDatabase, PhonesOfOneShopAreStoredAndPublishedInOneOrder) {
    constexpr int kPhones = 4, kNotices = 15;
    onEachStore([](DemoShops &shops, const char *name) {
        std::mutex mutex;
        std::vector<std::string> published;
        const auto phone = [&](int number) {
            Database database = std::move(*Database::open(shops.url));
            NotificationStore store(database, shops.clock);
            OutboxStore outbox(database);
            for (int i = 0; i < kNotices; i++) {
                const std::string body = std::to_string(number) + "-" + std::to_string(i);
                const auto stored = store.create(shops.ana, noticeOf(shops.anasDevice(), body), {});
                if (!stored)
                    return;
                (void)outbox.drain(stored->outbox.channel, Patience::UntilFree,
                                   [&](const OutboxEntry &entry) -> Result<Done> {
                                       const std::lock_guard lock(mutex);
                                       published.push_back(entry.id);
                                       return Done{};
                                   });
            }
        };
        std::vector<std::thread> phones;
        for (int i = 0; i < kPhones; i++)
            phones.emplace_back(phone, i);
        for (std::thread &thread : phones)
            thread.join();

        LONGS_EQUAL_TEXT(kPhones * kNotices, published.size(), name);
        for (std::size_t i = 1; i < published.size(); i++)
            CHECK_TEXT(std::stol(published[i - 1]) < std::stol(published[i]), name);
        LONGS_EQUAL_TEXT(0, pendingData(shops).size(), name);
        // The ids of the notices and of their entries tell the same order.
        const auto rows = shops.database.query("SELECT id FROM notifications ORDER BY id", 1);
        LONGS_EQUAL_TEXT(kPhones * kNotices, rows->size(), name);
    });
}

TEST(StoresOnEveryDatabase, AChannelThatSomebodyPublishesIsLeftAloneByWhoDoesNotWait) {
    onEachStore([](DemoShops &shops, const char *name) {
        NotificationStore store(shops.database, shops.clock);
        const auto stored = store.create(shops.ana, noticeOf(shops.anasDevice(), "b"), {});
        Database other = std::move(*Database::open(shops.url));
        OutboxStore first(shops.database), second(other);
        int published = 0;
        const auto count = [&](const OutboxEntry &) -> Result<Done> {
            published++;
            return Done{};
        };
        const auto drained = first.drain(
            stored->outbox.channel, Patience::UntilFree, [&](const OutboxEntry &) -> Result<Done> {
                const auto inner = second.drain(stored->outbox.channel, Patience::None, count);
                CHECK_TRUE_TEXT(inner.has_value(), name);
                return Done{};
            });
        CHECK_TRUE_TEXT(drained.has_value(), name);
        LONGS_EQUAL_TEXT(0, published, name);
        LONGS_EQUAL_TEXT(0, pendingData(shops).size(), name);
    });
}

TEST(StoresOnEveryDatabase, WhatCouldNotBePublishedStaysAndTheRestGoes) {
    onEachStore([](DemoShops &shops, const char *name) {
        NotificationStore store(shops.database, shops.clock);
        for (const char *body : {"1", "2", "3"})
            CHECK_TRUE(store.create(shops.ana, noticeOf(shops.anasDevice(), body), {}).has_value());
        int asked = 0;
        const auto drained = OutboxStore(shops.database)
                                 .drain("private-commerce.1", Patience::UntilFree,
                                        [&](const OutboxEntry &) -> Result<Done> {
                                            if (++asked == 2)
                                                return failure(Errc::Unavailable, "worker away");
                                            return Done{};
                                        });
        STRCMP_EQUAL_TEXT("worker away", drained.error().reason.c_str(), name);
        LONGS_EQUAL_TEXT(2, pendingData(shops).size(), name);
    });
}

TEST(StoresOnEveryDatabase, AStatementThatTakesTooLongIsEnded) {
    onEachStore([](DemoShops &shops, const char *name) {
        const auto kind = shops.database.kind();
        if (kind == DatabaseKind::Sqlite) // has no such limit, and no network
            return;
        DatabaseSettings settings(shops.url);
        settings.timeout = std::chrono::milliseconds(200);
        Database database = std::move(*Database::open(settings));
        const auto slept = database.query(kind == DatabaseKind::PostgreSql
                                              ? "SELECT pg_sleep(30)::text"
                                              : "SELECT count(*) FROM seq_1_to_100000 a, "
                                                "seq_1_to_100000 b WHERE a.seq + b.seq = 7",
                                          1);
        CHECK_TEXT(!slept && slept.error().code == Errc::Unavailable, name);
    });
}

TEST(StoresOnEveryDatabase, AMissingOutboxIsMadeOnlyWhereItIsMissing) {
    onEachStore([](DemoShops &shops, const char *name) {
        CHECK_TRUE_TEXT(checkOutbox(shops.database).has_value(), name);
        shops.execute("DROP TABLE pregon_outbox");
        CHECK_TEXT(checkOutbox(shops.database).error().code == Errc::NotFound, name);
        CHECK_TRUE_TEXT(makeOutbox(shops.database).has_value(), name);
        CHECK_TRUE_TEXT(checkOutbox(shops.database).has_value(), name);
    });
}

TEST(StoresOnEveryDatabase, StatisticsAreThoseOfTheUserAndOfTheDays) {
    onEachStore([](DemoShops &shops, const char *name) {
        NotificationStore store(shops.database, shops.clock);
        const auto post = [&](const char *body, const char *amount, const char *receivedAt) {
            NotificationInput input = noticeOf(shops.anasDevice(), body);
            input.amount = amount;
            input.postedAt = input.receivedAt = receivedAt;
            CHECK_TRUE_TEXT(store.create(shops.ana, input, {}).has_value(), name);
        };
        post("1", "0.10", "2026-11-20 23:59:59");
        post("2", "0.20", "2026-11-20 00:00:00");
        post("2", "0.20", "2026-11-20 00:00:02");
        post("3", "1.00", "2026-11-21 00:00:00");
        StatisticsPeriod first;
        first.to = "2026-11-20 23:59:59";
        const auto day = readStatistics(shops.database, shops.ana, first);
        STRCMP_CONTAINS_TEXT(R"("total":2,"total_amount":0.3,)", day->toJson().c_str(), name);
        STRCMP_CONTAINS_TEXT(R"("by_date":{"2026-11-20":{"count":2,"total_amount":0.3}},)"
                             R"("by_status":{"pending":2},"duplicates":1})",
                             day->toJson().c_str(), name);
        STRCMP_CONTAINS_TEXT("\"total\":3,",
                             readStatistics(shops.database, shops.ana, {})->toJson().c_str(), name);
        STRCMP_CONTAINS_TEXT(
            "\"total\":0,", readStatistics(shops.database, shops.caja, {})->toJson().c_str(), name);
    });
}

TEST(StoresOnEveryDatabase, AConnectionThatTheServerHasEndedIsReplacedWithoutAnError) {
    onEachStore([](DemoShops &shops, const char *name) {
        const auto kind = shops.database.kind();
        if (kind == DatabaseKind::Sqlite) // has no server
            return;
        const bool isPostgreSql = kind == DatabaseKind::PostgreSql;
        Database database = Database::onDemand(shops.url);
        CHECK_TRUE_TEXT(database.hasEnded(), name); // not begun
        const auto id = database.query(
            isPostgreSql ? "SELECT pg_backend_pid()::text" : "SELECT connection_id()", 1);
        CHECK_FALSE_TEXT(database.hasEnded(), name);

        shops.execute((isPostgreSql ? "SELECT pg_terminate_backend(" : "KILL (") +
                      id->front()[0].value_or("") + ")");
        for (int i = 0; i < 1000 && !database.hasEnded(); i++)
            std::this_thread::sleep_for(std::chrono::milliseconds(10));

        CHECK_TRUE_TEXT(database.hasEnded(), name);
        const auto worked =
            database.transaction<Done>([&] { return database.execute("SELECT 1 FROM {users}"); });
        CHECK_TRUE_TEXT(worked.has_value(), worked ? name : worked.error().reason.c_str());
    });
}

TEST(StoresOnEveryDatabase, EachConnectionToAServerIsASessionOfItsOwn) {
    onEachStore([](DemoShops &shops, const char *name) {
        CHECK_TRUE_TEXT(Database::checkSessions(shops.url).has_value(), name);
    });
}

TEST(StoresOnEveryDatabase, ASoftDeletedUserIsNobodyOnceTheTableHasTheColumn) {
    onEachStore([](DemoShops &shops, const char *name) {
        const UserSettings settings;
        const auto exists = [&] {
            Database database = std::move(*Database::open(shops.url)); // statements anew
            const auto user = UserStore(database, settings).find(shops.ana.id);
            CHECK_TRUE_TEXT(user.has_value(), name);
            return user->has_value();
        };
        CHECK_TRUE_TEXT(exists(), name);

        shops.execute("ALTER TABLE users ADD COLUMN deleted_at timestamp NULL");
        const bool isThereBefore = exists();
        shops.execute("UPDATE users SET deleted_at = '2026-11-24 09:00:00' WHERE id = 1");
        const bool isThereAfter = exists();
        if (shops.database.kind() != DatabaseKind::Sqlite) // the servers are shared
            shops.execute("ALTER TABLE users DROP COLUMN deleted_at");

        CHECK_TEXT(isThereBefore && !isThereAfter, name);
    });
}
