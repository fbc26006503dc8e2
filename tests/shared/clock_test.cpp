#include "shared/clock.h"

#include "CppUTest/TestHarness.h"

using namespace pregon;

TEST_GROUP(Clock){};

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

TEST(Clock, LaterTimesAreLaterTexts) {
    CHECK_TRUE(formatSqlTime(1795510860) < formatSqlTime(1795510861));
}

TEST(Clock, SteadyTimeNeverGoesBack) {
    const SystemClock clock;
    const auto first = clock.steady();

    CHECK_TRUE(clock.steady() >= first);
    CHECK_TRUE(clock.unixSeconds() > 1'700'000'000);
}
