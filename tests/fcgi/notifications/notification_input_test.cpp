// SPDX-License-Identifier: MIT
#include "fcgi/notifications/notification_input.h"
#include "shared/clock.h"

#include "tests/fcgi/demo_shops.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace pregon;
using fcgitest::jsonPost;

namespace {

/// A body with the required fields and `more`.
std::string notice(const std::string &more) {
    return R"({"device_id":"11111111-1111-4111-8111-111111111111","source_app":"yape","body":"b",)"
           R"("amount":1,)" +
           more + "}";
}

std::string refusal(const HttpRequest &request) {
    const auto input = readNotificationInput(request);
    return input ? "" : input.error().toJson();
}

std::string refusalOf(const std::string &more) {
    return refusal(jsonPost(notice(more)));
}

std::string amountOf(const std::string &json) {
    const auto input = readNotificationInput(jsonPost(notice("\"amount\":" + json)));
    return input ? input->amount.value_or("none") : input.error().toJson();
}

std::string postedAtOf(const std::string &text) {
    const auto input = readNotificationInput(jsonPost(notice("\"posted_at\":\"" + text + "\"")));
    return input ? input->postedAt.value_or("none") : "refused";
}

constexpr const char *kThreeMissing =
    R"-({"message":"The device id field is required. (and 2 more errors)","errors":{)-"
    R"("device_id":["The device id field is required."],)"
    R"("source_app":["The source app field is required."],)"
    R"("body":["The body field is required."]}})";

} // namespace

TEST_GROUP(NotificationInput){};

TEST(NotificationInput, ReadsEveryFieldOfACompleteNotice) {
    const auto input = readNotificationInput(jsonPost(
        R"({"device_id":"11111111-1111-4111-8111-111111111111","source_app":"yape",)"
        R"("package_name":"com.yape","android_user_id":0,"android_uid":"10123",)"
        R"("title":"Confirmaci\u00f3n de Pago","body":" Juan te envió S/ 25.50 ","amount":25.5,)"
        R"("currency":"USD","payer_name":"Juan","posted_at":"2026-11-24T09:00:00-05:00",)"
        R"("received_at":"2026-11-24T14:00:01Z","raw_json":{"k": "v", "n": 12345678901234567890},)"
        R"("status":"validated","user_id":2})"));

    CHECK_TRUE(input.has_value());
    STRCMP_EQUAL("11111111-1111-4111-8111-111111111111", input->deviceUuid.c_str());
    STRCMP_EQUAL("yape", input->sourceApp.c_str());
    STRCMP_EQUAL("com.yape", input->packageName->c_str());
    STRCMP_EQUAL("0", input->androidUserId->c_str());
    STRCMP_EQUAL("10123", input->androidUid->c_str());
    STRCMP_EQUAL("Confirmación de Pago", input->title->c_str());
    STRCMP_EQUAL("Juan te envió S/ 25.50", input->body.c_str());
    STRCMP_EQUAL("25.50", input->amount->c_str());
    STRCMP_EQUAL("USD", input->currency->c_str());
    STRCMP_EQUAL("Juan", input->payerName->c_str());
    STRCMP_EQUAL("2026-11-24 14:00:00", input->postedAt->c_str());
    STRCMP_EQUAL("2026-11-24 14:00:01", input->receivedAt->c_str());
    STRCMP_EQUAL(R"({"k":"v","n":12345678901234567890})", input->rawJson->c_str());
    STRCMP_EQUAL("validated", input->status->c_str());
}

TEST(NotificationInput, LeavesOutWhatIsBlankOrNull) {
    const auto input =
        readNotificationInput(jsonPost(notice(R"("title":"","payer_name":"   ","amount":null)")));

    CHECK_FALSE(input->title.has_value());
    CHECK_FALSE(input->payerName.has_value());
    CHECK_FALSE(input->amount.has_value());
    CHECK_FALSE(input->receivedAt.has_value());
    CHECK_FALSE(input->rawJson.has_value());
}

TEST(NotificationInput, RoundsAmountsHalfUpAsText) {
    const std::pair<const char *, const char *> cases[] = {
        {"25.5", "25.50"},      {"\"7.005\"", "7.01"},   {"7.005", "7.01"},
        {"\"7.0049\"", "7.00"}, {"1", "1.00"},           {"1e2", "100.00"},
        {"0.005", "0.01"},      {"0.0049999", "0.00"},   {"\".5\"", "0.50"},
        {"1.005", "1.01"},      {"99.995", "100.00"},    {"\"99999999.99\"", "99999999.99"},
        {"1e-5000", "0.00"},    {"0e999999999", "0.00"}, {"\"00012.3\"", "12.30"},
    };
    for (const auto &[json, expected] : cases)
        STRCMP_EQUAL_TEXT(expected, amountOf(json).c_str(), json);
}

TEST(NotificationInput, RefusesAnAmountThatTheColumnCannotHold) {
    const char *expected =
        R"({"message":"The amount field must not be greater than 99999999.99.",)"
        R"("errors":{"amount":["The amount field must not be greater than 99999999.99."]}})";
    STRCMP_EQUAL(expected, amountOf("100000000").c_str());
    STRCMP_EQUAL(expected, amountOf("99999999.995").c_str());
    STRCMP_EQUAL(expected, amountOf("1e999999999999999999999").c_str());
}

