// SPDX-License-Identifier: MIT

// The last event of a cache channel, by whichever way it comes.

#include "tests/worker/cluster/cluster_world.h"

using namespace pregon;
using namespace pregon::workertest;

namespace {

/// In a cache channel, confirmed or about to be.
struct CachedGroup : ClusterGroup {
    static constexpr const char *kTopic = "e:417702:cache-price";

    void join() {
        goUp();
        Membership::join(connection, "cache-price", 0);
        cluster.subscribed(kTopic);
    }
    void joinWithoutEvent() {
        join();
        link.answer(ClusterScript::Cached, list({text(""), number(-2), text("3")}));
        cluster.flush();
    }
    void returnsWith(const RedisReply &cached) {
        link.up = false;
        cluster.linkIsDown();
        goUp();
        cluster.subscribed(kTopic);
        link.answer(ClusterScript::Cached, cached);
    }
    /// What Redis knows: the price, by its version.
    static RedisReply known(int version, int price) {
        return list(
            {text(std::to_string(version) + "\n\"price\"\n\"" + std::to_string(price) + "\""),
             number(60000), text(std::to_string(version))});
    }
    void hears(int version, int price) {
        cluster.message(kTopic, "Kother " + std::to_string(version) + " \n" +
                                    std::to_string(version) + "\n\"price\"\n\"" +
                                    std::to_string(price) + "\"");
    }
    static std::size_t times(const Connection &to, int price) {
        const std::string all = textOf(to), wanted = "\"" + std::to_string(price) + "\"";
        std::size_t count = 0;
        for (std::size_t at = all.find(wanted); at != std::string::npos;
             at = all.find(wanted, at + 1))
            count++;
        return count;
    }
};

} // namespace

TEST_GROUP_BASE(ClusterCache, CachedGroup){};

TEST(ClusterCache, AnEventThatAReturnFetchedStillReachesWhoWasThere) {
    joinWithoutEvent();
    returnsWith(known(7, 25));
    Connection late{&applications.all().front(), "2.2", outbound};
    applications.add(late);
    Membership::join(late, "cache-price", 0);
    cluster.flush();
    LONGS_EQUAL(0, times(connection, 25));
    hears(7, 25);
    LONGS_EQUAL(1, times(connection, 25));
    LONGS_EQUAL(1, times(late, 25));
    Membership::leaveAll(late);
}

TEST(ClusterCache, WhoIsNotConfirmedYetGetsAnEventOnce) {
    join();
    hears(7, 25);
    LONGS_EQUAL(0, times(connection, 25));
    link.answer(ClusterScript::Cached, known(6, 24));
    cluster.flush();
    CHECK_TRUE(sent().find("subscription_succeeded") < sent().find("\"25\""));
    LONGS_EQUAL(1, times(connection, 25));
    LONGS_EQUAL(0, times(connection, 24));
}

TEST(ClusterCache, EventsKeepTheirOrderAroundAQuestion) {
    join();
    link.answer(ClusterScript::Cached, known(8, 25)); // heard before the two that it comprises
    cluster.flush();
    hears(7, 24);
    hears(8, 25);
    LONGS_EQUAL(0, times(connection, 24));
    LONGS_EQUAL(1, times(connection, 25));
    hears(9, 26);
    LONGS_EQUAL(1, times(connection, 26));
}

TEST(ClusterCache, EventsKeepTheirOrderAroundAReturn) {
    joinWithoutEvent();
    returnsWith(known(8, 25));
    hears(7, 24);
    hears(8, 25);
    LONGS_EQUAL(1, times(connection, 24));
    LONGS_EQUAL(1, times(connection, 25));
    CHECK_TRUE(sent().find("\"24\"") < sent().find("\"25\""));
    Connection late{&applications.all().front(), "2.2", outbound};
    applications.add(late);
    Membership::join(late, "cache-price", 0);
    LONGS_EQUAL(1, times(late, 25));
    Membership::leaveAll(late);
}
