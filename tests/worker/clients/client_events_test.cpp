// SPDX-License-Identifier: MIT
#include "worker/clients/client_events.h"

#include "tests/worker/test_client.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace pregon;
using namespace pregon::workertest;

TEST_GROUP(ClientEvents) {
    TestWorld world;
    TestClient ana{world, "1.1"}, ben{world, "2.1"}, visitor{world, "3.1"};

    void setup() override { // as Reverb has it: on public channels too, as many as come
        world.set(&App::clientEventsOnPublic, true);
        world.set<std::int64_t>(&App::clientEventsPerSecond, 0);
        for (const char *channel : {"private-a", "private-encrypted-a", "news", "cache-a"}) {
            ana.join(channel);
            ben.join(channel);
        }
        ana.join("presence-a", {"7", ""});
        ben.join("presence-a", {"8", ""});
        forget();
    }
    void forget() {
        for (TestClient *client : {&ana, &ben, &visitor})
            (void)client->heard();
        (void)world.events.take();
    }

    /// `passed`, or the code and text of the refusal.
    std::string say(TestClient & sender, const std::string &channel, const std::string &rest,
                    const std::string &event = "client-x") {
        const std::string text =
            R"({"event":")" + event + R"(","channel":")" + channel + "\"" + rest + "}";
        const auto message = PusherProtocol::parseClientMessage(text);
        CHECK_TRUE_TEXT(message.has_value(), text.c_str());
        const auto refused = passClientEvent(sender, *message, world.clock.milliseconds());
        if (!refused)
            return "passed";
        return std::to_string(static_cast<int>(refused->code)) + " " + std::string(refused->text);
    }
    /// What others hear of such data.
    std::string passedOn(const std::string &rest) {
        STRCMP_EQUAL("passed", say(ana, "private-a", rest).c_str());
        return ben.heard();
    }
};

TEST(ClientEvents, ReachEverybodyElseInTheChannel) { // spec §7.1
    STRCMP_EQUAL("passed", say(ana, "private-a", R"(,"data":{"name":"Ana"})").c_str());

    STRCMP_EQUAL(R"({"event":"client-x","channel":"private-a","data":{"name":"Ana"}})",
                 ben.heard().c_str());
    STRCMP_EQUAL("", ana.heard().c_str());
    STRCMP_EQUAL("", visitor.heard().c_str());
}

TEST(ClientEvents, SayWhoItWasOnPresenceChannelsOnly) { // spec §7.1: verified, never the message's
    say(ana, "presence-a", R"(,"data":1,"user_id":"99")");
    STRCMP_EQUAL(R"({"event":"client-x","channel":"presence-a","data":1,"user_id":"7"})",
                 ben.heard().c_str());
    say(ana, "private-a", R"(,"data":1,"user_id":"99")");
    STRCMP_EQUAL(R"({"event":"client-x","channel":"private-a","data":1})", ben.heard().c_str());
}

TEST(ClientEvents, KeepTheirDataVerbatim) { // spec §7.4
    for (const std::string_view data :
         {"{}", "[]", "1.0", "9007199254740993", "12345678901234567890123", "-0", "1e400", "null",
          "true", R"("text")", R"("{\"a\":1}")", R"({"b":1, "a" :2,"b":3})", R"("\u00e9\/")",
          "[[],{}]"})
        STRCMP_EQUAL(
            (R"({"event":"client-x","channel":"private-a","data":)" + std::string(data) + "}")
                .c_str(),
            passedOn(R"(,"data":)" + std::string(data)).c_str());
}

TEST(ClientEvents, WithoutDataHaveNull) { // spec §7.4
    STRCMP_EQUAL(R"({"event":"client-x","channel":"private-a","data":null})", passedOn("").c_str());
}

