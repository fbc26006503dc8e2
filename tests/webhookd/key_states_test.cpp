// SPDX-License-Identifier: MIT
#include "webhookd/key_states.h"

#include "CppUTest/TestHarness.h"

using namespace pregon;

TEST_GROUP(KeyStates) {
    KeyStates states;
};

TEST(KeyStates, AnArrivalThatIsKnownIsNoNews) {
    CHECK(states.tell("a", true));
    CHECK(!states.tell("a", true));
    CHECK(states.tell("a", false));
    CHECK(states.tell("a", true));
}

TEST(KeyStates, AnEndIsAlwaysNews) { // a new endpoint does not know what was there before it
    CHECK(states.tell("a", false));
}

TEST(KeyStates, WhatIsNotToldAgainAfterARestartIsOver) {
    states.tell("room", true);
    states.tell("room\n7", true);
    states.tell("other", true);
    states.restart();

    CHECK(!states.tell("other", true));
    const auto over = states.takeInDoubt();

    LONGS_EQUAL(2, over.size());
    STRCMP_EQUAL("room\n7", over[0].c_str()); // the last user leaves before the channel is vacated
    STRCMP_EQUAL("room", over[1].c_str());
    CHECK(states.takeInDoubt().empty());
    CHECK(states.tell("room", true));
}

TEST(KeyStates, AfterADropTheReceiverBelievesTheOpposite) {
    states.tell("a", true);
    states.dropped("a", true);

    CHECK(states.isBelieved("a", false));
    const auto diverged = states.takeDiverged({});
    LONGS_EQUAL(1, diverged.size());
    STRCMP_EQUAL("a", diverged[0].first.c_str());
    CHECK(diverged[0].second);
    CHECK(states.takeDiverged({}).empty());
}

TEST(KeyStates, OppositePairsThatAreDroppedCancelOut) {
    states.tell("a", true);
    states.dropped("a", true);
    states.tell("a", false);
    states.dropped("a", false);

    CHECK(states.takeDiverged({}).empty());
}

TEST(KeyStates, OfSeveralWorkersTheLastDropSaysWhatIs) {
    constexpr auto kInPart = KeyStates::Told::InPart;
    states.dropped("in", true, kInPart);
    states.dropped("out", false, kInPart);
    states.dropped("both", true, kInPart);
    states.dropped("both", false, kInPart);

    const auto diverged = states.takeDiverged({});

    LONGS_EQUAL(2, diverged.size());
    STRCMP_EQUAL("out", diverged[0].first.c_str());
    STRCMP_EQUAL("in", diverged[1].first.c_str());
}

TEST(KeyStates, WhatStillWaitsIsNotToldBeside) {
    states.tell("a", true);
    states.dropped("a", true);

    CHECK(states.takeDiverged({"a"}).empty());
    CHECK(states.isBelieved("a", false));
    states.delivered("a");
    CHECK(states.takeDiverged({}).empty());
}

TEST(KeyStates, FinalStatesComeInAnOrderThatAReceiverExpects) {
    for (const char *key : {"in", "in\n1"})
        states.tell(key, true);
    for (const char *key : {"in", "in\n1"})
        states.dropped(key, true);
    for (const char *key : {"out", "out\n1"})
        states.dropped(key, false);

    const auto diverged = states.takeDiverged({});

    LONGS_EQUAL(4, diverged.size());
    STRCMP_EQUAL("out\n1", diverged[0].first.c_str());
    STRCMP_EQUAL("out", diverged[1].first.c_str());
    STRCMP_EQUAL("in", diverged[2].first.c_str());
    STRCMP_EQUAL("in\n1", diverged[3].first.c_str());
}
