// Cluster against a link that the test answers for; with a real Redis: tests/e2e/cluster.test.mjs.

#include "shared/fields.h"
#include "tests/worker/test_client.h"
#include "worker/cluster.h"

#include <algorithm>
#include <map>
#include <set>

#include "CppUTest/TestHarness.h"

using namespace pregon;
using namespace pregon::workertest;

namespace {

struct HeldLink final : ClusterLink {
    bool up = false;
    std::vector<std::pair<ClusterScript, Answer>> asked;
    std::vector<std::pair<std::string, std::string>> published;
    std::vector<Answer> publications;
    std::set<std::string> topics;

    bool isUp() const override { return up; }
    void run(ClusterScript script, std::vector<std::string>, Answer answer) override {
        asked.emplace_back(script, std::move(answer));
    }
    void publish(const std::string &topic, std::string_view payload, Answer answer) override {
        published.emplace_back(topic, payload);
        publications.push_back(std::move(answer));
    }
    void subscribe(const std::string &topic) override { topics.insert(topic); }
    void unsubscribe(const std::string &topic) override { topics.erase(topic); }
    std::string address() const override { return "test"; }

    /// Answers the first question of that kind.
    void answer(ClusterScript script, const RedisReply &reply) {
        for (auto at = asked.begin(); at != asked.end(); ++at)
            if (at->first == script) {
                const Answer answer = at->second;
                asked.erase(at);
                return answer(reply);
            }
        FAIL("was not asked");
    }
};

/// What waits to be sent to it.
std::string textOf(const Connection &connection) {
    std::string all;
    for (std::size_t place = 0; place < connection.queue().size(); place++)
        all += connection.queue()[place].bytes();
    return all;
}

RedisReply text(std::string value) {
    return {RedisReply::Kind::Text, std::move(value), 0, {}};
}

RedisReply number(std::int64_t value) {
    return {RedisReply::Kind::Number, "", value, {}};
}

RedisReply list(std::vector<RedisReply> elements) {
    return {RedisReply::Kind::List, "", 0, std::move(elements)};
}

} // namespace

TEST_GROUP(Cluster) {
    SetClock clock;
    EventRecorder events;
    ApplicationRegistry applications{{exampleApp()}, events};
    WorkerFigures figures;
    HeldLink link;
    Cluster cluster{link, applications, figures, clock};
    Outbound outbound{.dirty = {}, .maxQueuedBytes = 1 << 20};
    Connection connection{&applications.all().front(), "1.1", outbound};

    void setup() override {
        applications.share(cluster);
        applications.add(connection);
    }
    void teardown() override {
        Membership::leaveAll(connection);
        SignIn::signOut(connection);
    }

    void goUp() {
        link.up = true;
        cluster.linkIsUp();
    }
    std::string sent() const {
        return textOf(connection);
    }
    bool wasAsked(ClusterScript script) const {
        return std::ranges::any_of(link.asked, [&](auto &one) { return one.first == script; });
    }
    bool wasSent(const char *part) const {
        return sent().find(part) != std::string::npos;
    }
};

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
    CHECK_TRUE(cluster.publish(applications.all().front(), "news",
                               {"417702", "", "\"tick\"", "\"1\"", {"news"}}));
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
    cluster.publish(applications.all().front(), "news",
                    {"417702", "", "\"tick\"", "\"1\"", {"news"}});
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
    cluster.publish(applications.all().front(), "news",
                    {"417702", "", "\"tick\"", "\"1\"", {"news"}});
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

TEST(Cluster, ACachedEventThatAReturnFetchedStillReachesWhoWasThere) {
    goUp();
    Membership::join(connection, "cache-price", 0);
    cluster.subscribed("e:417702:cache-price");
    link.answer(ClusterScript::Cached, list({text(""), number(-2), text("3")}));
    cluster.flush();
    link.up = false;
    cluster.linkIsDown();
    goUp();
    cluster.subscribed("e:417702:cache-price");
    link.answer(ClusterScript::Cached, list({text("7\n\"price\"\n\"25\""), number(60000)}));
    Connection late{&applications.all().front(), "2.2", outbound};
    applications.add(late);
    Membership::join(late, "cache-price", 0);
    cluster.flush();
    CHECK_FALSE(wasSent("\"25\""));
    cluster.message("e:417702:cache-price", "Kother 5 \n7\n\"price\"\n\"25\"");
    for (const Connection *one : {&connection, &late}) {
        const std::string sent = textOf(*one);
        CHECK_TRUE(sent.find("\"25\"") != std::string::npos);
        CHECK_TRUE(sent.find("\"25\"") == sent.rfind("\"25\""));
    }
    Membership::leaveAll(late);
}

TEST(Cluster, WhoIsNotConfirmedYetGetsACachedEventOnce) {
    goUp();
    Membership::join(connection, "cache-price", 0);
    cluster.subscribed("e:417702:cache-price");
    cluster.message("e:417702:cache-price", "Kother 5 \n7\n\"price\"\n\"25\"");
    CHECK_FALSE(wasSent("\"25\""));
    link.answer(ClusterScript::Cached, list({text("6\n\"price\"\n\"24\""), number(60000)}));
    cluster.flush();
    CHECK_TRUE(sent().find("subscription_succeeded") < sent().find("\"25\""));
    CHECK_TRUE(sent().find("\"25\"") == sent().rfind("\"25\""));
    CHECK_FALSE(wasSent("\"24\""));
}