TEST(ClientEvents, ArePassedOnByTheApplicationsRules) { // spec §7.2
    constexpr const char *kOff = "4301 The app does not have client messaging enabled.";
    constexpr const char *kNotIn = "4009 The client is not a member of the specified channel.";
    constexpr const char *kPrivateOnly = "4301 Client events are not enabled on public channels.";
    struct {
        const char *from;
        bool onPublic;
        const char *channel, *bySubscriber, *byVisitor;
    } const cases[] = {
        {"members", true, "private-a", "passed", kNotIn},
        {"members", true, "presence-a", "passed", kNotIn},
        {"members", true, "private-encrypted-a", "passed", kNotIn},
        {"members", true, "news", "passed", kNotIn},
        {"members", true, "unknown", kNotIn, kNotIn},
        {"members", true, "#server-to-user-7", kNotIn, kNotIn},
        {"members", false, "private-a", "passed", kNotIn},
        {"members", false, "presence-a", "passed", kNotIn},
        {"members", false, "news", kPrivateOnly, kPrivateOnly},
        {"members", false, "privateer", kPrivateOnly, kPrivateOnly},
        {"all", true, "private-a", "passed", "passed"},
        {"all", true, "news", "passed", "passed"},
        {"all", true, "unknown", "passed", "passed"},
        {"all", false, "news", kPrivateOnly, kPrivateOnly},
        {"all", false, "private-a", "passed", "passed"},
        {"none", true, "private-a", kOff, kOff},
        {"none", true, "news", kOff, kOff},
        {"anything", true, "private-a", kOff, kOff},
    };
    for (const auto &one : cases) {
        world.set<std::string>(&App::acceptClientEventsFrom, one.from);
        world.set(&App::clientEventsOnPublic, one.onPublic);
        const std::string what = std::string(one.from) + " " + one.channel;
        STRCMP_EQUAL_TEXT(one.bySubscriber, say(ana, one.channel, "").c_str(), what.c_str());
        STRCMP_EQUAL_TEXT(one.byVisitor, say(visitor, one.channel, "").c_str(), what.c_str());
        forget();
    }
}

TEST(ClientEvents, OfAnOutsiderNameNobody) { // spec §7.3
    world.set<std::string>(&App::acceptClientEventsFrom, "all");
    say(visitor, "presence-a", R"(,"data":{},"user_id":"7","more":1)");

    STRCMP_EQUAL(R"({"event":"client-x","channel":"presence-a","data":{}})", ben.heard().c_str());
    CHECK_TRUE(ana.heard() != "");
}

TEST(ClientEvents, AreBoundedInNameAndSize) { // spec §7.2
    const std::string name200 = "client-" + std::string(192, 'a') + "é";
    STRCMP_EQUAL("passed", say(ana, "private-a", "", name200).c_str());
    STRCMP_EQUAL("4301 Event name is too long. Maximum allowed size is 200.",
                 say(ana, "private-a", "", name200 + "a").c_str());
    const std::string largest = R"(,"data":")" + std::string(10'238, 'a');
    STRCMP_EQUAL("passed", say(ana, "private-a", largest + "\"").c_str());
    STRCMP_EQUAL("4301 The event data should be less than 10 KB.",
                 say(ana, "private-a", largest + "a\"").c_str());
}

TEST(ClientEvents, AreLimitedInRatePerConnection) { // spec §7.2
    world.set<std::int64_t>(&App::clientEventsPerSecond, 2);

    STRCMP_EQUAL("passed", say(ana, "private-a", "").c_str());
    STRCMP_EQUAL("passed", say(ana, "news", "").c_str());
    STRCMP_EQUAL("4301 Client event rejected due to rate limit", say(ana, "private-a", "").c_str());
    STRCMP_EQUAL("passed", say(ben, "private-a", "").c_str());
    world.clock.advance(500);
    STRCMP_EQUAL("passed", say(ana, "private-a", "").c_str());
}

TEST(ClientEvents, WhatIsRefusedForAnotherReasonCostsNoRate) {
    world.set<std::int64_t>(&App::clientEventsPerSecond, 1);
    say(ana, "unknown", "");

    STRCMP_EQUAL("passed", say(ana, "private-a", "").c_str());
}

TEST(ClientEvents, AreTenASecondAndNoneOnPublicChannelsByDefault) { // spec §7.2
    world.example().change(exampleApp());
    for (int i = 0; i < 10; i++)
        STRCMP_EQUAL("passed", say(ana, "private-a", "").c_str());
    STRCMP_EQUAL("4301 Client event rejected due to rate limit", say(ana, "private-a", "").c_str());
    STRCMP_EQUAL("4301 Client events are not enabled on public channels.",
                 say(ben, "news", "").c_str());
}

TEST(ClientEvents, AreNotLimitedByARateOfNone) {
    for (int i = 0; i < 1000; i++)
        STRCMP_EQUAL("passed", say(ana, "private-a", "").c_str());
}

TEST(ClientEvents, AreNotRemembered) { // spec §6
    say(ana, "cache-a", R"(,"data":1)");

    POINTERS_EQUAL(nullptr, world.example().cache().find("cache-a", world.clock.milliseconds()));
}

TEST(ClientEvents, AreTold) {
    say(ana, "presence-a", R"(,"data":{"a":1})");
    STRCMP_EQUAL(R"(said presence-a client-x {"a":1} 1.1 7)", world.events.take().c_str());
    say(ana, "private-a", "");
    STRCMP_EQUAL("said private-a client-x null 1.1", world.events.take().c_str());
    say(visitor, "private-a", "");
    STRCMP_EQUAL("", world.events.take().c_str());
}
