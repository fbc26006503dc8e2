// SPDX-License-Identifier: MIT

// A worker that takes the place of another of the cluster.

#include "tests/worker/cluster/cluster_world.h"

using namespace pregon;
using namespace pregon::workertest;

namespace {

/// The worker that takes the place of another, with one client of its own.
struct Successor : ClusterWorld {
    Successor() {
        link.up = true;
        applications.add(connection);
    }
    ~Successor() { tearDown(); }

    Channel &has(const std::string &channel) {
        Application &application = applications.all().front();
        application.channels().resume(connection, channel);
        return *application.channels().find(channel);
    }
    void resume(const ClusterState &state) {
        cluster.resume(sentOver(state));
        applications.joinNeighbours(cluster);
    }
    /// Under another name, once it may.
    bool joinsAnew() {
        const std::string name = cluster.context().worker;
        clock.advance(6000);
        cluster.tick();
        link.answer(ClusterScript::Heartbeat, list({number(1), list({})}));
        return name != cluster.context().worker;
    }
};

} // namespace

TEST_GROUP_BASE(ClusterSuccessor, ClusterGroup){};

TEST(ClusterSuccessor, DeliversWhatWasOnItsWayOnce) {
    goUp();
    Membership::join(connection, "news", 0);
    CHECK_FALSE(cluster.isSettled());
    cluster.subscribed("e:417702:news");
    cluster.flush();
    CHECK_TRUE(cluster.isSettled());
    publishTick();
    Successor successor;
    successor.has("news");
    successor.resume(cluster.state());
    const auto [topic, payload] = link.published.at(0);
    successor.cluster.message(topic, payload);
    successor.cluster.message(topic, payload);
    const std::string sent = successor.sent();
    CHECK_TRUE(sent.find("tick") != std::string::npos);
    CHECK_TRUE(sent.find("tick") == sent.rfind("tick"));
}

TEST(ClusterSuccessor, GoesOnWithTheListAndItsMembers) {
    goUp();
    Membership::join(connection, "presence-room", {"7", ""}, 0);
    cluster.subscribed("e:417702:presence-room");
    CHECK_FALSE(cluster.isSettled());
    link.answer(ClusterScript::Join,
                list({text("4"), text("+"), list({text("7"), text("4:"), text("8"), text("2:")})}));
    cluster.flush();
    CHECK_TRUE(cluster.isSettled());
    Successor successor;
    successor.has("presence-room").presence()->join(successor.connection, {"7", ""});
    successor.resume(cluster.state());
    CHECK_TRUE(successor.cluster.context().worker == cluster.context().worker);
    successor.cluster.message("e:417702:presence-room", "M+ 4 6 1\n9");
    successor.cluster.message("e:417702:presence-room", "M- 6 7 1\n8");
    CHECK_TRUE(successor.sent().find("member_added") != std::string::npos);
    CHECK_TRUE(successor.sent().find("member_removed") != std::string::npos);
    LONGS_EQUAL(
        2, *successor.cluster.userCount(successor.applications.all().front(), "presence-room"));
    CHECK_TRUE(successor.link.asked.empty()); // there was no gap
    Membership::leaveAll(successor.connection);
    successor.link.answer(ClusterScript::Leave, number(1));
}

TEST(ClusterSuccessor, WithoutAllItsChannelsJoinsAnew) {
    goUp();
    Membership::join(connection, "news", 0);
    cluster.subscribed("e:417702:news");
    Successor successor;
    successor.resume(cluster.state());
    CHECK_TRUE(successor.joinsAnew());
}

TEST(ClusterSuccessor, TellsNoOlderNumber) {
    App app = exampleApp();
    app.subscriptionCount = true;
    applications.all().front().change(app);
    goUp();
    Membership::join(connection, "news", 0);
    cluster.subscribed("e:417702:news");
    cluster.flush();
    link.answer(ClusterScript::Count, list({list({text("="), number(3), text("10")})}));
    CHECK_TRUE(wasSent(R"(subscription_count\":3)"));
    Successor successor;
    successor.applications.all().front().change(app);
    successor.has("news");
    successor.resume(cluster.state());
    successor.cluster.message("e:417702:news", "Nother 9 2"); // it waited in the socket
    CHECK_TRUE(successor.sent().empty());
    successor.cluster.message("e:417702:news", "Nother 11 4");
    CHECK_TRUE(successor.sent().find(R"(subscription_count\":4)") != std::string::npos);
}

TEST(ClusterSuccessor, ThatNeedsOtherTopicsJoinsAnew) {
    goUp();
    CHECK_TRUE(signIn(connection, R"({"id":"7","watchlist":["8"]})"));
    cluster.subscribed("e:417702:#server-to-user-7");
    App app = exampleApp(); // switched on meanwhile
    app.watchlist = true;
    Successor successor;
    successor.applications.all().front().change(app);
    successor.connection.user = std::make_unique<SignedInUser>(*connection.user);
    successor.resume(cluster.state());
    CHECK_TRUE(successor.joinsAnew());
    CHECK_TRUE(successor.link.topics.contains("w:417702:8"));
}
