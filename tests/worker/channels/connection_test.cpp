// SPDX-License-Identifier: MIT
#include "worker/channels/connection.h"

#include "tests/worker/test_client.h"

#include <memory>
#include <string>
#include <vector>

#include "CppUTest/TestHarness.h"

using namespace pregon;
using namespace pregon::workertest;

TEST_GROUP(Connection) {
    TestWorld world;
    TestClient client{world, "1.1"};

    void setup() override {
        world.outbound.maxQueuedBytes = 100;
    }

    static Frame bytes(std::size_t count) { // a text frame of that size
        return textFrame(std::string(count - 2, 'x'));
    }
    std::vector<Connection *> takeDirty() {
        std::vector<Connection *> taken;
        world.dirty.take(taken);
        return taken;
    }
    std::size_t waiting() {
        return client.queue().size();
    }
};

TEST(Connection, KeepsFramesInOrder) {
    client.send(textFrame("one"));
    client.send(textFrame("two"));

    LONGS_EQUAL(10, client.queuedBytes());
    STRCMP_EQUAL("one\ntwo", client.heard().c_str());
    LONGS_EQUAL(0, client.queuedBytes());
}

TEST(Connection, SharesOneFrameWithOthers) {
    const Frame frame = textFrame("shared");
    client.send(frame);

    POINTERS_EQUAL(frame.data(), client.queue()[0].data());
}

TEST(Connection, QueueMayBeFilledToItsBound) {
    client.send(bytes(60));
    client.send(bytes(40));

    CHECK_TRUE(client.closing() == nullptr);
    LONGS_EQUAL(100, client.queuedBytes());
}

TEST(Connection, ClosesASlowConsumerAndDropsItsQueue) {
    client.setBlocked(true);
    client.send(bytes(60));
    client.send(bytes(41));

    LONGS_EQUAL(4100, client.closing()->code);
    STRCMP_EQUAL("<close 4100 Slow consumer>", client.heard().c_str());
}

TEST(Connection, IsNotTakenForSlowBeforeItWasSentTo) { // what comes in one turn may be much
    client.send(bytes(60));
    CHECK_FALSE(world.outbound.isFlushDue());
    client.send(bytes(41));

    POINTERS_EQUAL(nullptr, client.closing());
    CHECK_TRUE(world.outbound.isFlushDue());
}

TEST(Connection, CountsOnlyWhatIsStillQueued) {
    for (int i = 0; i < 1000; i++) {
        client.send(bytes(60));
        client.send(bytes(40));
        client.consume(100);
    }

    CHECK_TRUE(client.closing() == nullptr);
    LONGS_EQUAL(0, client.queue().size());
}

TEST(Connection, TakesOneFrameThatAloneIsLargerThanTheBound) {
    client.send(bytes(120)); // else a long list of members would end its reader again and again

    CHECK_TRUE(client.closing() == nullptr);
}

TEST(Connection, APresenceListAboveTheBoundIsNotCountedAgainstWhatComesAfterIt) {
    client.sendList(bytes(500));
    client.setBlocked(true);
    client.send(bytes(60));
    client.send(bytes(40));
    POINTERS_EQUAL(nullptr, client.closing());

    client.send(bytes(10)); // above the bound without the list
    LONGS_EQUAL(4100, client.closing()->code);
}

TEST(Connection, OnlyWhatIsLeftOfAPresenceListIsNotCounted) {
    client.sendList(bytes(500));
    client.send(bytes(20));
    client.consume(client.queue().front().size());
    client.setBlocked(true);
    client.send(bytes(90)); // 110 with what is left, of which 20 may be of the list

    POINTERS_EQUAL(nullptr, client.closing());
    client.send(bytes(20));
    LONGS_EQUAL(4100, client.closing()->code);
}

TEST(Connection, PresenceListsAskedForAgainAndAgainAreBoundedTogether) {
    client.setBlocked(true);
    for (int i = 0; i < 100 && client.closing() == nullptr; i++)
        client.sendList(bytes(90));

    LONGS_EQUAL(4100, client.closing()->code);
}

