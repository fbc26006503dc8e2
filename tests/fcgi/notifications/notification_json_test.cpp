// SPDX-License-Identifier: MIT
#include "fcgi/notifications/notification_json.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace pregon;

namespace {

/// The first notification of tests/e2e/fixtures/laravel_notifications.json.
NotificationRow capturedRow() {
    NotificationRow row;
    row.notification.columns = {
        {"id", "1"},
        {"user_id", "1"},
        {"commerce_id", "1"},
        {"device_id", "1"},
        {"source_app", "yape"},
        {"package_name", "com.bcp.innovacxion.yapeapp"},
        {"android_user_id", "0"},
        {"android_uid", "10123"},
        {"app_instance_id", "1"},
        {"title", "Confirmación de Pago"},
        {"body", "Yape! Juan Pérez te envió un pago por S/ 25.50. Cód. 123"},
        {"amount", "25.5"},
        {"currency", "PEN"},
        {"payer_name", "Juan Pérez"},
        {"posted_at", "2026-11-24 09:00:00"},
        {"received_at", "2026-11-24 14:00:01"},
        {"raw_json", R"({"k":"v","n":1})"},
        {"status", "pending"},
        {"is_duplicate", "0"},
        {"created_at", "2026-11-24 09:01:00"},
        {"updated_at", "2026-11-24 09:01:00"},
    };
    row.appInstance = TableRow{{
        {"id", "1"},
        {"commerce_id", "1"},
        {"device_id", "1"},
        {"package_name", "com.bcp.innovacxion.yapeapp"},
        {"android_user_id", "0"},
        {"instance_label", std::nullopt},
        {"created_at", "2026-11-24 09:01:00"},
        {"updated_at", "2026-11-24 09:01:00"},
    }};
    row.device = TableRow{{
        {"id", "1"},
        {"user_id", "1"},
        {"uuid", "11111111-1111-4111-8111-111111111111"},
        {"name", "Moto G"},
        {"platform", "android"},
        {"is_active", "1"},
        {"last_seen_at", "2026-11-24 09:01:00"},
        {"created_at", "2026-11-24 09:00:49"},
        {"updated_at", "2026-11-24 09:01:00"},
        {"commerce_id", "1"},
        {"alias", "Caja 1"},
    }};
    return row;
}

constexpr const char *kInstanceJson =
    R"("app_instance":{"id":1,"commerce_id":1,"device_id":1,)"
    R"("package_name":"com.bcp.innovacxion.yapeapp","android_user_id":0,"instance_label":null,)"
    R"("created_at":"2026-11-24T09:01:00.000000Z","updated_at":"2026-11-24T09:01:00.000000Z"})";

constexpr const char *kDeviceJson =
    R"("device":{"id":1,"user_id":1,"uuid":"11111111-1111-4111-8111-111111111111",)"
    R"("name":"Moto G","platform":"android","is_active":true,)"
    R"("last_seen_at":"2026-11-24T09:01:00.000000Z","created_at":"2026-11-24T09:00:49.000000Z",)"
    R"("updated_at":"2026-11-24T09:01:00.000000Z","commerce_id":1,"alias":"Caja 1",)"
    R"("battery_level":null,"battery_optimization_disabled":null,)"
    R"("notification_permission_enabled":null,"last_heartbeat":null})";

} // namespace

TEST_GROUP(NotificationJson){};

TEST(NotificationJson, AnswersAsCaptured) {
    const std::string expected =
        R"({"message":"Notification created successfully","notification":{"user_id":1,)"
        R"("commerce_id":1,"device_id":1,"source_app":"yape",)"
        R"("package_name":"com.bcp.innovacxion.yapeapp","android_user_id":0,"android_uid":10123,)"
        R"("app_instance_id":1,"title":"Confirmación de Pago",)"
        R"("body":"Yape! Juan Pérez te envió un pago por S/ 25.50. Cód. 123","amount":"25.50",)"
        R"("currency":"PEN","payer_name":"Juan Pérez","posted_at":"2026-11-24T09:00:00.000000Z",)"
        R"("received_at":"2026-11-24T14:00:01.000000Z","raw_json":{"k":"v","n":1},)"
        R"("status":"pending","is_duplicate":false,"updated_at":"2026-11-24T09:01:00.000000Z",)"
        R"("created_at":"2026-11-24T09:01:00.000000Z","id":1,)" +
        std::string(kInstanceJson) + "," + kDeviceJson + "}}";

    STRCMP_EQUAL(expected.c_str(), createdAnswerJson(capturedRow()).c_str());
}

