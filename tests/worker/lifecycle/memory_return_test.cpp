// SPDX-License-Identifier: MIT
#include "worker/lifecycle/memory_return.h"

#include <memory>
#include <string>

#include "CppUTest/TestHarness.h"

using namespace pregon;

TEST_GROUP(MemoryReturn) {
    MemoryReturn memory;
};

TEST(MemoryReturn, ComesWhenHalfHaveLeft) {
    for (const std::size_t connections : {10u, 4000u, 3000u, 2001u})
        CHECK_FALSE(memory.tick(connections));
    CHECK_TRUE(memory.tick(2000));
    CHECK_FALSE(memory.tick(1900));
    CHECK_TRUE(memory.tick(900));
}

TEST(MemoryReturn, AFewAreNotWorthIt) {
    CHECK_FALSE(memory.tick(MemoryReturn::kManyConnections - 1));
    CHECK_FALSE(memory.tick(0));
}

TEST(MemoryReturn, ComesWhenMuchThatWasQueuedHasLeft) {
    memory.holds(2 * MemoryReturn::kManyBytes);
    CHECK_FALSE(memory.tick(10));
    memory.holds(MemoryReturn::kManyBytes + 1);
    CHECK_FALSE(memory.tick(10));
    memory.holds(MemoryReturn::kManyBytes);
    CHECK_TRUE(memory.tick(10));
    CHECK_FALSE(memory.tick(10));
}

TEST(MemoryReturn, ComesAfterABurstBetweenTwoTicks) {
    memory.holds(2 * MemoryReturn::kManyBytes);
    memory.holds(0);
    CHECK_TRUE(memory.tick(10));
}

TEST(MemoryReturn, CountsWhatIsInUse) {
    const std::size_t before = heapBytes();
    const auto much = std::make_unique<std::string>(1 << 16, 'x');
    CHECK_TRUE(heapBytes() >= before + (1 << 16));
}