TEST(NotificationInput, StoresTimesByTheApplicationsClock) {
    STRCMP_EQUAL("2026-11-24 00:00:00", postedAtOf("2026-11-24").c_str());
    STRCMP_EQUAL("2026-11-24 09:00:00", postedAtOf("2026-11-24T09:00:00Z").c_str());
    STRCMP_EQUAL("2026-11-24 14:00:00", postedAtOf("2026-11-24T09:00:00-05:00").c_str());
    STRCMP_EQUAL("2026-11-23 18:30:00", postedAtOf("2026-11-24T00:00:00+0530").c_str());
    STRCMP_EQUAL("2026-11-24 09:00:59", postedAtOf("2026-11-24 09:00:59.999").c_str());
    STRCMP_EQUAL("2028-02-29 23:59:00", postedAtOf("2028-02-29T23:59").c_str());
    STRCMP_EQUAL("refused", postedAtOf("2026-02-29T09:00:00Z").c_str());
    useTimeZone("America/Lima");
    STRCMP_EQUAL("2026-11-24 09:00:00", postedAtOf("2026-11-24T09:00:00-05:00").c_str());
    STRCMP_EQUAL("2026-11-24 04:00:00", postedAtOf("2026-11-24T09:00:00Z").c_str());
    STRCMP_EQUAL("2026-11-24 09:00:00", postedAtOf("2026-11-24 09:00:00").c_str());
    useTimeZone("UTC");
}

TEST(NotificationInput, TakesWhatIsNoJsonObjectForNoFields) {
    for (const char *body :
         {"{}", "{bad json", "[]", "", "null", "\"text\"", "{\"body\":\"\xff\"}"})
        STRCMP_EQUAL_TEXT(kThreeMissing, refusal(jsonPost(body)).c_str(), body);
}

TEST(NotificationInput, RefusesABodyWithoutAKnownContentType) {
    HttpRequest request = jsonPost(notice("\"status\":null"));
    request.contentType = "text/plain";
    STRCMP_EQUAL(kThreeMissing, refusal(request).c_str());
    request.contentType = "application/vnd.api+JSON; charset=utf-8";
    STRCMP_EQUAL("", refusal(request).c_str());
}

TEST(NotificationInput, ReadsAForm) {
    HttpRequest request = jsonPost("device_id=11111111-1111-4111-8111-111111111111&source_app=bbva&"
                                   "body=te+envi%C3%B3+S%2F+3&amount=3&title=");
    request.contentType = "application/x-www-form-urlencoded";

    const auto input = readNotificationInput(request);

    STRCMP_EQUAL("te envió S/ 3", input->body.c_str());
    STRCMP_EQUAL("3.00", input->amount->c_str());
    CHECK_FALSE(input->title.has_value());
}

TEST(NotificationInput, AcceptsANulCharacterInsteadOfLosingTheNotice) {
    const auto input =
        readNotificationInput(jsonPost(notice(R"("title":"a\u0000b","raw_json":{"x":"\u0000"})")));

    STRCMP_EQUAL("ab", input->title->c_str());
    STRCMP_EQUAL(R"({"x":"\u0000"})", input->rawJson->c_str());
}

TEST(NotificationInput, KeepsWhiteSpaceInsideTheStringsOfRawJson) {
    const auto input = readNotificationInput(
        jsonPost(notice("\"raw_json\": [ \"a \\\" b\", \"\\\\\" ,\n{ \"c d\" : null } ]")));

    STRCMP_EQUAL(R"(["a \" b","\\",{"c d":null}])", input->rawJson->c_str());
}

TEST(NotificationInput, NamesEveryFaultInTheOrderOfTheFields) {
    STRCMP_EQUAL(R"-({"message":"The device id field must be a valid UUID. (and 5 more errors)",)-"
                 R"("errors":{"device_id":["The device id field must be a valid UUID."],)"
                 R"("source_app":["The selected source app is invalid."],)"
                 R"("body":["The body field is required."],)"
                 R"("amount":["The amount field must be at least 0."],)"
                 R"("currency":["The currency field must be 3 characters."],)"
                 R"("status":["The selected status is invalid."]}})",
                 refusal(jsonPost(R"({"device_id": "x", "source_app": "y", "amount": -1, )"
                                  R"("currency": "12", "status": "z"})"))
                     .c_str());
}

TEST(NotificationInput, RefusesAsCaptured) {
    const std::pair<const char *, const char *> cases[] = {
        {R"("source_app":1,"body":["a"])",
         R"-({"message":"The source app field must be a string. (and 2 more errors)","errors":{)-"
         R"("source_app":["The source app field must be a string.",)"
         R"("The selected source app is invalid."],"body":["The body field must be a string."]}})"},
        {R"("amount":[1])", R"({"message":"The amount field must be a number.",)"
                            R"("errors":{"amount":["The amount field must be a number."]}})"},
        {R"("posted_at":"not a date")",
         R"({"message":"The posted at field must be a valid date.",)"
         R"("errors":{"posted_at":["The posted at field must be a valid date."]}})"},
        {R"("raw_json":"str")",
         R"({"message":"The raw json field must be an array.",)"
         R"("errors":{"raw_json":["The raw json field must be an array."]}})"},
        {R"("android_user_id":"x","android_uid":1.5)",
         R"-({"message":"The android user id field must be an integer. (and 1 more error)",)-"
         R"("errors":{"android_user_id":["The android user id field must be an integer."],)"
         R"("android_uid":["The android uid field must be an integer."]}})"},
    };
    for (const auto &[more, expected] : cases)
        STRCMP_EQUAL_TEXT(expected, refusalOf(more).c_str(), more);
}

TEST(NotificationInput, MarksWhatIsNoPaymentAsInconsistent) {
    const auto input = readNotificationInput(
        jsonPost(notice(R"("body":"Aprovecha hoy 50% de descuento","amount":null,)"
                        R"("status":"validated")")));

    STRCMP_EQUAL("inconsistent", input->status->c_str());
}
