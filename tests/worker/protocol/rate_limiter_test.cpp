// SPDX-License-Identifier: MIT
#include "worker/protocol/rate_limiter.h"

#include "CppUTest/TestHarness.h"

using namespace pregon;

TEST_GROUP(WindowLimiter) {
    WindowLimiter limiter;

    /// Of so many at that time, how many were within three per two seconds.
    int taken(int count, std::int64_t now) {
        int within = 0;
        for (int i = 0; i < count; i++)
            within += limiter.take(now, 3, 2);
        return within;
    }
};

TEST(WindowLimiter, TakesTheMaximumInOneWindow) { // spec reverb-config §8
    LONGS_EQUAL(3, taken(5, 1000));
    LONGS_EQUAL(0, taken(5, 2999));
    LONGS_EQUAL(3, taken(5, 3000));
}

TEST(WindowLimiter, AWindowBeginsWithItsFirst) {
    LONGS_EQUAL(1, taken(1, 1000));
    LONGS_EQUAL(2, taken(5, 2500));
    LONGS_EQUAL(3, taken(5, 9000)); // begins here, not at a multiple of two seconds
    LONGS_EQUAL(0, taken(1, 10999));
    LONGS_EQUAL(3, taken(5, 11000));
}

TEST(WindowLimiter, WhatIsRefusedDoesNotProlongTheWindow) {
    LONGS_EQUAL(3, taken(3, 0));
    for (int now = 0; now < 2000; now += 100)
        LONGS_EQUAL(0, taken(1, now));
    LONGS_EQUAL(1, taken(1, 2000));
}

TEST_GROUP(TokenBucket) {
    TokenBucket bucket;

    /// Of so many at that time, how many were within ten per second.
    int taken(int count, std::int64_t now) {
        int within = 0;
        for (int i = 0; i < count; i++)
            within += bucket.take(now, 10);
        return within;
    }
};

TEST(TokenBucket, HoldsASecondsWorth) { // spec pusher-websocket §7.2
    LONGS_EQUAL(10, taken(15, 5000));
    LONGS_EQUAL(10, taken(15, 60'000));
}

TEST(TokenBucket, FillsSteadily) {
    LONGS_EQUAL(10, taken(10, 5000));
    LONGS_EQUAL(0, taken(1, 5099));
    LONGS_EQUAL(1, taken(2, 5100));
    LONGS_EQUAL(5, taken(9, 5600));
}

TEST(TokenBucket, KeepsPartsOfATokenThoughAskedInBetween) {
    LONGS_EQUAL(10, taken(10, 0));
    LONGS_EQUAL(0, taken(1, 30) + taken(1, 60) + taken(1, 90));
    LONGS_EQUAL(1, taken(2, 100));
}
