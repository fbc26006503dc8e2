// SPDX-License-Identifier: MIT
#include "fcgi/auth/usage_recorder.h"

#include "tests/fcgi/demo_shops.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace pregon;
using namespace pregon::fcgitest;

TEST_GROUP(UsageRecorder) {
    DemoShops demo;
    UsageRecorder recorder{demo.clock};

    std::string usedTokens() {
        const std::string now = formatSqlTime(demo.clock.unixSeconds());
        return demo.value(
            "SELECT group_concat(id) FROM personal_access_tokens WHERE last_used_at = '" + now +
            "' AND updated_at = '" + now + "'");
    }
};

TEST(UsageRecorder, WritesEachUseOnce) {
    demo.execute(
        "INSERT INTO sessions (id, user_id, payload, last_activity) VALUES ('s', 1, '', 0)");
    recorder.tokenUsed("1");
    recorder.tokenUsed("3");
    recorder.tokenUsed("1");
    recorder.sessionUsed("s");

    CHECK_TRUE(recorder.write(demo.database).has_value());

    STRCMP_EQUAL("1,3", usedTokens().c_str());
    STRCMP_EQUAL(std::to_string(demo.clock.unixSeconds()).c_str(),
                 demo.value("SELECT last_activity FROM sessions").c_str());
}

TEST(UsageRecorder, WhatCannotBeWrittenIsDropped) {
    demo.execute("ALTER TABLE personal_access_tokens RENAME TO away");
    recorder.tokenUsed("1");
    CHECK_FALSE(recorder.write(demo.database).has_value());
    demo.execute("ALTER TABLE away RENAME TO personal_access_tokens");

    CHECK_TRUE(recorder.write(demo.database).has_value());

    STRCMP_EQUAL("NULL", usedTokens().c_str());
}

TEST(UsageRecorder, WritesInItsOwnThread) {
    recorder.tokenUsed("1");
    recorder.start(Database::onDemand(demo.url));
    for (int i = 0; i < 500 && usedTokens() != "1"; i++)
        std::this_thread::sleep_for(std::chrono::milliseconds(10));

    STRCMP_EQUAL("1", usedTokens().c_str());
}

TEST(UsageRecorder, RestsAfterAFailure) {
    demo.execute("ALTER TABLE personal_access_tokens RENAME TO away");
    recorder.tokenUsed("1");
    CHECK_FALSE(recorder.write(demo.database).has_value());
    demo.execute("ALTER TABLE away RENAME TO personal_access_tokens");

    demo.clock.advance(UsageRecorder::kRestAfterFailure.count() - 1);
    recorder.tokenUsed("2");
    CHECK_TRUE(recorder.write(demo.database).has_value());
    STRCMP_EQUAL("NULL", usedTokens().c_str());

    demo.clock.advance(1);
    recorder.tokenUsed("3");
    CHECK_TRUE(recorder.write(demo.database).has_value());
    STRCMP_EQUAL("3", usedTokens().c_str());
}