TEST(Connection, WhatIsQueuedAtAHandOverIsNotCountedAgainstWhatComesAfterIt) {
    client.resume(bytes(500));
    client.setBlocked(true);
    client.send(bytes(100));

    POINTERS_EQUAL(nullptr, client.closing());
}

TEST(Connection, ForgetsSentFramesWhileOthersWait) {
    for (int i = 0; i < 10; i++)
        client.send(bytes(10));
    for (std::size_t left = 9; left > 0; left--) {
        client.consume(10);
        LONGS_EQUAL(left, waiting());
        LONGS_EQUAL(left * 10, client.queuedBytes());
    }
}

TEST(Connection, KeepsTheRestOfACutFrameWhenItDropsItsQueue) {
    client.send(bytes(60));
    client.consume(10); // of the frame
    client.setBlocked(true);
    client.send(bytes(60));

    LONGS_EQUAL(4100, client.closing()->code);
    LONGS_EQUAL(10, client.sentOfFirst());
    LONGS_EQUAL(60, client.queue().front().size());
    LONGS_EQUAL(2, waiting()); // and the Close
}

TEST(Connection, ClosesBehindWhatIsQueued) {
    client.send(textFrame("last words"));
    client.close(4201, "Gone");

    STRCMP_EQUAL("last words\n<close 4201 Gone>", client.heard().c_str());
}

TEST(Connection, QueuesNothingBehindAClose) {
    client.close(4201, "Gone");
    client.send(textFrame("too late"));

    STRCMP_EQUAL("<close 4201 Gone>", client.heard().c_str());
}

TEST(Connection, KeepsItsFirstCloseReason) {
    client.close(4201, "first");
    client.close(4100, "second");

    LONGS_EQUAL(4201, client.closing()->code);
    STRCMP_EQUAL("first", client.closing()->text.c_str());
    STRCMP_EQUAL("<close 4201 first>", client.heard().c_str());
}

TEST(Connection, ClosesThoughItsQueueIsFull) {
    client.send(bytes(100));
    client.close(4201, "Gone");

    LONGS_EQUAL(2, waiting());
}

TEST(Connection, QueuesNothingOnceAbandoned) {
    client.send(textFrame("a"));
    client.abandon();
    client.send(textFrame("b"));
    client.close(4201, "Gone");

    LONGS_EQUAL(0, waiting());
    LONGS_EQUAL(0, client.queuedBytes());
    CHECK_TRUE(client.closing() == nullptr);
}

TEST(Connection, IsDirtyOnceHoweverMuchItSends) {
    client.send(textFrame("a"));
    client.send(textFrame("b"));
    client.close(4201, "Gone");

    LONGS_EQUAL(1, takeDirty().size());
    CHECK_TRUE(world.dirty.isEmpty());
}

TEST(Connection, BecomesDirtyAgainAfterItWasServed) {
    client.send(textFrame("a"));
    (void)takeDirty();
    client.clearDirty();
    client.send(textFrame("b"));

    LONGS_EQUAL(1, takeDirty().size());
}

TEST(Connection, IsNotDirtyWhileItsSocketIsFull) {
    client.setBlocked(true);
    client.send(textFrame("a"));

    CHECK_TRUE(world.dirty.isEmpty());
    client.close(4201, "Gone");
    CHECK_FALSE(world.dirty.isEmpty());
}

TEST(Connection, LeavesTheDirtyListWhenItDies) {
    auto brief = std::make_unique<TestClient>(world, "2.2");
    client.send(textFrame("a"));
    brief->send(textFrame("b"));
    brief.reset();

    const auto dirty = takeDirty();
    LONGS_EQUAL(1, dirty.size());
    POINTERS_EQUAL(&client, dirty[0]);
}

TEST(Connection, TheBytesOfAllQueuesAreCounted) {
    {
        TestClient other{world, "2.2"};
        other.send(bytes(30));
        client.send(bytes(60));
        client.consume(10); // a frame that is cut counts as a whole
        LONGS_EQUAL(90, world.outbound.queuedBytes);
        client.consume(50);
        LONGS_EQUAL(30, world.outbound.queuedBytes);
        client.send(bytes(50));
        client.abandon();
        LONGS_EQUAL(30, world.outbound.queuedBytes);
    }
    LONGS_EQUAL(0, world.outbound.queuedBytes);
}
