// SPDX-License-Identifier: MIT
#include "webhookd/back_off.h"

#include "CppUTest/TestHarness.h"

using namespace pregon;

TEST_GROUP(BackOff) {
    BackOff backOff;
    const std::int64_t never = 1'000'000'000;
    const unsigned middle = 500; // chance: as good as nothing longer or shorter

    std::int64_t waitAfterFailure() {
        backOff.failed(0, std::nullopt, never, middle);
        return (backOff.notBefore() + 50) / 100 * 100;
    }
};

TEST(BackOff, DoublesUpTo64Seconds) {
    for (const std::int64_t expected : {1000, 2000, 4000, 8000, 16'000, 32'000, 64'000, 64'000})
        LONGS_EQUAL(expected, waitAfterFailure());
}

TEST(BackOff, BeginsAnewAfterASuccess) {
    for (int i = 0; i < 5; i++)
        waitAfterFailure();
    backOff.succeeded();

    LONGS_EQUAL(1000, waitAfterFailure());
    LONGS_EQUAL(1, backOff.failures());
}

TEST(BackOff, IsAFifthLongerOrShorterByChance) {
    backOff.failed(0, std::nullopt, never, 0);
    LONGS_EQUAL(800, backOff.notBefore());

    backOff.succeeded();
    backOff.failed(0, std::nullopt, never, 999);
    LONGS_EQUAL(1200, backOff.notBefore());
}

TEST(BackOff, WaitsAsLongAsTheAnswerAsks) {
    backOff.failed(0, 30'000, never, middle);

    LONGS_EQUAL(30'000, backOff.notBefore());
}

TEST(BackOff, WaitsAtMostFiveMinutesForAnAnswerThatAsks) {
    backOff.failed(0, 3'600'000, never, middle);

    LONGS_EQUAL(300'000, backOff.notBefore());
}

TEST(BackOff, DoesNotPassOverTheLastSecondOfABody) {
    for (int i = 0; i < 8; i++)
        waitAfterFailure();
    backOff.failed(0, std::nullopt, 20'000, middle);

    LONGS_EQUAL(19'000, backOff.notBefore());
}

TEST(BackOff, StaysASecondApartWhileManyBodiesExpire) {
    for (int i = 0; i < 8; i++)
        waitAfterFailure();
    backOff.failed(0, std::nullopt, 1500, middle);

    CHECK(backOff.notBefore() > 51'000);
}

TEST(BackOff, TriesAtOnceWhereAnOperatorAsks) {
    waitAfterFailure();
    backOff.tryNow();

    LONGS_EQUAL(0, backOff.notBefore());
    LONGS_EQUAL(2000, waitAfterFailure());
}
