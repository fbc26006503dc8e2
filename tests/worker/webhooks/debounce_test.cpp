// SPDX-License-Identifier: MIT
#include "worker/webhooks/debounce.h"

#include "CppUTest/TestHarness.h"

using namespace pregon;

using State = Debounce::State;
using Input = Debounce::Input;
using Action = Debounce::Action;

TEST_GROUP(Debounce) {
    Debounce debounce;
    static constexpr Debounce::Time kDelay = 3000;

    std::string due(Debounce::Time now) {
        std::string text;
        for (const std::string &key : debounce.due(now, 100))
            text += key + ";";
        return text;
    }
};

TEST(Debounce, FollowsTheTableOfTheSpecification) { // spec webhooks §3
    const struct {
        State state;
        Input input;
        State next;
        Action action;
    } rows[] = {
        {State::Vacant, Input::FirstArrives, State::Occupied, Action::TellArrival},
        {State::Vacant, Input::LastLeaves, State::Vacant, Action::Nothing},
        {State::Vacant, Input::TimerEnds, State::Vacant, Action::Nothing},
        {State::Occupied, Input::FirstArrives, State::Occupied, Action::Nothing},
        {State::Occupied, Input::LastLeaves, State::Leaving, Action::StartTimer},
        {State::Occupied, Input::TimerEnds, State::Occupied, Action::Nothing},
        {State::Leaving, Input::FirstArrives, State::Occupied, Action::CancelTimer},
        {State::Leaving, Input::LastLeaves, State::Leaving, Action::Nothing},
        {State::Leaving, Input::TimerEnds, State::Vacant, Action::TellEnd},
    };
    for (const auto &row : rows) {
        const Debounce::Step step = Debounce::step(row.state, row.input);
        CHECK(step.next == row.next);
        CHECK(step.action == row.action);
    }
}

TEST(Debounce, TellsTheEndAfterTheDelay) {
    CHECK(debounce.arrives("a"));
    CHECK(!debounce.leaves("a", 0, kDelay));

    STRCMP_EQUAL("", due(2999).c_str());
    STRCMP_EQUAL("a;", due(3000).c_str());
    STRCMP_EQUAL("", due(9000).c_str());
    CHECK(debounce.arrives("a"));
}

TEST(Debounce, SaysNothingOfAReloadWithinTheDelay) {
    debounce.leaves("a", 0, kDelay);

    CHECK(!debounce.arrives("a"));
    STRCMP_EQUAL("", due(9000).c_str());
}

TEST(Debounce, HasOneTimerAfterTwoDepartures) { // Sockudo has two
    debounce.leaves("a", 0, kDelay);
    debounce.arrives("a");
    debounce.leaves("a", 2000, kDelay);

    STRCMP_EQUAL("", due(3000).c_str());
    STRCMP_EQUAL("a;", due(5000).c_str());
    LONGS_EQUAL(0, debounce.size());
}

TEST(Debounce, TellsEndsInTheOrderOfTheDepartures) {
    debounce.leaves("room\n7", 0, kDelay);
    debounce.leaves("room", 0, kDelay);
    debounce.leaves("b", 1, kDelay);

    STRCMP_EQUAL("room\n7;room;", due(3000).c_str());
}

TEST(Debounce, TellsNoMoreAtATimeThanThereIsRoomFor) {
    for (const char *key : {"a", "b", "c"})
        debounce.leaves(key, 0, kDelay);

    LONGS_EQUAL(2, debounce.due(3000, 2).size());
    STRCMP_EQUAL("c;", due(3000).c_str());
}

TEST(Debounce, TellsAtOnceWithoutADelay) {
    CHECK(debounce.leaves("a", 0, 0));
    LONGS_EQUAL(0, debounce.size());
}

TEST(Debounce, GoesOnInAnotherProcess) {
    debounce.leaves("a", 0, kDelay);
    debounce.leaves("b", 0, kDelay);
    debounce.leaves("c", 500, kDelay);
    debounce.arrives("b");

    Debounce other;
    other.resume(debounce.timers());

    LONGS_EQUAL(2, other.size());
    CHECK(!other.arrives("c"));
    LONGS_EQUAL(1, other.due(3000, 100).size());
}

TEST(Debounce, TellsNothingOnceItsTimersAreForgotten) {
    debounce.leaves("a", 0, kDelay);
    debounce.forget();

    STRCMP_EQUAL("", due(9000).c_str());
}
