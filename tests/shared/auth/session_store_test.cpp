// SPDX-License-Identifier: MIT
#include "shared/auth/session_store.h"

#include "tests/fcgi/demo_shops.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace pregon;
using namespace pregon::fcgitest;

TEST_GROUP(SessionStore) {
    DemoShops demo;
    SessionStore sessions{demo.database, demo.clock, 120};
    const std::string id = std::string(40, 'a');

    void add(const std::string &userId, std::int64_t lastActivity) {
        demo.execute("INSERT INTO sessions (id, user_id, payload, last_activity) VALUES ('" + id +
                     "', " + userId + ", '', " + std::to_string(lastActivity) + ")");
    }
    /// The user's id; "guest"; "error".
    std::string userOf(const std::string &session) {
        const auto found = sessions.find(session);
        if (!found)
            return "error";
        return *found ? (*found)->userId : "guest";
    }
};

TEST(SessionStore, KnowsTheUserOfASession) {
    add("1", demo.clock.unixSeconds());

    STRCMP_EQUAL("1", userOf(id).c_str());
    STRCMP_EQUAL("guest", userOf(std::string(40, 'b')).c_str());
}

TEST(SessionStore, ASessionWithoutUserIsAGuest) {
    add("NULL", demo.clock.unixSeconds());

    STRCMP_EQUAL("guest", userOf(id).c_str());
}

TEST(SessionStore, ASessionExpires) {
    const std::int64_t start = demo.clock.unixSeconds();
    add("1", start);
    LONGS_EQUAL(start + 7200, (*sessions.find(id))->validUntil);

    demo.clock.advance(7200);
    STRCMP_EQUAL("1", userOf(id).c_str());

    demo.clock.advance(1);
    STRCMP_EQUAL("guest", userOf(id).c_str());
}

TEST(SessionStore, AnUnreadableActivityIsNone) {
    add("1", demo.clock.unixSeconds());
    demo.execute("UPDATE sessions SET last_activity = 'now'");

    STRCMP_EQUAL("guest", userOf(id).c_str());
}

TEST(SessionStore, AUserKeyMayBeText) {
    add("'9c3f2f6e-8a52-4b0e-9d0a-0123456789ab'", demo.clock.unixSeconds());

    STRCMP_EQUAL("9c3f2f6e-8a52-4b0e-9d0a-0123456789ab", userOf(id).c_str());
}

TEST(SessionStore, SaysThatTheStoreFailed) {
    demo.execute("DROP TABLE sessions");

    STRCMP_EQUAL("error", userOf(id).c_str());
}

TEST(SessionStore, AUseIsDueOnceAMinute) {
    const std::int64_t start = demo.clock.unixSeconds();
    add("1", start);
    demo.clock.advance(59);
    CHECK_FALSE((*sessions.find(id))->isUseDue);
    CHECK_TRUE(markSessionUsed(demo.database, demo.clock, id).has_value());
    STRCMP_EQUAL(std::to_string(start).c_str(),
                 demo.value("SELECT last_activity FROM sessions").c_str());

    demo.clock.advance(1);
    CHECK_TRUE((*sessions.find(id))->isUseDue);
    CHECK_TRUE(markSessionUsed(demo.database, demo.clock, id).has_value());
    STRCMP_EQUAL(std::to_string(start + 60).c_str(),
                 demo.value("SELECT last_activity FROM sessions").c_str());
}

TEST(SessionStore, KnowsTheFormOfItsIds) {
    CHECK_TRUE(isSessionId("q7Zt0aB3cD5eF7gH9iJ1kL3mN5oP7qR9sT1uV3wX"));
    for (const std::string &text :
         {std::string(), std::string(39, 'a'), std::string(41, 'a'), std::string(39, 'a') + "_",
          std::string(39, 'a') + "'", std::string(39, 'a') + '\0'})
        CHECK_FALSE(isSessionId(text));
}
