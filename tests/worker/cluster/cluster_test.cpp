// SPDX-License-Identifier: MIT

// Cluster against a link that the test answers for.

#include "tests/worker/cluster/cluster_world.h"

using namespace pregon;
using namespace pregon::workertest;

TEST_GROUP_BASE(Cluster, ClusterGroup){};

TEST(Cluster, ConfirmsOnceRedisSendsTheChannel) {
    goUp();
    Membership::join(connection, "news", 0);
    CHECK_TRUE(link.topics.contains("e:417702:news"));
    cluster.flush();
    CHECK_FALSE(wasSent("subscription_succeeded"));
    cluster.subscribed("e:417702:news");
    cluster.flush();
    CHECK_TRUE(wasSent("subscription_succeeded"));
}

TEST(Cluster, ConfirmsAtOnceWithoutRedis) {
    Membership::join(connection, "news", 0);
    CHECK_TRUE(wasSent("subscription_succeeded"));
}

TEST(Cluster, ConfirmsWhatWaitsWhenRedisGoes) {
    goUp();
    Membership::join(connection, "presence-room", {"7", ""}, 0);
    CHECK_FALSE(wasSent("subscription_succeeded"));
    link.up = false;
    cluster.linkIsDown();
    CHECK_TRUE(wasSent("subscription_succeeded"));
    CHECK_TRUE(wasSent("7"));
}

TEST(Cluster, AMemberIsConfirmedWhenTheListHasIt) {
    goUp();
    Membership::join(connection, "presence-room", {"7", ""}, 0);
    cluster.subscribed("e:417702:presence-room");
    cluster.message("e:417702:presence-room", "M+ 0 4 1\n7");
    cluster.flush();
    CHECK_FALSE(wasSent("subscription_succeeded"));
    link.answer(ClusterScript::Join, list({text("4"), text("+"), list({text("7"), text("4:")})}));
    cluster.flush();
    CHECK_TRUE(wasSent("subscription_succeeded"));
    CHECK_FALSE(wasSent("member_added")); // its own
    cluster.message("e:417702:presence-room", "M+ 4 6 1\n8");
    CHECK_TRUE(wasSent("member_added"));
}

TEST(Cluster, AGapAsksForTheListAnew) {
    goUp();
    Membership::join(connection, "presence-room", {"7", ""}, 0);
    cluster.subscribed("e:417702:presence-room");
    link.answer(ClusterScript::Join, list({text("4"), text("+"), list({text("7"), text("4:")})}));
    cluster.flush();
    cluster.message("e:417702:presence-room", "M+ 9 12 1\n8");
    CHECK_FALSE(wasSent("member_added"));
    link.answer(ClusterScript::Join, list({text("12"), text("="),
                                           list({text("7"), text("4:"), text("8"), text("12:")})}));
    CHECK_TRUE(wasSent("member_added"));
}

TEST(Cluster, AnEventIsDeliveredWhenItComesBack) {
    goUp();
    Membership::join(connection, "news", 0);
    cluster.subscribed("e:417702:news");
    publishTick();
    CHECK_FALSE(wasSent("tick"));
    const auto [topic, payload] = link.published.at(0);
    cluster.message(topic, payload);
    CHECK_TRUE(wasSent("tick"));
    const std::string before = sent();
    cluster.message(topic, payload); // never twice
    CHECK_TRUE(before == sent());
}

TEST(Cluster, AnEventOnItsWayIsDeliveredWhenRedisGoes) {
    goUp();
    Membership::join(connection, "news", 0);
    cluster.subscribed("e:417702:news");
    std::optional<bool> taken;
    const auto mark = cluster.mark();
    publishTick();
    cluster.whenTaken(mark, [&](bool all) { taken = all; });
    link.up = false;
    link.publications.at(0)(RedisReply::error("lost"));
    cluster.linkIsDown();
    CHECK_TRUE(wasSent("tick"));
    CHECK_TRUE(taken.has_value() && !*taken);
}

TEST(Cluster, TheExcludedSocketHearsNothing) {
    goUp();
    Membership::join(connection, "news", 0);
    cluster.subscribed("e:417702:news");
    cluster.message("e:417702:news", "Eother 1 1.1\n{\"event\":\"a\"}");
    CHECK_FALSE(wasSent("\"a\""));
    cluster.message("e:417702:news", "Eother 2 \n{\"event\":\"a\"}");
    CHECK_TRUE(wasSent("\"a\""));
}

