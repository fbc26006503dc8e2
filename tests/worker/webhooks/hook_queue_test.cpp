// SPDX-License-Identifier: MIT
#include "worker/webhooks/hook_queue.h"

#include "CppUTest/TestHarness.h"

using namespace pregon;

TEST_GROUP(HookQueue) {
    HookQueue queue;

    void push(int count, std::size_t bytes = 0) {
        for (int i = 0; i < count; i++) {
            HookEvent event;
            event.kind = HookKind::ClientEvent;
            event.channel = "c" + std::to_string(i);
            event.dataJson = std::string(bytes, '1');
            queue.push(std::move(event));
        }
    }
};

TEST(HookQueue, NumbersItsEvents) {
    push(3);
    const auto batch = queue.next();

    LONGS_EQUAL(1, batch->first);
    LONGS_EQUAL(3, batch->last());
    CHECK(!queue.next().has_value());
    queue.stored(3);
    push(1);
    LONGS_EQUAL(4, queue.next()->first);
}

TEST(HookQueue, SendsAgainWhatWasNotStored) {
    push(3);
    CHECK(queue.next().has_value());
    queue.stored(1);
    queue.sendAgain();

    const auto again = queue.next();
    LONGS_EQUAL(2, again->first);
    LONGS_EQUAL(2, again->events.size());
}

TEST(HookQueue, DropsTheOldestOnesAndSaysSo) {
    push(static_cast<int>(HookQueue::kMaxEvents) + 5);

    LONGS_EQUAL(HookQueue::kMaxEvents, queue.size());
    LONGS_EQUAL(5, queue.dropped());
    LONGS_EQUAL(6, queue.next()->first);
    CHECK(queue.takeHasLost());
    CHECK(!queue.takeHasLost());
}

TEST(HookQueue, HasSoManyUnderWayAtMost) {
    push(static_cast<int>(HookQueue::kMaxEvents));
    std::size_t sent = 0;
    while (const auto batch = queue.next())
        sent += batch->events.size();

    LONGS_EQUAL(HookQueue::kMaxSent, sent);
    queue.stored(256);
    LONGS_EQUAL(256, queue.next()->events.size());
}

TEST(HookQueue, FormsBatchesThatAFrameHolds) {
    push(20, 200 << 10);

    CHECK(queue.next()->events.size() <= 5);
}

TEST(HookQueue, DropsDataThatNoBodyMayHave) {
    push(1, HookQueue::kMaxData + 1);

    CHECK(queue.isEmpty());
    LONGS_EQUAL(1, queue.dropped());
}

TEST(HookQueue, CountsNoStatesThatAreToldAnew) {
    for (std::size_t i = 0; i < HookQueue::kMaxEvents * 2; i++)
        queue.pushAccount({});
    push(1);

    LONGS_EQUAL(0, queue.dropped());
    LONGS_EQUAL(HookQueue::kMaxEvents * 2 + 1, queue.size());
}

TEST(HookQueue, GoesOnInAnotherProcessUnderTheSameNumbers) {
    push(5);
    CHECK(queue.next().has_value());
    queue.stored(2);

    HookQueue other;
    other.resume(queue.state());

    LONGS_EQUAL(3, other.next()->first);
}
