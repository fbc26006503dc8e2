// SPDX-License-Identifier: MIT
#include "shared/nearest_name.h"

#include "CppUTest/TestHarness.h"

using namespace pregon;

TEST_GROUP(NearestName) {
    const std::vector<std::string_view> known = {"status", "drain", "database check", "devices",
                                                 "device add"};
};

TEST(NearestName, FindsAMisspeltOne) {
    STRCMP_EQUAL("; did you mean status?", didYouMean("statsu", known).c_str());
    STRCMP_EQUAL("; did you mean drain?", didYouMean("drian", known).c_str());
}

TEST(NearestName, TakesTheBeginningOfANameForIt) {
    STRCMP_EQUAL("; did you mean database check?", didYouMean("data", known).c_str());
    STRCMP_EQUAL("; did you mean devices or device add?", didYouMean("device", known).c_str());
}

TEST(NearestName, FindsNothingFarAway) {
    for (const char *wrong : {"", "x", "xyzzy", "completely different"})
        STRCMP_EQUAL("", didYouMean(wrong, known).c_str());
    STRCMP_EQUAL("", didYouMean(std::string(10'000, 'x'), known).c_str());
}

TEST(NearestName, WordsThatBothBeginWithDoNotCount) {
    STRCMP_EQUAL("", didYouMean("PREGON_TYPO", {"PREGON_APPS"}).c_str());
    LONGS_EQUAL(1, nearestNames("PREGON_THREDS", {"PREGON_TABLES", "PREGON_THREADS"}).size());
}

TEST(NearestName, NamesAtMostThree) {
    LONGS_EQUAL(3, nearestNames("a", {"a1", "a2", "a3", "a4"}).size());
}
