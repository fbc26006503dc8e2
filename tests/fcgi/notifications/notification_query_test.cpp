// SPDX-License-Identifier: MIT
#include "fcgi/notifications/notification_query.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace pregon;

namespace {

std::string refusalOf(std::string_view query) {
    const auto asked = readNotificationQuery(query);
    return asked ? "" : asked.error().toJson();
}

} // namespace

TEST_GROUP(NotificationQuery){};

TEST(NotificationQuery, ReadsEveryField) {
    const auto asked = readNotificationQuery(
        "device_id=7&source_app=yape&package_name=com.yape&app_instance_id=8&"
        "start_date=2026-11-23&end_date=2026-11-24T09:00:01-05:00&status=validated&"
        "exclude_duplicates=1&per_page=10&page=3&after_id=0&unknown=x");

    CHECK_TRUE(asked.has_value());
    LONGS_EQUAL(7, *asked->filter.deviceId);
    STRCMP_EQUAL("yape", asked->filter.sourceApp->c_str());
    STRCMP_EQUAL("com.yape", asked->filter.packageName->c_str());
    LONGS_EQUAL(8, *asked->filter.appInstanceId);
    STRCMP_EQUAL("2026-11-23 00:00:00", asked->filter.receivedFrom->c_str());
    STRCMP_EQUAL("2026-11-24 14:00:01", asked->filter.receivedTo->c_str());
    STRCMP_EQUAL("validated", asked->filter.status->c_str());
    CHECK_TRUE(asked->filter.excludeDuplicates);
    LONGS_EQUAL(10, asked->perPage);
    LONGS_EQUAL(3, asked->page);
    LONGS_EQUAL(0, *asked->afterId);
}

TEST(NotificationQuery, AsksForTheFirstFiftyOfAllWhenNothingIsGiven) {
    for (const char *query : {"", "device_id=&status=&page=&per_page=&end_date=%20"}) {
        const auto asked = readNotificationQuery(query);
        CHECK_TRUE_TEXT(asked.has_value(), query);
        CHECK_FALSE_TEXT(asked->filter.deviceId || asked->filter.status, query);
        CHECK_FALSE_TEXT(asked->filter.receivedTo.has_value(), query);
        CHECK_FALSE_TEXT(asked->filter.excludeDuplicates, query);
        LONGS_EQUAL_TEXT(50, asked->perPage, query);
        LONGS_EQUAL_TEXT(1, asked->page, query);
    }
}

TEST(NotificationQuery, RefusesInLaravelsWords) {
    const std::pair<std::string, const char *> cases[] = {
        {"device_id=x", "The device id field must be an integer."},
        {"source_app=foo", "The selected source app is invalid."},
        {"package_name=" + std::string(256, 'p'),
         "The package name field must not be greater than 255 characters."},
        {"package_name=%ff", "The package name field must be a string."},
        {"app_instance_id=1.5", "The app instance id field must be an integer."},
        {"start_date=yesterday", "The start date field must be a valid date."},
        {"end_date=2026-02-30", "The end date field must be a valid date."},
        {"start_date=2026-11-24&end_date=2026-11-23",
         "The end date field must be a date after or equal to start date."},
        {"status=done", "The selected status is invalid."},
        {"exclude_duplicates=true", "The exclude duplicates field must be true or false."},
        {"per_page=101", "The per page field must not be greater than 100."},
    };
    for (const auto &[query, message] : cases)
        STRCMP_CONTAINS_TEXT((std::string(R"({"message":")") + message + "\"").c_str(),
                             refusalOf(query).c_str(), query.c_str());
}

TEST(NotificationQuery, ListsFieldsInTheOrderOfTheApplication) {
    STRCMP_EQUAL(R"-({"message":"The device id field must be an integer. (and 2 more errors)",)-"
                 R"("errors":{"device_id":["The device id field must be an integer."],)"
                 R"("status":["The selected status is invalid."],)"
                 R"("per_page":["The per page field must be at least 1."]}})",
                 refusalOf("per_page=0&status=x&device_id=x").c_str());
}