TEST(Cluster, CachedEventsKeepTheirOrderAroundAQuestion) {
    const RedisReply second = list({text("8\n\"price\"\n\"25\""), number(60000), text("8")});
    goUp();
    Membership::join(connection, "cache-price", 0);
    cluster.subscribed("e:417702:cache-price");
    link.answer(ClusterScript::Cached, second); // heard before the two that it comprises
    cluster.flush();
    cluster.message("e:417702:cache-price", "Kother 5 \n7\n\"price\"\n\"24\"");
    cluster.message("e:417702:cache-price", "Kother 6 \n8\n\"price\"\n\"25\"");
    CHECK_FALSE(wasSent("\"24\""));
    CHECK_TRUE(wasSent("\"25\"") && sent().find("\"25\"") == sent().rfind("\"25\""));
    cluster.message("e:417702:cache-price", "Kother 7 \n9\n\"price\"\n\"26\"");
    CHECK_TRUE(wasSent("\"26\""));
}

TEST(Cluster, CachedEventsKeepTheirOrderAroundAReturn) {
    goUp();
    Membership::join(connection, "cache-price", 0);
    cluster.subscribed("e:417702:cache-price");
    link.answer(ClusterScript::Cached, list({text(""), number(-2), text("3")}));
    cluster.flush();
    link.up = false;
    cluster.linkIsDown();
    goUp();
    cluster.subscribed("e:417702:cache-price");
    link.answer(ClusterScript::Cached,
                list({text("8\n\"price\"\n\"25\""), number(60000), text("8")}));
    cluster.message("e:417702:cache-price", "Kother 5 \n7\n\"price\"\n\"24\"");
    cluster.message("e:417702:cache-price", "Kother 6 \n8\n\"price\"\n\"25\"");
    CHECK_TRUE(wasSent("\"24\"") && sent().find("\"24\"") == sent().rfind("\"24\""));
    CHECK_TRUE(wasSent("\"25\"") && sent().find("\"25\"") == sent().rfind("\"25\""));
    CHECK_TRUE(sent().find("\"24\"") < sent().find("\"25\""));
    Connection late{&applications.all().front(), "2.2", outbound};
    applications.add(late);
    Membership::join(late, "cache-price", 0);
    CHECK_TRUE(textOf(late).find("\"25\"") != std::string::npos);
    Membership::leaveAll(late);
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

namespace {

/// The worker that takes the place of another, with one client of its own.
struct Successor {
    SetClock clock;
    EventRecorder events;
    ApplicationRegistry applications{{exampleApp()}, events};
    WorkerFigures figures;
    HeldLink link;
    Cluster cluster{link, applications, figures, clock};
    Outbound outbound{.dirty = {}, .maxQueuedBytes = 1 << 20};
    Connection connection{&applications.all().front(), "1.1", outbound};

    Successor() {
        link.up = true;
        applications.add(connection);
    }
    ~Successor() { Membership::leaveAll(connection); }

    Channel &has(const std::string &channel) {
        Application &application = applications.all().front();
        application.channels().resume(connection, channel);
        return *application.channels().find(channel);
    }
    void resume(const ClusterState &state) {
        FieldWriter writer;
        writer(state);
        const std::string bytes = writer.take();
        FieldReader reader(bytes);
        ClusterState arrived;
        reader(arrived);
        CHECK_TRUE(reader.isConsumedExactly());
        cluster.resume(arrived);
        applications.share(cluster);
    }
    std::string sent() const { return textOf(connection); }
};

} // namespace

TEST(Cluster, ASuccessorDeliversWhatWasOnItsWayOnce) {
    goUp();
    Membership::join(connection, "news", 0);
    CHECK_FALSE(cluster.isSettled());
    cluster.subscribed("e:417702:news");
    cluster.flush();
    CHECK_TRUE(cluster.isSettled());
    cluster.publish(applications.all().front(), "news",
                    {"417702", "", "\"tick\"", "\"1\"", {"news"}});
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

TEST(Cluster, ASuccessorGoesOnWithTheListAndItsMembers) {
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

TEST(Cluster, ASuccessorWithoutAllItsChannelsJoinsAnew) {
    goUp();
    Membership::join(connection, "news", 0);
    cluster.subscribed("e:417702:news");
    Successor successor;
    successor.resume(cluster.state());
    const std::string name = successor.cluster.context().worker;
    successor.clock.advance(6000);
    successor.cluster.tick();
    successor.link.answer(ClusterScript::Heartbeat, list({number(1), list({})}));
    CHECK_FALSE(name == successor.cluster.context().worker);
}

TEST(Cluster, ASuccessorTellsNoOlderNumber) {
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

TEST(Cluster, ASuccessorThatNeedsOtherTopicsJoinsAnew) {
    goUp();
    CHECK_TRUE(signIn(connection, R"({"id":"7","watchlist":["8"]})"));
    cluster.subscribed("e:417702:#server-to-user-7");
    App app = exampleApp(); // switched on meanwhile
    app.watchlist = true;
    Successor successor;
    successor.applications.all().front().change(app);
    successor.connection.user = std::make_unique<SignedInUser>(*connection.user);
    successor.resume(cluster.state());
    const std::string name = successor.cluster.context().worker;
    successor.clock.advance(6000);
    successor.cluster.tick();
    successor.link.answer(ClusterScript::Heartbeat, list({number(1), list({})}));
    CHECK_FALSE(name == successor.cluster.context().worker);
    CHECK_TRUE(successor.link.topics.contains("w:417702:8"));
    SignIn::signOut(successor.connection);
}
