// SPDX-License-Identifier: MIT
#include "worker/lifecycle/drain_plan.h"

#include "CppUTest/TestHarness.h"

using namespace pregon;
using namespace std::chrono_literals;

TEST_GROUP(DrainPlan){};

TEST(DrainPlan, SpreadsEvenlyFromTheFirstMomentToTheEnd) {
    const DrainPlan plan(20, 10s);
    struct {
        std::chrono::milliseconds elapsed;
        std::size_t due;
    } const cases[] = {{0ms, 1},     {526ms, 1},   {527ms, 2},    {5000ms, 10}, {9473ms, 18},
                       {9474ms, 19}, {9999ms, 19}, {10000ms, 20}, {1h, 20}};
    for (const auto &one : cases)
        LONGS_EQUAL(one.due, plan.dueBy(one.elapsed));
}

TEST(DrainPlan, AskedInSlicesItHasNoLargeOne) {
    const DrainPlan plan(5000, 10s);
    std::size_t before = plan.dueBy(0ms);
    LONGS_EQUAL(1, before);
    for (auto elapsed = 100ms; elapsed <= 10s; elapsed += 100ms) {
        const std::size_t now = plan.dueBy(elapsed);
        CHECK_TRUE(now - before >= 49 && now - before <= 51);
        before = now;
    }
    LONGS_EQUAL(5000, before);
}

TEST(DrainPlan, WithoutAWindowAllAreDueAtOnce) {
    LONGS_EQUAL(20, DrainPlan(20, 0s).dueBy(0ms));
}

TEST(DrainPlan, ASingleConnectionIsDueAtOnceAndNobodyNever) {
    LONGS_EQUAL(1, DrainPlan(1, 10s).dueBy(0ms));
    LONGS_EQUAL(0, DrainPlan(0, 10s).dueBy(0ms));
    LONGS_EQUAL(0, DrainPlan(0, 10s).dueBy(11s));
}

TEST(DrainPlan, CountsFarWithoutOverflow) {
    LONGS_EQUAL(5'000'000, DrainPlan(10'000'000, 3600s).dueBy(1800s));
}

TEST(DrainPlan, TheDeadlineIsTheWindowAndTheGrace) {
    const DrainPlan plan(3, 10s);

    CHECK_FALSE(plan.isPastDeadline(10s));
    CHECK_FALSE(plan.isPastDeadline(10s + DrainPlan::kGrace - 1ms));
    CHECK_TRUE(plan.isPastDeadline(10s + DrainPlan::kGrace));
}