TEST(Cluster, WhoWasRefusedByAFullChannelIsOut) {
    goUp();
    Membership::join(connection, "presence-room", {"7", ""}, 0);
    cluster.subscribed("e:417702:presence-room");
    link.answer(ClusterScript::Join, list({text("4"), text("!"), list({text("1"), text("4:")})}));
    CHECK_TRUE(wasSent("4100"));
    CHECK_TRUE(connection.subscriptions.empty());
    CHECK_FALSE(link.topics.contains("e:417702:presence-room"));
}

TEST(Cluster, AnEventIsDeliveredAtOnceWhereRedisDoesNotSendItBackYet) {
    goUp();
    Membership::join(connection, "news", 0);
    cluster.subscribed("e:417702:news");
    link.up = false;
    cluster.linkIsDown();
    goUp(); // and its SUBSCRIBE is on its way
    publishTick();
    CHECK_FALSE(wasSent("tick"));
    link.publications.at(0)(number(0));
    CHECK_TRUE(wasSent("tick"));
    const std::string before = sent();
    const auto [topic, payload] = link.published.at(0);
    cluster.message(topic, payload); // it came back after all
    CHECK_TRUE(before == sent());
}

TEST(Cluster, TheDeadAreLeftAloneUntilOthersHadTheTimeToComeBackToo) {
    const RedisReply dead = list({number(1), list({text("abc")})});
    goUp();
    link.answer(ClusterScript::Heartbeat, dead);
    CHECK_FALSE(wasAsked(ClusterScript::Reap));
    for (int i = 0; i < 6; i++) {
        clock.advance(1000);
        cluster.tick();
        link.answer(ClusterScript::Heartbeat, dead);
    }
    CHECK_TRUE(wasAsked(ClusterScript::Reap));
}

TEST(Cluster, JoinsAnewWhenRedisHasNotCarriedOutSomething) {
    const RedisReply alive = list({number(1), list({})});
    goUp();
    link.answer(ClusterScript::Heartbeat, alive);
    const std::string name = cluster.context().worker;
    cluster.refused();
    for (int i = 0; i < 5; i++) {
        CHECK_TRUE(name == cluster.context().worker);
        clock.advance(1000);
        cluster.tick();
        link.answer(ClusterScript::Heartbeat, alive);
    }
    CHECK_FALSE(name == cluster.context().worker);
}

TEST(Cluster, ANumberThatIsOlderThanTheOneToldIsNotTold) {
    App app = exampleApp();
    app.subscriptionCount = true;
    applications.all().front().change(app);
    goUp();
    Membership::join(connection, "news", 0);
    cluster.subscribed("e:417702:news");
    cluster.flush();
    cluster.message("e:417702:news", "Nother 9 3");
    CHECK_TRUE(wasSent(R"(subscription_count\":3)"));
    link.answer(ClusterScript::Count, list({list({text("="), number(2), text("8")})}));
    CHECK_FALSE(wasSent(R"(subscription_count\":2)"));
}

TEST(Cluster, WhoWatchesIsToldTheNewestOfAnswerAndMessage) {
    App app = exampleApp();
    app.watchlist = true;
    applications.all().front().change(app);
    goUp();
    CHECK_TRUE(signIn(connection, R"({"id":"7","watchlist":["8","9"]})"));
    for (const char *topic : {"e:417702:#server-to-user-7", "w:417702:8", "w:417702:9"})
        cluster.subscribed(topic);
    cluster.message("w:417702:8",
                    "M+ 0 4 1\n8"); // after Redis has answered, but before it is heard
    link.answer(ClusterScript::Online, list({number(0), number(0)}));
    const std::string state = sent().substr(sent().rfind("watchlist_events"));
    CHECK_TRUE(state.find(R"(online\",\"user_ids\":[\"8\"])") != std::string::npos);
    CHECK_TRUE(state.find(R"(offline\",\"user_ids\":[\"9\"])") != std::string::npos);
}

TEST(Cluster, WhatItCountedUnderAFormerNameIsCountedAnew) {
    goUp();
    link.answer(ClusterScript::Heartbeat,
                list({number(1), list({}), list({text("417702\nnews")})}));
    cluster.flush();
    CHECK_TRUE(wasAsked(ClusterScript::Count));
}
