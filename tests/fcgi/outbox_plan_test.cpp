#include "fcgi/outbox_plan.h"

#include "tests/fcgi/demo_shops.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace pregon;

TEST_GROUP(OutboxPlan) {
    fcgitest::SetClock clock;
    std::vector<OutboxEntry> entries;
    HandedOver handedOver;

    void addEntry(const std::string &id) {
        OutboxEntry entry;
        entry.id = id;
        entry.createdAt = formatSqlTime(clock.unixSeconds());
        entries.push_back(entry);
    }

    OutboxPlan plan() {
        return planOutbox(entries, handedOver, clock.unixSeconds());
    }

    std::string dueIds() {
        std::string ids;
        for (const OutboxEntry &entry : plan().due)
            ids += entry.id + " ";
        return ids;
    }
};

TEST(OutboxPlan, LeavesAYoungEntryToTheRequestThatIsPublishingIt) {
    addEntry("1");
    clock.advance(2);

    STRCMP_EQUAL("", dueIds().c_str());
    LONGS_EQUAL(1, *plan().lookAgainSeconds);
}

TEST(OutboxPlan, TakesAnEntryThatWasLeftBehind) {
    addEntry("1");
    clock.advance(3);

    STRCMP_EQUAL("1 ", dueIds().c_str());
    CHECK_FALSE(plan().lookAgainSeconds.has_value());
}

TEST(OutboxPlan, TakesAYoungEntryThatWasHandedOver) {
    addEntry("1");
    addEntry("2");
    handedOver[2] = OutboxProgress::Stored;

    STRCMP_EQUAL("2 ", dueIds().c_str());
}

TEST(OutboxPlan, KeepsTheOrderOfTheIds) {
    addEntry("4");
    addEntry("9");
    clock.advance(2);
    addEntry("10");
    addEntry("11");
    handedOver[11] = OutboxProgress::Published;
    clock.advance(1);

    STRCMP_EQUAL("4 9 11 ", dueIds().c_str());
}

TEST(OutboxPlan, LooksAgainWhenTheOldestOfTheYoungIsDue) {
    addEntry("1");
    clock.advance(1);
    addEntry("2");

    LONGS_EQUAL(2, *plan().lookAgainSeconds);
}

TEST(OutboxPlan, DoesNotWaitForAClockThatWasSetBack) {
    addEntry("1");
    clock.advance(-86400);

    STRCMP_EQUAL("1 ", dueIds().c_str());
}

TEST(OutboxPlan, HasNothingToDoWithAnEmptyOutbox) {
    CHECK_TRUE(plan().due.empty());
    CHECK_FALSE(plan().lookAgainSeconds.has_value());
}
