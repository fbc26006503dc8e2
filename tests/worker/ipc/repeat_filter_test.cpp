// SPDX-License-Identifier: MIT
#include "worker/ipc/repeat_filter.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace pregon;

TEST_GROUP(RepeatFilter) {
    RepeatFilter filter;
};

TEST(RepeatFilter, KnowsWhatIsTriedAgainAndAgain) {
    CHECK_FALSE(filter.isRepeat("a", 0));
    for (std::int64_t now = 100; now < 5000; now += 100)
        CHECK_TRUE(filter.isRepeat("a", now));
    CHECK_FALSE(filter.isRepeat("b", 5000));
}

TEST(RepeatFilter, TheSameAfterAWhileIsAnotherOne) {
    CHECK_FALSE(filter.isRepeat("a", 0));
    CHECK_FALSE(filter.isRepeat("a", RepeatFilter::kWithin));
    filter.forgetAll();
    CHECK_FALSE(filter.isRepeat("a", RepeatFilter::kWithin));
}

TEST(RepeatFilter, RemembersABoundedNumber) {
    for (std::size_t i = 0; i < RepeatFilter::kMost; i++)
        CHECK_FALSE(filter.isRepeat(std::to_string(i), 0));
    CHECK_FALSE(filter.isRepeat("one more", 1));
    CHECK_FALSE(filter.isRepeat("one more", 2));
    CHECK_FALSE(filter.isRepeat("one more", RepeatFilter::kWithin)); // the others are forgotten
    CHECK_TRUE(filter.isRepeat("one more", RepeatFilter::kWithin + 1));
}
