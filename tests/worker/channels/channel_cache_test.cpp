// SPDX-License-Identifier: MIT
#include "worker/channels/channel_cache.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace pregon;

TEST_GROUP(ChannelCache) {
    ChannelCache cache;

    /// Stores an event that lives ten seconds; three channels are remembered.
    void store(const char *channel, const char *data, std::int64_t now = 0) {
        cache.store(channel, {R"("e")", data, now + 10'000}, 3, now);
    }
    /// The data that the channel remembers; `none`.
    std::string find(const char *channel, std::int64_t now = 0) {
        const CachedEvent *event = cache.find(channel, now);
        return event != nullptr ? event->dataJson : "none";
    }
};

TEST(ChannelCache, RemembersTheLastEventOfEachChannel) {
    store("cache-a", "1");
    store("cache-b", "2");
    store("cache-a", "3");

    STRCMP_EQUAL("3", find("cache-a").c_str());
    STRCMP_EQUAL("2", find("cache-b").c_str());
    STRCMP_EQUAL("none", find("cache-c").c_str());
    STRCMP_EQUAL(R"("e")", cache.find("cache-a", 0)->eventJson.c_str());
    LONGS_EQUAL(2, cache.size());
}

TEST(ChannelCache, ForgetsAnEventWhenItsTimeIsUp) {
    store("cache-a", "1", 5000);

    STRCMP_EQUAL("1", find("cache-a", 14'999).c_str());
    STRCMP_EQUAL("none", find("cache-a", 15'000).c_str());
    LONGS_EQUAL(0, cache.size());
}

TEST(ChannelCache, AReplacementLivesItsOwnTime) {
    store("cache-a", "1", 0);
    store("cache-a", "2", 9000);

    STRCMP_EQUAL("2", find("cache-a", 18'999).c_str());
    STRCMP_EQUAL("none", find("cache-a", 19'000).c_str());
}

TEST(ChannelCache, WhatWasStoredFirstGoesFirst) {
    store("cache-a", "1");
    store("cache-b", "2");
    store("cache-c", "3");
    (void)cache.find("cache-a", 0); // being read does not keep it
    store("cache-d", "4");

    STRCMP_EQUAL("none", find("cache-a").c_str());
    STRCMP_EQUAL("2", find("cache-b").c_str());
    STRCMP_EQUAL("4", find("cache-d").c_str());
    LONGS_EQUAL(3, cache.size());
}

TEST(ChannelCache, AReplacementCountsAsStoredLater) {
    store("cache-a", "1");
    store("cache-b", "2");
    store("cache-c", "3");
    store("cache-a", "4");
    store("cache-d", "5");

    STRCMP_EQUAL("4", find("cache-a").c_str());
    STRCMP_EQUAL("none", find("cache-b").c_str());
}

TEST(ChannelCache, AReplacementPushesNobodyOut) {
    store("cache-a", "1");
    store("cache-b", "2");
    store("cache-c", "3");
    store("cache-c", "4");

    LONGS_EQUAL(3, cache.size());
    STRCMP_EQUAL("1", find("cache-a").c_str());
}

TEST(ChannelCache, DropsWhatHasExpiredThoughNobodyAsks) {
    store("cache-a", "1", 0);
    store("cache-b", "2", 0);
    store("cache-c", "3", 10'000);

    LONGS_EQUAL(1, cache.size());
}

TEST(ChannelCache, ShrinksToALowerBound) {
    store("cache-a", "1");
    store("cache-b", "2");
    store("cache-c", "3");
    cache.store("cache-d", {R"("e")", "4", 10'000}, 1, 0);

    LONGS_EQUAL(1, cache.size());
    STRCMP_EQUAL("4", find("cache-d").c_str());
}
