// SPDX-License-Identifier: MIT
#include "fcgi/notifications/notification_store.h"

#include "fcgi/notifications/notification_reader.h"
#include "tests/fcgi/demo_shops.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace pregon;
using namespace pregon::fcgitest;

TEST_GROUP(NotificationStore) {
    DemoShops shops;
    NotificationStore store{shops.database, shops.clock};
    NotificationReader reader{shops.database};

    NotificationInput notice(const std::string &body) {
        NotificationInput input;
        input.deviceUuid = shops.anasDevice();
        input.sourceApp = "yape";
        input.body = body;
        input.amount = "25.50";
        return input;
    }

    TableRow post(const NotificationInput &input) {
        return store.create(shops.ana, input, {})->row.notification;
    }

    bool isDuplicate(const NotificationInput &input) {
        return post(input).text("is_duplicate") == "1";
    }

    static NotificationQuery pageOf(std::int64_t page, std::int64_t perPage) {
        NotificationQuery query;
        query.page = page;
        query.perPage = perPage;
        return query;
    }

    Errc failureOf(const User &user, const std::string &uuid) {
        NotificationInput input = notice("b");
        input.deviceUuid = uuid;
        const auto stored = store.create(user, input, {});
        return stored ? Errc::Internal : stored.error().code;
    }
};

TEST(NotificationStore, StoresTheColumnsAsTheApplicationDoes) {
    NotificationInput input = notice("te envió S/ 25.50");
    input.packageName = "com.yape";
    input.androidUserId = "0";
    input.androidUid = "10123";
    input.title = "Confirmación";
    input.payerName = "Juan";
    input.postedAt = "2026-11-24 09:00:00";
    input.receivedAt = "2026-11-24 14:00:01";
    input.rawJson = R"({"k":"v"})";

    post(input);

    STRCMP_EQUAL("1|1|1|yape|Confirmación|te envió S/ 25.50|25.5|PEN|Juan|2026-11-24 14:00:01|"
                 "{\"k\":\"v\"}|pending|0|2026-11-24 09:01:00|2026-11-24 09:01:00|1|com.yape|0|"
                 "10123|1|2026-11-24 09:00:00",
                 shops
                     .value("SELECT user_id||'|'||commerce_id||'|'||device_id||'|'||source_app||"
                            "'|'||title||'|'||body||'|'||amount||'|'||currency||'|'||payer_name||"
                            "'|'||received_at||'|'||raw_json||'|'||status||'|'||is_duplicate||'|'||"
                            "created_at||'|'||updated_at||'|'||id||'|'||package_name||'|'||"
                            "android_user_id||'|'||android_uid||'|'||app_instance_id||'|'||"
                            "posted_at FROM notifications")
                     .c_str());
}

TEST(NotificationStore, FillsInWhatThePhoneLeftOut) {
    post(notice("b"));

    STRCMP_EQUAL("PEN|pending|2026-11-24 09:01:00|NULL",
                 shops
                     .value("SELECT currency||'|'||status||'|'||received_at||'|'||"
                            "coalesce(posted_at,'NULL') FROM notifications")
                     .c_str());
}

TEST(NotificationStore, LeavesAnEventForTheChannelOfTheCommerceInTheOutbox) {
    const auto stored =
        store.create(shops.beto,
                     [this] {
                         NotificationInput input = notice("de Beto");
                         input.deviceUuid = shops.betosDevice();
                         return input;
                     }(),
                     {.exceptSocketId = "12.34", .idempotencyKey = {}, .requestHash = {}});

    STRCMP_EQUAL("private-commerce.2", stored->outbox.channel.c_str());
    STRCMP_EQUAL(("1|private-commerce.2|notification.created|12.34|2026-11-24 09:01:00|" +
                  stored->outbox.data)
                     .c_str(),
                 shops
                     .value("SELECT id||'|'||channel||'|'||event||'|'||except_socket_id||'|'||"
                            "created_at||'|'||data FROM pregon_outbox")
                     .c_str());
    STRCMP_EQUAL("1", stored->outbox.id.c_str());
}

TEST(NotificationStore, KeepsNoSocketToSkipAsNull) {
    post(notice("b"));

    STRCMP_EQUAL("NULL", shops.value("SELECT except_socket_id FROM pregon_outbox").c_str());
}

TEST(NotificationStore, FindsOnlyActiveDevicesOfTheUser) {
    CHECK(failureOf(shops.ana, "99999999-9999-4999-8999-999999999999") == Errc::NotFound);
    CHECK(failureOf(shops.ana, shops.betosDevice()) == Errc::NotFound);
    CHECK(failureOf(shops.ana, shops.cajasDevice()) == Errc::NotFound);
    shops.execute("UPDATE devices SET is_active = 0");
    CHECK(failureOf(shops.ana, shops.anasDevice()) == Errc::Forbidden);
}