TEST(NotificationJson, TellsThePhoneOfADuplicate) {
    NotificationRow row = capturedRow();
    row.notification.columns["is_duplicate"] = "1";

    const std::string json = createdAnswerJson(row);

    STRCMP_CONTAINS("\"message\":\"Notification received (duplicate detected)\"", json.c_str());
    STRCMP_CONTAINS(R"("is_duplicate":true)", json.c_str());
}

TEST(NotificationJson, BroadcastsAsCaptured) {
    STRCMP_EQUAL(R"({"id":1,"user_id":1,"commerce_id":1,"device_id":1,"source_app":"yape",)"
                 R"("package_name":"com.bcp.innovacxion.yapeapp","app_instance_id":1,)"
                 R"("app_instance_label":null,"device_alias":"Caja 1",)"
                 R"("title":"Confirmación de Pago",)"
                 R"("body":"Yape! Juan Pérez te envió un pago por S/ 25.50. Cód. 123",)"
                 R"("amount":"25.50","currency":"PEN","payer_name":"Juan Pérez",)"
                 R"("posted_at":"2026-11-24T09:00:00+00:00",)"
                 R"("received_at":"2026-11-24T14:00:01+00:00","status":"pending",)"
                 R"("is_duplicate":false,"created_at":"2026-11-24T09:01:00+00:00"})",
                 broadcastDataJson(capturedRow()).c_str());
}

TEST(NotificationJson, ListsShowsAndUpdatesAsCaptured) {
    const std::string own =
        R"({"id":1,"user_id":1,"device_id":1,"source_app":"yape","title":"Confirmación de Pago",)"
        R"("body":"Yape! Juan Pérez te envió un pago por S/ 25.50. Cód. 123","amount":"25.50",)"
        R"("currency":"PEN","payer_name":"Juan Pérez",)"
        R"("received_at":"2026-11-24T14:00:01.000000Z","raw_json":{"k":"v","n":1},)"
        R"("status":"pending","is_duplicate":false,"created_at":"2026-11-24T09:01:00.000000Z",)"
        R"("updated_at":"2026-11-24T09:01:00.000000Z","commerce_id":1,)"
        R"("package_name":"com.bcp.innovacxion.yapeapp","android_user_id":0,"android_uid":10123,)"
        R"("app_instance_id":1,"posted_at":"2026-11-24T09:00:00.000000Z")";
    const std::string whole = own + "," + kDeviceJson + "," + kInstanceJson + "}";

    STRCMP_EQUAL(("[" + whole + "]").c_str(), listedRowsJson({capturedRow()}).c_str());
    STRCMP_EQUAL("[]", listedRowsJson({}).c_str());
    STRCMP_EQUAL(("{\"notification\":" + whole + "}").c_str(),
                 shownAnswerJson(capturedRow()).c_str());
    STRCMP_EQUAL(
        (R"({"message":"Notification status updated","notification":)" + own + "}}").c_str(),
        statusAnswerJson(capturedRow().notification).c_str());
}

TEST(NotificationJson, GivesNullForWhatIsNotThere) {
    NotificationRow row = capturedRow();
    row.appInstance.reset();
    for (const char *column : {"amount", "posted_at", "raw_json", "title", "app_instance_id"})
        row.notification.columns[column] = std::nullopt;

    const std::string json = createdAnswerJson(row);

    STRCMP_CONTAINS(R"("app_instance_id":null,"title":null)", json.c_str());
    STRCMP_CONTAINS(R"("amount":null)", json.c_str());
    STRCMP_CONTAINS(R"("posted_at":null)", json.c_str());
    STRCMP_CONTAINS(R"("raw_json":null)", json.c_str());
    STRCMP_CONTAINS(R"("app_instance":null,"device":{)", json.c_str());
}

TEST(NotificationJson, StaysJsonWhateverTheTablesHold) {
    NotificationRow row = capturedRow();
    row.notification.columns["raw_json"] = "{broken";
    row.notification.columns["title"] = "\xff";
    row.notification.columns["amount"] = "12,5";
    row.notification.columns["posted_at"] = "yesterday";
    row.notification.columns["android_uid"] = "1}";

    const std::string json = createdAnswerJson(row);

    for (const char *member : {R"("raw_json":null)", R"("title":null)", R"("amount":null)",
                               R"("posted_at":null)", R"("android_uid":null)"})
        STRCMP_CONTAINS(member, json.c_str());
}
