// SPDX-License-Identifier: MIT
#include "worker/recovery/token_automaton.h"

#include "CppUTest/TestHarness.h"

using namespace pregon;

namespace {

using S = TokenState;
using E = TokenEvent;
using A = TokenAction;

struct Step {
    S state;
    E event;
    S next;
    A action;
};

const Step kSteps[] = {
    {S::Gone, E::Open, S::Live, A::Begin},
    {S::Live, E::Open, S::TakenOver, A::TakeOver},
    {S::Live, E::CurrentEnds, S::Retained, A::Retain},
    {S::TakenOver, E::Open, S::TakenOver, A::TakeOver},
    {S::TakenOver, E::CurrentEnds, S::Orphaned, A::Retain},
    {S::TakenOver, E::PredecessorEnds, S::Live, A::ForgetFirst},
    {S::TakenOver, E::PredecessorLives, S::Shared, A::Share},
    {S::Orphaned, E::Open, S::TakenOver, A::Resume},
    {S::Orphaned, E::PredecessorEnds, S::Retained, A::ForgetFirst},
    {S::Orphaned, E::PredecessorLives, S::Shared, A::Share},
    {S::Retained, E::Open, S::Live, A::Resume},
    {S::Retained, E::Expires, S::Gone, A::Forget},
    {S::Shared, E::Open, S::Shared, A::Join},
    {S::Shared, E::CurrentEnds, S::Shared, A::Leave},
    {S::Shared, E::Expires, S::Gone, A::Forget},
};

constexpr S kStates[] = {S::Gone, S::Live, S::TakenOver, S::Orphaned, S::Retained, S::Shared};
constexpr E kEvents[] = {E::Open, E::CurrentEnds, E::PredecessorEnds, E::PredecessorLives,
                         E::Expires};

} // namespace

TEST_GROUP(TokenAutomaton){};

TEST(TokenAutomaton, TakesEachStepOfATokensLife) {
    for (const Step &step : kSteps) {
        const TokenStep taken = tokenStep(step.state, step.event);
        CHECK_TRUE(taken.next == step.next);
        CHECK_TRUE(taken.action == step.action);
    }
}

TEST(TokenAutomaton, StaysWhereAnEventMeansNothing) {
    for (const S state : kStates)
        for (const E event : kEvents)
            if (const TokenStep taken = tokenStep(state, event); taken.action == A::Nothing)
                CHECK_TRUE(taken.next == state);
}

TEST(TokenAutomaton, OpensInEveryStateAndForgetsFromEveryOne) {
    for (const S state : kStates) {
        CHECK_TRUE(tokenStep(state, E::Open).action != A::Nothing);
        CHECK_TRUE(tokenStep(state, E::Expires).next == S::Gone);
    }
}
