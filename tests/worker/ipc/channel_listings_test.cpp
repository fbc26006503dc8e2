// SPDX-License-Identifier: MIT
#include "worker/ipc/channel_listings.h"

#include "tests/worker/test_client.h"

#include <set>
#include <string>

#include "CppUTest/TestHarness.h"

using namespace pregon;
using namespace pregon::workertest;

TEST_GROUP(ChannelListings) {
    static constexpr std::size_t kMany = 2 * ChannelListings::kPerTurn + 10;

    TestWorld world;
    TestClient ana{world, "1.1"};
    ChannelListings listings;
    std::string answer;
    int answers = 0;

    void occupy(std::size_t first, std::size_t end) {
        for (std::size_t i = first; i < end; i++)
            world.example().channels().resume(ana, "n" + std::to_string(i));
    }
    void ask() {
        listings.begin(world.example(), {"417702", 0, ""}, 0, [this](ReplyMessage reply) {
            answer = reply.text;
            answers++;
        });
    }
    /// The different channels of the answer; 0 if one is listed twice.
    std::size_t listed() {
        std::set<std::string> names;
        std::size_t count = 0;
        for (std::size_t at = answer.find("\"n"); at != std::string::npos;
             at = answer.find("\"n", at + 1), count++)
            names.insert(answer.substr(at, answer.find(':', at) - at));
        return names.size() == count ? count : 0;
    }
};

TEST(ChannelListings, FewChannelsAreListedAtOnce) {
    occupy(0, 3);
    ask();

    LONGS_EQUAL(1, answers);
    LONGS_EQUAL(3, listed());
    CHECK_FALSE(listings.turn());
}

TEST(ChannelListings, ManyAreListedOverSeveralTurnsOfTheLoop) {
    occupy(0, kMany);
    ask();
    LONGS_EQUAL(0, answers);
    CHECK_TRUE(listings.turn());
    CHECK_FALSE(listings.turn());

    LONGS_EQUAL(1, answers);
    LONGS_EQUAL(kMany, listed());
}

TEST(ChannelListings, EachIsListedOnceIfTheirNumberGrowsMuchMeanwhile) {
    occupy(0, kMany);
    ask();
    occupy(kMany, 4 * kMany);
    while (listings.turn()) {
    }

    LONGS_EQUAL(1, answers);
    LONGS_EQUAL(4 * kMany, listed());
}

TEST(ChannelListings, SeveralShareTheTurnAndAreAnsweredInTheirOrder) {
    occupy(0, kMany);
    ask();
    ask();
    int turns = 1;
    while (listings.turn())
        turns++;

    LONGS_EQUAL(2, answers);
    CHECK_TRUE(turns >= 4);
}

TEST(ChannelListings, BeforeAHandOverAllAreAnswered) {
    occupy(0, kMany);
    ask();
    ask();
    listings.finish();

    LONGS_EQUAL(2, answers);
    LONGS_EQUAL(kMany, listed());
}
