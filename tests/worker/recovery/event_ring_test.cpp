// SPDX-License-Identifier: MIT
#include "worker/recovery/event_ring.h"

#include "worker/recovery/by_weight.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace pregon;

TEST_GROUP(EventRing) {
    EventRing ring{10};

    void append(Lsn lsn) {
        ring.append({lsn, 0, 0, textFrame("event")});
    }
    std::string after(Lsn position) {
        std::string text;
        ring.forEachAfter(position, [&](const EventRing::Event &event) {
            text += std::to_string(event.lsn) + " ";
        });
        return text;
    }
};

TEST(EventRing, GivesWhatCameAfterAPosition) {
    for (const Lsn lsn : {11U, 13U, 17U})
        append(lsn);

    STRCMP_EQUAL("11 13 17 ", after(10).c_str());
    STRCMP_EQUAL("13 17 ", after(11).c_str());
    STRCMP_EQUAL("17 ", after(16).c_str());
    STRCMP_EQUAL("", after(17).c_str());
}

TEST(EventRing, ReachesBackToWhatItHasDroppedAndNoFurther) {
    append(11);
    append(12);
    CHECK_TRUE(ring.reaches(10));
    CHECK_FALSE(ring.reaches(9));

    ring.dropOldest();
    CHECK_TRUE(ring.reaches(11));
    CHECK_FALSE(ring.reaches(10));
}

TEST(EventRing, KeepsCountOfItsBytes) {
    for (Lsn lsn = 11; lsn < 100; lsn++)
        append(lsn);
    CHECK_EQUAL(89 * EventRing::cost(ring.oldest()), ring.bytes());
    while (!ring.isEmpty())
        ring.dropOldest();
    CHECK_EQUAL(0u, ring.bytes());
}

TEST(EventRing, ReachesNobodyOnceItIsBroken) {
    append(11);
    ring.breakAt(12);

    CHECK_TRUE(ring.isEmpty());
    CHECK_FALSE(ring.reaches(11));
    CHECK_TRUE(ring.reaches(12));
}

TEST(EventRing, ReadsSocketIdsAsNumbers) {
    CHECK_EQUAL(std::uint64_t{482'913'377} << 32 | 91'820'455, socketNumber("482913377.91820455"));
    for (const char *text : {"", ".", "1", "1.", ".1", "1.x", "1.1000000000", "1.-1", "1.1 "})
        CHECK_EQUAL(0u, socketNumber(text));
}

namespace {
struct Thing : WeightHook {};
} // namespace

TEST_GROUP(ByWeight) {
    ByWeight<Thing> things;
    Thing light, heavy;

    void teardown() override {
        things.weigh(light, 0);
        things.weigh(heavy, 0);
    }
};

TEST(ByWeight, FindsTheHeaviest) {
    POINTERS_EQUAL(nullptr, things.heaviest());
    things.weigh(light, 1);
    things.weigh(heavy, 1'000'000);
    POINTERS_EQUAL(&heavy, things.heaviest());

    things.weigh(heavy, 0);
    POINTERS_EQUAL(&light, things.heaviest());
}

TEST(ByWeight, MovesWhatChangesItsWeight) {
    things.weigh(light, 100);
    things.weigh(heavy, 50);
    things.weigh(heavy, 200);
    POINTERS_EQUAL(&heavy, things.heaviest());
    things.weigh(heavy, 50);
    POINTERS_EQUAL(&light, things.heaviest());
}

TEST(ByWeight, IsAtMostAFifthBeside) {
    for (std::size_t weight = 1; weight < 1 << 20; weight = weight * 5 / 4 + 1) {
        things.weigh(light, weight);
        things.weigh(heavy, weight + weight / 4 + 1);
        POINTERS_EQUAL(&heavy, things.heaviest());
    }
}
