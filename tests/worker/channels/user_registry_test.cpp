// SPDX-License-Identifier: MIT
#include "worker/channels/user_registry.h"

#include "tests/worker/test_client.h"

#include "CppUTest/TestHarness.h"

using namespace pregon;
using namespace pregon::workertest;

TEST_GROUP(UserRegistry) {
    TestWorld world;
    TestClient ana{world, "1.1"}, anasTab{world, "1.2"}, ben{world, "2.1"};
    UserRegistry users;
};

TEST(UserRegistry, AUserIsOnlineFromTheFirstConnectionToTheLast) {
    CHECK_TRUE(users.add(ana, "7"));
    CHECK_FALSE(users.add(anasTab, "7"));
    CHECK_FALSE(users.remove(ana, "7"));
    CHECK_TRUE(users.isOnline("7"));
    CHECK_TRUE(users.remove(anasTab, "7"));

    CHECK_FALSE(users.isOnline("7"));
}

TEST(UserRegistry, WhoIsNotInCannotLeave) {
    users.add(ana, "7");

    CHECK_FALSE(users.remove(ben, "7"));
    CHECK_FALSE(users.remove(ana, "8"));
    CHECK_TRUE(users.isOnline("7"));
}

TEST(UserRegistry, ListsTheConnectionsOfAUser) {
    users.add(ana, "7");
    users.add(anasTab, "7");
    users.add(ben, "8");

    LONGS_EQUAL(2, users.connectionsOf("7").size());
    POINTERS_EQUAL(&ben, users.connectionsOf("8").at(0));
    LONGS_EQUAL(0, users.connectionsOf("9").size());
}

TEST(UserRegistry, ListsWhoWatchesAUser) {
    users.watch(ana, {"8", "9"});
    users.watch(anasTab, {"8"});
    users.unwatch(ana, {"8", "unknown"});

    LONGS_EQUAL(1, users.watchersOf("8").size());
    POINTERS_EQUAL(&anasTab, users.watchersOf("8").at(0));
    POINTERS_EQUAL(&ana, users.watchersOf("9").at(0));
    LONGS_EQUAL(0, users.watchersOf("7").size());
}