TEST(NotificationStore, StoresNothingWhenItFails) {
    shops.execute("DROP TABLE pregon_outbox");

    CHECK(failureOf(shops.ana, shops.anasDevice()) == Errc::Unavailable);

    STRCMP_EQUAL("0", shops.value("SELECT count(*) FROM notifications").c_str());
    STRCMP_EQUAL("NULL", shops.value("SELECT last_seen_at FROM devices WHERE id = 1").c_str());
}

TEST(NotificationStore, GivesADeviceWithoutCommerceItsUsers) {
    shops.execute("UPDATE devices SET commerce_id = NULL");

    STRCMP_EQUAL("1", post(notice("b")).text("commerce_id").c_str());

    STRCMP_EQUAL("1", shops.value("SELECT commerce_id FROM devices WHERE id = 1").c_str());
}

TEST(NotificationStore, RefusesANoticeThatBelongsToNoCommerce) {
    shops.execute("UPDATE devices SET commerce_id = NULL");
    shops.ana.columns["commerce_id"] = std::nullopt;

    CHECK(failureOf(shops.ana, shops.anasDevice()) == Errc::Forbidden);
}

TEST(NotificationStore, NotesThatTheDeviceWasSeen) {
    shops.clock.advance(60);

    const auto stored = store.create(shops.ana, notice("b"), {});

    STRCMP_EQUAL("2026-11-24 09:02:00", stored->row.device->text("last_seen_at").c_str());
    STRCMP_EQUAL("2026-11-24 09:02:00", stored->row.device->text("updated_at").c_str());
    STRCMP_EQUAL("2026-11-24 09:01:00", stored->row.device->text("created_at").c_str());
}

TEST(NotificationStore, MakesOneAppInstancePerDevicePackageAndAndroidUser) {
    NotificationInput input = notice("b");
    input.packageName = "com.yape";
    CHECK_FALSE(post(input).column("app_instance_id").has_value());
    input.androidUserId = "0";
    STRCMP_EQUAL("1", post(input).text("app_instance_id").c_str());
    STRCMP_EQUAL("1", post(input).text("app_instance_id").c_str());
    input.androidUserId = "999";
    STRCMP_EQUAL("2", post(input).text("app_instance_id").c_str());
}

TEST(NotificationStore, RecognisesTheSameTextWithinFiveSeconds) {
    CHECK_FALSE(isDuplicate(notice("b")));
    CHECK_FALSE(isDuplicate(notice("other")));
    shops.clock.advance(5);
    CHECK_TRUE(isDuplicate(notice("b")));
    shops.clock.advance(6);
    CHECK_FALSE(isDuplicate(notice("b")));
}

TEST(NotificationStore, RecognisesACopyByItsPostingTimeHoursLater) {
    NotificationInput input = notice("b");
    input.postedAt = "2026-11-24 04:01:00";
    CHECK_FALSE(isDuplicate(input));
    shops.clock.advance(7200);
    CHECK_TRUE(isDuplicate(input));
    input.postedAt = "2026-11-24 04:01:05";
    CHECK_TRUE(isDuplicate(input));
    input.postedAt = "2026-11-24 04:01:11";
    CHECK_FALSE(isDuplicate(input));
}

TEST(NotificationStore, RecognisesACopyFromAPhoneWhoseClockIsWrong) {
    for (const char *postedAt : {"2027-11-24 09:00:00", "1999-01-01 00:00:00"}) {
        NotificationInput input = notice("b");
        input.postedAt = postedAt;
        CHECK_FALSE(isDuplicate(input));
        shops.clock.advance(3600);
        CHECK_TRUE(isDuplicate(input));
    }
}

TEST(NotificationStore, ComparesPostingTimesWithReceivingTimes) {
    CHECK_FALSE(isDuplicate(notice("b"))); // received now, not posted
    NotificationInput input = notice("b");
    input.postedAt = "2026-11-24 09:01:03";
    input.receivedAt = "2026-11-24 14:00:00";
    CHECK_TRUE(isDuplicate(input));
}

TEST(NotificationStore, TellsCopiesApartByDeviceAndApp) {
    NotificationInput input = notice("b");
    input.packageName = "com.yape";
    input.androidUserId = "0";
    CHECK_FALSE(isDuplicate(input));
    input.androidUserId = "999";
    CHECK_FALSE(isDuplicate(input));
    input.packageName = "com.other";
    CHECK_FALSE(isDuplicate(input));
    input.packageName.reset();
    CHECK_TRUE(isDuplicate(input)); // then the same source_app is enough
    input.sourceApp = "plin";
    CHECK_FALSE(isDuplicate(input));
    input.deviceUuid = shops.cajasDevice();
    STRCMP_EQUAL(
        "0", store.create(shops.caja, input, {})->row.notification.text("is_duplicate").c_str());
}

