// SPDX-License-Identifier: MIT
#include "worker/channels/channel_registry.h"

#include "tests/worker/test_client.h"

#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "CppUTest/TestHarness.h"

using namespace pregon;
using namespace pregon::workertest;

TEST_GROUP(ChannelRegistry) {
    TestWorld world;
    ChannelRegistry &registry = world.example().channels();
    TestClient ana{world, "1.1"}, ben{world, "2.2"}, eve{world, "3.3"};
    const Frame hello = textFrame("hello");

    void unsubscribe(Connection & connection, std::string_view name) {
        registry.unsubscribe(*ChannelRegistry::subscriptionOf(connection, *registry.find(name)));
    }
};

TEST(ChannelRegistry, PublishReachesEverySubscriberExceptTheSender) {
    registry.subscribe(ana, "private-room");
    registry.subscribe(ben, "private-room");
    registry.subscribe(eve, "other");

    LONGS_EQUAL(1, registry.find("private-room")->publish(hello, &ana));
    STRCMP_EQUAL("", ana.heard().c_str());
    STRCMP_EQUAL("hello", ben.heard().c_str());
    STRCMP_EQUAL("", eve.heard().c_str());
}

TEST(ChannelRegistry, SubscribingTwiceIsOnce) {
    Channel &first = registry.subscribe(ana, "news");
    Channel &second = registry.subscribe(ana, "news");

    POINTERS_EQUAL(&first, &second);
    LONGS_EQUAL(1, first.subscriberCount());
    LONGS_EQUAL(1, ana.subscriptions.size());
    LONGS_EQUAL(1, first.publish(hello));
}

TEST(ChannelRegistry, AChannelExistsWhileItHasSubscribers) {
    POINTERS_EQUAL(nullptr, registry.find("news"));
    registry.subscribe(ana, "news");
    registry.subscribe(ben, "news");
    unsubscribe(ana, "news");
    CHECK_TRUE(registry.find("news") != nullptr);
    unsubscribe(ben, "news");

    POINTERS_EQUAL(nullptr, registry.find("news"));
    LONGS_EQUAL(0, registry.channelCount());
}

TEST(ChannelRegistry, FreesTheMembershipsOfConnectionsThatDiedInIt) {
    ChannelRegistry stopped; // the sanitizers' run fails if one is left
    auto gone = std::make_unique<Connection>(&world.example(), "4.4", world.outbound);
    stopped.subscribe(*gone, "news");
    stopped.subscribe(*gone, "other");
    gone.reset();

    LONGS_EQUAL(2, stopped.channelCount());
}

TEST(ChannelRegistry, NamesAreCaseSensitive) {
    registry.subscribe(ana, "news");

    POINTERS_EQUAL(nullptr, registry.find("News"));
    CHECK_TRUE(registry.isSubscribed(ana, "news"));
    CHECK_FALSE(registry.isSubscribed(ana, "News"));
    CHECK_FALSE(registry.isSubscribed(ben, "news"));
}

TEST(ChannelRegistry, OnlyPresenceChannelsHaveMembers) {
    CHECK_TRUE(registry.subscribe(ana, "presence-room").presence() != nullptr);
    POINTERS_EQUAL(nullptr, registry.subscribe(ana, "private-room").presence());
    POINTERS_EQUAL(nullptr, registry.subscribe(ana, "presence").presence());
}

TEST(ChannelRegistry, ApplicationsShareNoChannel) {
    registry.subscribe(ana, "news");

    POINTERS_EQUAL(nullptr, world.other().channels().find("news"));
}

// A walk through the connection's list for each of them would take a thousand times as long.
TEST(ChannelRegistry, AConnectionInManyChannelsFindsEachAtOnce) {
    constexpr std::size_t kMany = 50'000;
    const auto name = [](std::size_t number) { return "c" + std::to_string(number); };
    for (std::size_t i = 0; i < kMany; i++)
        registry.subscribe(ana, name(i));
    for (std::size_t i = 0; i < kMany; i += 2)
        unsubscribe(ana, name(i));

    LONGS_EQUAL(kMany / 2, ana.subscriptions.size());
    for (std::size_t i = 0; i < kMany; i++)
        LONGS_EQUAL(i % 2, registry.isSubscribed(ana, name(i)));
}

TEST(ChannelRegistry, FindsAMembershipWhileTheListGrowsAndShrinks) {
    std::mt19937 random(43);
    std::set<std::string> joined;
    constexpr std::size_t kNames = 3 * SubscriptionList::kIndexedFrom;
    for (int step = 0; step < 20000; step++) {
        const bool isGrowing = step / 1000 % 2 == 0;
        const std::string name = "c" + std::to_string(random() % kNames);
        if (random() % 4 < (isGrowing ? 3u : 1u)) {
            registry.subscribe(ana, name);
            joined.insert(name);
        } else if (joined.erase(name) > 0) {
            unsubscribe(ana, name);
        }
        CHECK_EQUAL(joined.contains(name), registry.isSubscribed(ana, name));
        const std::string other = "c" + std::to_string(random() % kNames);
        CHECK_EQUAL(joined.contains(other), registry.isSubscribed(ana, other));
        LONGS_EQUAL(joined.size(), ana.subscriptions.size());
    }
}

TEST(ChannelRegistry, AgreesWithAModelThroughManyChanges) {
    std::mt19937 random(42);
    std::vector<std::unique_ptr<TestClient>> clients;
    std::map<std::string, std::set<std::size_t>> model;
    for (std::size_t i = 0; i < 20; i++)
        clients.push_back(std::make_unique<TestClient>(world, std::to_string(i) + ".0"));
    for (int step = 0; step < 20000; step++) {
        const std::size_t who = random() % clients.size();
        const std::string name = "c" + std::to_string(random() % 15);
        if (random() % 2 == 0) {
            registry.subscribe(*clients[who], name);
            model[name].insert(who);
        } else if (registry.isSubscribed(*clients[who], name)) {
            unsubscribe(*clients[who], name);
            model[name].erase(who);
        }
        if (step % 500 != 0)
            continue;
        for (const auto &[channel, members] : model) {
            Channel *found = registry.find(channel);
            LONGS_EQUAL(members.size(), found != nullptr ? found->publish(hello) : 0);
            for (std::size_t i = 0; i < clients.size(); i++)
                STRCMP_EQUAL(members.contains(i) ? "hello" : "", clients[i]->heard().c_str());
        }
        for (const auto &client : clients) {
            std::size_t count = 0;
            for (const Subscription &subscription : client->subscriptions) {
                POINTERS_EQUAL(client.get(), &subscription.connection);
                count++;
            }
            LONGS_EQUAL(count, client->subscriptions.size());
        }
    }
}
