// SPDX-License-Identifier: MIT
#include "fcgi/auth/identity_cache.h"

#include "tests/fcgi/demo_shops.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace pregon;
using namespace pregon::fcgitest;

TEST_GROUP(IdentityCache) {
    SetClock clock;
    IdentityCache cache{5, 3, clock};

    void put(const char *credential, const char *id,
             std::optional<std::int64_t> validUntil = std::nullopt) {
        cache.put("token", credential, User{id, {}}, clock.unixSeconds(), validUntil);
    }
    std::string find(const char *credential, const char *kind = "token") {
        const auto user = cache.find(kind, credential);
        return user ? user->id : "nobody";
    }
};

TEST(IdentityCache, RemembersForItsAge) {
    put("a", "1");
    STRCMP_EQUAL("1", find("a").c_str());
    STRCMP_EQUAL("nobody", find("b").c_str());
    STRCMP_EQUAL("nobody", find("a", "session").c_str());

    clock.advance(4);
    STRCMP_EQUAL("1", find("a").c_str());

    clock.advance(1);
    STRCMP_EQUAL("nobody", find("a").c_str());
}

TEST(IdentityCache, AHitMakesNothingYounger) {
    put("a", "1");
    for (int i = 0; i < 4; i++) {
        clock.advance(1);
        STRCMP_EQUAL("1", find("a").c_str());
    }
    clock.advance(1);
    STRCMP_EQUAL("nobody", find("a").c_str());
}

TEST(IdentityCache, ACredentialEndsWithItsOwnTime) {
    put("a", "1", clock.unixSeconds() + 2);

    clock.advance(2);
    STRCMP_EQUAL("1", find("a").c_str());

    clock.advance(1);
    STRCMP_EQUAL("nobody", find("a").c_str());
}

TEST(IdentityCache, ForgetsTheOldestWhenFull) {
    put("a", "1");
    put("b", "2");
    put("c", "3");
    put("a", "4"); // now the youngest
    put("d", "5");

    STRCMP_EQUAL("nobody", find("b").c_str());
    STRCMP_EQUAL("3", find("c").c_str());
    STRCMP_EQUAL("4", find("a").c_str());
    STRCMP_EQUAL("5", find("d").c_str());
}

TEST(IdentityCache, AClockThatWasSetBackMakesNothingUsable) {
    put("a", "1");
    clock.advance(-1);

    STRCMP_EQUAL("nobody", find("a").c_str());
}

TEST(IdentityCache, TurnedOffItRemembersNothing) {
    IdentityCache off(0, 3, clock);
    off.put("token", "a", User{"1", {}}, clock.unixSeconds(), std::nullopt);

    CHECK_FALSE(off.find("token", "a").has_value());
}
