// SPDX-License-Identifier: MIT
#include "fcgi/http/waiting_places.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace pregon;

namespace {

struct Asking {
    std::string path;
};
using Places = WaitingPlaces<Asking>;
using Turn = Places::Turn;

} // namespace

TEST_GROUP(WaitingPlaces) {
    Places places{2};

    Turn enter(const char *path, std::size_t bytes = 1) {
        auto request = std::make_unique<Asking>(Asking{path});
        const Turn turn = places.enter(request, bytes);
        CHECK_TRUE((request == nullptr) == (turn == Turn::Later));
        return turn;
    }
    std::string next() {
        const auto request = places.leave();
        return request ? request->path : "nobody";
    }
};

TEST(WaitingPlaces, AreThreeQuartersOfTheThreadsAndOneThreadIsKept) {
    const std::pair<std::size_t, std::size_t> cases[] = {{2, 1}, {3, 2}, {4, 3}, {16, 12}};
    for (const auto &[threads, expected] : cases)
        LONGS_EQUAL(expected, Places::placesOf(threads));
}

TEST(WaitingPlaces, WhoComesLaterGetsThePlaceOfWhoLeavesInTheOrderOfComing) {
    CHECK_TRUE(enter("/1") == Turn::Now);
    CHECK_TRUE(enter("/2") == Turn::Now);
    CHECK_TRUE(enter("/3") == Turn::Later);
    CHECK_TRUE(enter("/4") == Turn::Later);

    STRCMP_EQUAL("/3", next().c_str());
    STRCMP_EQUAL("/4", next().c_str());
    STRCMP_EQUAL("nobody", next().c_str());
    CHECK_TRUE(enter("/5") == Turn::Now);
    CHECK_TRUE(enter("/6") == Turn::Later);
}

TEST(WaitingPlaces, NoMoreWaitThanMemoryAllows) {
    for (int i = 0; i < 2; i++)
        CHECK_TRUE(enter("/") == Turn::Now);
    CHECK_TRUE(enter("/large", Places::kMaxWaitingBytes + 1) == Turn::Never);

    for (std::size_t i = 0; i < 2 * Places::kMaxWaitingPerPlace; i++)
        CHECK_TRUE(enter("/") == Turn::Later);
    CHECK_TRUE(enter("/") == Turn::Never);
    next();
    CHECK_TRUE(enter("/") == Turn::Later);
}