TEST(NotificationStore, BindsWhatLooksLikeSql) {
    NotificationInput input = notice("'); DROP TABLE notifications; --");
    input.packageName = "' OR 1=1";
    input.androidUserId = "0";

    STRCMP_EQUAL("'); DROP TABLE notifications; --", post(input).text("body").c_str());
    CHECK(failureOf(shops.ana, "' OR '1'='1") == Errc::NotFound);
}

TEST(NotificationStore, ListsTheUsersOwnLatestFirst) {
    NotificationInput early = notice("early");
    early.receivedAt = "2026-11-23 00:00:00";
    post(notice("first"));
    post(notice("second"));
    post(early);
    NotificationInput cajas = notice("caja's");
    cajas.deviceUuid = shops.cajasDevice();
    CHECK_TRUE(store.create(shops.caja, cajas, {}).has_value());

    const auto page1 = reader.list(shops.ana, pageOf(1, 2));
    const auto page2 = reader.list(shops.ana, pageOf(2, 2));

    LONGS_EQUAL(3, page1->total);
    LONGS_EQUAL(2, page1->rows.size());
    STRCMP_EQUAL("second", page1->rows[0].notification.text("body").c_str());
    STRCMP_EQUAL("first", page1->rows[1].notification.text("body").c_str());
    STRCMP_EQUAL("early", page2->rows[0].notification.text("body").c_str());
    STRCMP_EQUAL("Caja 1", page2->rows[0].device->text("alias").c_str());
    CHECK_FALSE(page2->rows[0].appInstance.has_value());
    LONGS_EQUAL(0, reader.list(shops.ana, pageOf(kMaxNotificationPage + 5, 100))->rows.size());
}

TEST(NotificationStore, ListsOnlyTheUsersPresentCommerce) {
    post(notice("b"));
    shops.ana.columns["commerce_id"] = "2";

    LONGS_EQUAL(0, reader.list(shops.ana, {})->total);
}

TEST(NotificationStore, GivesWhatTheChannelCarriedAfterANotification) {
    post(notice("1"));
    NotificationInput others = notice("2");
    others.deviceUuid = shops.betosDevice();
    CHECK_TRUE(store.create(shops.beto, others, {}).has_value());
    NotificationInput colleagues = notice("3");
    colleagues.deviceUuid = shops.cajasDevice();
    CHECK_TRUE(store.create(shops.caja, colleagues, {}).has_value());
    post(notice("4"));

    const auto rows = reader.after(shops.ana, {}, 1, 50);

    LONGS_EQUAL(2, rows->size());
    STRCMP_EQUAL("3", (*rows)[0].notification.text("body").c_str());
    STRCMP_EQUAL("4", (*rows)[1].notification.text("body").c_str());
    LONGS_EQUAL(1, reader.after(shops.ana, {}, 0, 1)->size());
}

TEST(NotificationStore, GivesAUserWithoutCommerceNothingOfAnyChannel) {
    post(notice("b"));
    shops.ana.columns["commerce_id"] = std::nullopt;

    LONGS_EQUAL(0, reader.after(shops.ana, {}, 0, 50)->size());
}

TEST(NotificationStore, FindsTheUsersOwnOfAnyCommerce) {
    const std::int64_t id = std::stoll(post(notice("b")).text("id"));
    shops.ana.columns["commerce_id"] = "2";

    STRCMP_EQUAL("b", (*reader.find(shops.ana, id))->notification.text("body").c_str());
    CHECK_FALSE(reader.find(shops.caja, id)->has_value());
    CHECK_FALSE(reader.find(shops.ana, id + 1)->has_value());
}

TEST(NotificationStore, SetsAStatusAndTheTimeOfTheUpdateOnlyIfItChanges) {
    const std::int64_t id = std::stoll(post(notice("b")).text("id"));
    shops.clock.advance(60);
    STRCMP_EQUAL("2026-11-24 09:01:00",
                 (*store.setStatus(shops.ana, id, "pending"))->text("updated_at").c_str());

    const auto updated = store.setStatus(shops.ana, id, "validated");

    STRCMP_EQUAL("validated", (*updated)->text("status").c_str());
    STRCMP_EQUAL("2026-11-24 09:02:00", (*updated)->text("updated_at").c_str());
    STRCMP_EQUAL("2026-11-24 09:01:00", (*updated)->text("created_at").c_str());
}

TEST(NotificationStore, LeavesWhatIsNotTheUsersAlone) {
    const std::int64_t id = std::stoll(post(notice("b")).text("id"));

    CHECK_FALSE(store.setStatus(shops.caja, id, "validated")->has_value());
    STRCMP_EQUAL("pending", shops.value("SELECT status FROM notifications").c_str());
}
