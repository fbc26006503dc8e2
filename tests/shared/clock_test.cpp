// SPDX-License-Identifier: MIT
#include "shared/clock.h"

#include "CppUTest/TestHarness.h"

using namespace pregon;

TEST_GROUP(Clock){void teardown() override{useTimeZone("UTC");
}
}
;

TEST(Clock, WritesTimesAsTheTablesHoldThem) {
    const std::pair<long, const char *> cases[] = {
        {0, "1970-01-01 00:00:00"},
        {1795510860, "2026-11-24 09:01:00"},
        {951782400, "2000-02-29 00:00:00"},
        {4102444799, "2099-12-31 23:59:59"},
    };
    for (const auto &[seconds, expected] : cases)
        STRCMP_EQUAL(expected, formatSqlTime(seconds).c_str());
}

TEST(Clock, ReadsTimesAsTheTablesHoldThem) {
    LONGS_EQUAL(0, *parseSqlTime("1970-01-01 00:00:00"));
    LONGS_EQUAL(1795510860, *parseSqlTime("2026-11-24 09:01:00"));
    LONGS_EQUAL(1795510860, *parseSqlTime("2026-11-24 09:01:00.000000+00"));
    for (const char *text : {"", "2026-11-24", "soon", "2026-13-24 09:01:00", "0"})
        CHECK_FALSE_TEXT(parseSqlTime(text).has_value(), text);
}

TEST(Clock, KeepsTheApplicationsTime) {
    useTimeZone("America/Lima");
    STRCMP_EQUAL("2026-11-24 04:01:00", formatSqlTime(1795510860).c_str());
    LONGS_EQUAL(1795510860, *parseSqlTime("2026-11-24 04:01:00"));
    STRCMP_EQUAL("2026-11-24T09:01:00.000000Z", formatUtcTime(1795510860).c_str());
    STRCMP_EQUAL("2026-11-24T04:01:00-05:00", formatOffsetTime(1795510860).c_str());
    useTimeZone("Europe/Madrid"); // in summer an hour more
    STRCMP_EQUAL("2026-07-01 12:00:00", formatSqlTime(1782900000).c_str());
    LONGS_EQUAL(1782900000, *parseSqlTime("2026-07-01 12:00:00"));
}

TEST(Clock, KnowsTheSystemsTimeZones) {
    for (const char *zone : {"UTC", "America/Lima", "Europe/Madrid"})
        CHECK_TRUE_TEXT(isTimeZone(zone), zone);
    for (const char *none :
         {"", "Lima", "/etc/localtime", "../zoneinfo/UTC", "America", "zone.tab", "-5"})
        CHECK_FALSE_TEXT(isTimeZone(none), none);
}

TEST(Clock, LaterTimesAreLaterTexts) {
    CHECK_TRUE(formatSqlTime(1795510860) < formatSqlTime(1795510861));
}

TEST(Clock, SteadyTimeNeverGoesBack) {
    const SystemClock clock;
    const auto first = clock.steady();

    CHECK_TRUE(clock.steady() >= first);
    CHECK_TRUE(clock.unixSeconds() > 1'700'000'000);
}
