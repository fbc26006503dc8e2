// SPDX-License-Identifier: MIT
#include "worker/clients/queue_relief.h"

#include "tests/worker/test_client.h"

#include <memory>
#include <string>
#include <vector>

#include "CppUTest/TestHarness.h"

using namespace pregon;
using namespace pregon::workertest;

TEST_GROUP(QueueRelief) {
    TestWorld world;
    std::vector<std::unique_ptr<TestClient>> clients;
    std::vector<Connection *> connections;

    TestClient &client() {
        const std::string id = std::to_string(clients.size() + 1) + ".1";
        clients.push_back(std::make_unique<TestClient>(world, id));
        clients.back()->setBlocked(true);
        connections.push_back(clients.back().get());
        return *clients.back();
    }
    static Frame kilobytes(std::size_t count) {
        return textFrame(std::string(count * 1024, 'x'));
    }
    /// The numbers of the clients that are closed: `2 3 `.
    std::string closed() {
        std::string text;
        for (std::size_t i = 0; i < clients.size(); i++)
            if (const CloseReason *why = clients[i]->closing(); why && why->code == 4100)
                text += std::to_string(i + 1) + " ";
        return text;
    }
};

TEST(QueueRelief, TheFullestGoFirstUntilAQuarterIsFree) {
    for (const std::size_t size : {10u, 60u, 20u, 50u})
        client().send(kilobytes(size));
    world.outbound.maxMemory = 120 << 10;
    CHECK_TRUE(world.outbound.isOverMemory());

    LONGS_EQUAL(1, closeFullest(connections, world.outbound));

    STRCMP_EQUAL("2 ", closed().c_str());
    CHECK_TRUE(world.outbound.memory() <= 90 << 10);
    STRCMP_EQUAL("<close 4100 Slow consumer>", clients[1]->heard().c_str());
}

TEST(QueueRelief, SubscribersOfABusyChannelStayWhileAClientThatFillsItsOwnQueueGoes) {
    client().send(kilobytes(80));
    {
        const Frame event = kilobytes(60);
        for (int i = 0; i < 20; i++)
            client().send(event);
    }
    world.outbound.maxMemory = 120 << 10;

    closeFullest(connections, world.outbound);

    STRCMP_EQUAL("1 ", closed().c_str());
}

TEST(QueueRelief, ManySmallAnswersCountWithWhatTheyCostBesides) {
    client().send(kilobytes(4));
    TestClient &greedy = client();
    for (int i = 0; i < 200; i++)
        greedy.send(textFrame("{}"));
    world.outbound.maxMemory = 10 << 10;

    closeFullest(connections, world.outbound);

    STRCMP_EQUAL("2 ", closed().c_str());
}

TEST(QueueRelief, WhatIsClosingAlreadyAndWhatHoldsNothingIsLeftAlone) {
    TestClient &closing = client();
    closing.send(kilobytes(20));
    closing.close(4200, "Restart");
    client();
    world.outbound.maxMemory = 1024;

    LONGS_EQUAL(0, closeFullest(connections, world.outbound));
    STRCMP_EQUAL("", closed().c_str());
}

TEST(QueueRelief, MessagesThatAreNotWholeCountToo) {
    client().send(kilobytes(20));
    client().holdUnfinished(60 << 10);
    client().holdUnfinished(10 << 10);
    world.outbound.maxMemory = 80 << 10;
    CHECK_TRUE(world.outbound.isOverMemory());

    LONGS_EQUAL(1, closeFullest(connections, world.outbound));

    STRCMP_EQUAL("2 ", closed().c_str());
    CHECK_FALSE(world.outbound.isOverMemory());
    clients[1]->holdUnfinished(60 << 10); // of a connection that is closing
    CHECK_FALSE(world.outbound.isOverMemory());
}

TEST_GROUP(QueueMemory) {
    TestWorld world;
    TestClient one{world, "1.1"}, other{world, "2.1"};
    std::size_t before = 0;

    void setup() override {
        before = world.outbound.memory();
    }
    std::size_t more() {
        return world.outbound.memory() - before;
    }
};

TEST(QueueMemory, CountsASharedFrameOnceAndASmallConstantForEachReference) {
    Frame frame = textFrame(std::string(1000, 'x'));
    one.send(frame);
    const std::size_t alone = more();
    other.send(frame);

    CHECK_TRUE(alone > 1000 + Outbound::kReferenceBytes);
    LONGS_EQUAL(alone + Outbound::kReferenceBytes, more());
    LONGS_EQUAL(2 * frame.size(), world.outbound.queuedBytes);
}

TEST(QueueMemory, IsZeroAgainWhenEverythingHasLeftInWhateverWay) {
    for (int i = 0; i < 10; i++) {
        one.send(textFrame("sent"));
        other.send(textFrame("dropped"));
    }
    CHECK_TRUE(more() > 0);
    one.holdUnfinished(1000);
    other.holdUnfinished(1000);
    LONGS_EQUAL(2000, world.outbound.unfinished);
    one.holdUnfinished(0);
    one.consume(one.queuedBytes());
    other.abandon();

    LONGS_EQUAL(0, more());
    LONGS_EQUAL(0, world.outbound.queuedFrames);
}

TEST(QueueMemory, AFlushIsDueAsSoonAsItIsAboveItsBound) {
    CHECK_FALSE(world.outbound.isFlushDue());
    world.outbound.maxMemory = 1000;
    one.send(textFrame(std::string(1000, 'x')));
    CHECK_TRUE(world.outbound.isFlushDue());
}
