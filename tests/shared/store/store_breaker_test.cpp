// SPDX-License-Identifier: MIT
#include "shared/store/store_breaker.h"

#include "shared/store/database.h"
#include "tests/fcgi/demo_shops.h"

#include "CppUTest/TestHarness.h"

using namespace pregon;
using Permission = StoreBreaker::Permission;

TEST_GROUP(StoreBreaker) {
    StoreBreaker breaker;
    StoreBreaker::Time now{std::chrono::hours(1)};

    bool isAsked() {
        return breaker.ask(now) == Permission::Granted;
    }
};

TEST(StoreBreaker, LetsEverybodyAskUntilSomebodyFails) {
    CHECK_TRUE(isAsked());
    CHECK_TRUE(isAsked());
    breaker.failed(Permission::Granted, now);
    CHECK_TRUE(breaker.ask(now) == Permission::Refused);
}

TEST(StoreBreaker, LetsOneAskAfterThePauseAndTheOthersOnceItWasAnswered) {
    breaker.failed(Permission::Granted, now);
    now += StoreBreaker::kFirstPause;
    CHECK_TRUE(breaker.ask(now) == Permission::Trial);
    CHECK_TRUE(breaker.ask(now) == Permission::Refused);
    breaker.answered();
    CHECK_TRUE(isAsked());
}

TEST(StoreBreaker, PausesLongerEachTimeButNotForEver) {
    breaker.failed(Permission::Granted, now);
    auto pause = StoreBreaker::kFirstPause;
    for (int i = 0; i < 8; i++) {
        CHECK_TRUE(breaker.ask(now + pause - std::chrono::milliseconds(1)) == Permission::Refused);
        now += pause;
        CHECK_TRUE(breaker.ask(now) == Permission::Trial);
        breaker.failed(Permission::Trial, now);
        pause = std::min(2 * pause, StoreBreaker::kLongestPause);
    }
}

TEST(StoreBreaker, ThoseWhoAskedBeforeDoNotMakeThePauseLonger) {
    for (int i = 0; i < 12; i++)
        breaker.failed(Permission::Granted, now);
    CHECK_TRUE(breaker.ask(now + StoreBreaker::kFirstPause) == Permission::Trial);
}

TEST(StoreBreaker, OneWhoLearnsNothingOrDiesLeavesTheTrialToAnother) {
    breaker.failed(Permission::Granted, now);
    now += StoreBreaker::kFirstPause;
    breaker.undecided(breaker.ask(now));
    CHECK_TRUE(breaker.ask(now) == Permission::Trial);
    CHECK_TRUE(breaker.ask(now) == Permission::Refused);
    CHECK_TRUE(breaker.ask(now + StoreBreaker::kLongestTrial) == Permission::Trial);
}

TEST(StoreBreaker, IsOneForAllConnectionsOfAProcessToTheSameStore) {
    const fcgitest::TemporaryFolder folder;
    const std::string url = "sqlite:" + folder.file("none.db");
    Database first = Database::onDemand(url), second = Database::onDemand(url),
             other = Database::onDemand(url + "2");

    STRCMP_CONTAINS("no such database", first.query("SELECT 1", 1).error().reason.c_str());
    STRCMP_EQUAL("the store could not be reached a moment ago",
                 second.query("SELECT 1", 1).error().reason.c_str());
    STRCMP_CONTAINS("no such database", other.query("SELECT 1", 1).error().reason.c_str());
}
