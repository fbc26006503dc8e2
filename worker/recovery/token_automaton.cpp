// SPDX-License-Identifier: MIT
#include "worker/recovery/token_automaton.h"

#include <cstddef>

namespace pregon {
namespace {

using S = TokenState;
using A = TokenAction;

constexpr std::size_t kStates = 6, kEvents = 5;

// Nothing where an event cannot happen in a state.
constexpr TokenStep kSteps[kStates][kEvents] = {
    // Open                     CurrentEnds              PredecessorEnds
    //                          PredecessorLives         Expires
    // Gone
    {{S::Live, A::Begin},
     {S::Gone, A::Nothing},
     {S::Gone, A::Nothing},
     {S::Gone, A::Nothing},
     {S::Gone, A::Nothing}},
    // Live
    {{S::TakenOver, A::TakeOver},
     {S::Retained, A::Retain},
     {S::Live, A::Nothing},
     {S::Live, A::Nothing},
     {S::Gone, A::Forget}},
    // TakenOver
    {{S::TakenOver, A::TakeOver},
     {S::Orphaned, A::Retain},
     {S::Live, A::ForgetFirst},
     {S::Shared, A::Share},
     {S::Gone, A::Forget}},
    // Orphaned
    {{S::TakenOver, A::Resume},
     {S::Orphaned, A::Nothing},
     {S::Retained, A::ForgetFirst},
     {S::Shared, A::Share},
     {S::Gone, A::Forget}},
    // Retained
    {{S::Live, A::Resume},
     {S::Retained, A::Nothing},
     {S::Retained, A::Nothing},
     {S::Retained, A::Nothing},
     {S::Gone, A::Forget}},
    // Shared
    {{S::Shared, A::Join},
     {S::Shared, A::Leave},
     {S::Shared, A::Nothing},
     {S::Shared, A::Nothing},
     {S::Gone, A::Forget}},
};

} // namespace

TokenStep tokenStep(TokenState state, TokenEvent event) {
    return kSteps[static_cast<std::size_t>(state)][static_cast<std::size_t>(event)];
}

} // namespace pregon
