// SPDX-License-Identifier: MIT
#include "worker/clients/leaving.h"

#include "tests/worker/test_client.h"

#include <memory>
#include <string>
#include <vector>

#include "CppUTest/TestHarness.h"

using namespace pregon;
using namespace pregon::workertest;

TEST_GROUP(Leaving) {
    static constexpr std::size_t kMany = 2 * Leaving::kPerTurn + 10;

    TestWorld world;
    Leaving leaving;

    std::shared_ptr<TestClient> clientIn(std::size_t channels, const std::string &id) {
        auto client = std::make_shared<TestClient>(world, id);
        for (std::size_t i = 0; i < channels; i++)
            world.example().channels().subscribe(*client, id + "-" + std::to_string(i));
        return client;
    }
    std::size_t channels() {
        return world.example().channels().channelCount();
    }
};

TEST(Leaving, AClientWithFewChannelsLeavesThemAtOnce) {
    const auto client = clientIn(3, "1.1");
    leaving.begin(*client);

    LONGS_EQUAL(0, channels());
    CHECK_FALSE(leaving.turn());
}

TEST(Leaving, OneWithManyLeavesABoundedNumberInEachTurn) {
    const auto client = clientIn(kMany, "1.1");
    leaving.begin(*client);
    LONGS_EQUAL(kMany - Leaving::kPerTurn, channels());
    CHECK_TRUE(leaving.turn());
    LONGS_EQUAL(10, channels());
    CHECK_FALSE(leaving.turn());
    LONGS_EQUAL(0, channels());
}

TEST(Leaving, ManyThatEndInOneTurnShareItsBound) {
    std::vector<std::shared_ptr<TestClient>> clients;
    for (int i = 0; i < 30; i++)
        clients.push_back(clientIn(100, std::to_string(i) + ".1"));
    for (const auto &client : clients)
        leaving.begin(*client);

    LONGS_EQUAL(3000 - Leaving::kPerTurn, channels());
    CHECK_TRUE(leaving.turn());
    CHECK_FALSE(leaving.turn());
    LONGS_EQUAL(0, channels());
}

TEST(Leaving, AConnectionLivesUntilItHasLeftItsChannelsAndIsSentNothing) {
    auto client = clientIn(kMany, "1.1");
    const std::weak_ptr<TestClient> alive = client;
    leaving.begin(*client);
    leaving.keep(std::move(client));

    world.example().channels().forEach(
        [](Channel &channel) { channel.publish(textFrame("event"), nullptr); });
    CHECK_FALSE(alive.expired());
    CHECK_FALSE(alive.lock()->hasOutbound());
    while (leaving.turn()) {
    }
    CHECK_TRUE(alive.expired());
    CHECK_TRUE(world.dirty.isEmpty());
}

TEST(Leaving, WhoHasAlreadyLeftIsNotKept) {
    auto client = clientIn(1, "1.1");
    const std::weak_ptr<TestClient> alive = client;
    leaving.begin(*client);
    leaving.keep(std::move(client));

    CHECK_TRUE(alive.expired());
}

TEST(Leaving, BeforeAHandOverAllLeave) {
    auto client = clientIn(kMany, "1.1");
    leaving.begin(*client);
    leaving.keep(std::move(client));
    leaving.finish();

    LONGS_EQUAL(0, channels());
    CHECK_FALSE(leaving.turn());
}

TEST(Leaving, WhatIsQueuedWhenAConnectionEndsIsNotSent) {
    auto client = clientIn(kMany, "1.1");
    client->send(textFrame("too late"));
    leaving.begin(*client);
    leaving.keep(std::move(client));

    CHECK_TRUE(world.dirty.isEmpty());
    leaving.finish();
}
