// SPDX-License-Identifier: MIT

// What workers of two releases say to one another through one Redis (worker/cluster/wire.h).
// tests/worker/cluster/recorded/wire_N is what version N wrote, and the versions after it must
// read.
#include "worker/cluster/wire.h"

#include "tests/recorded.h"

#include <map>
#include <string>

#include "CppUTest/TestHarness.h"

using namespace pregon;
using Wire::Kind;

namespace {

/// Of every kind one, as this version writes it. Those of the scripts are written out.
std::map<std::string, std::string> written() {
    return {
        {"event",
         Wire::headOf({Kind::Event, "ab12", 7, "1.2", 0, ""}) + R"({"event":"paid","data":"1"})"},
        {"event_for_all", Wire::headOf({Kind::Event, "ab12", 8, "", 0, ""}) + "{}"},
        {"cached",
         Wire::headOf({Kind::CachedEvent, "ab12", 9, "", 0, ""}) + "31\n\"rate\"\n\"3.7\""},
        {"client_event", Wire::headOf({Kind::ClientEvent, "ab12", 10, "1.2", 0, ""}) + "{}"},
        {"joined", "M+ 5 8 2\n17{\"name\":\"Ana\"}"},
        {"left", "M- 8 9 2\n17"},
        {"count", "N9f3c 12 40"},
        {"count_of_a_dead_worker", "N 13 39"},
        {"terminate", Wire::textOf({"ab12", "my%3Aapp", "7\n8"})},
    };
}

} // namespace

TEST_GROUP(Wire){/// One that the version before this one wrote.
                 static const std::string &
                 recorded(const char *name){
                     static const Recording recording("tests/worker/cluster/recorded/wire_1");
return recording.find(name);
}
}
;

TEST(Wire, ThisVersionWritesWhatIsRecorded) {
    Recording("tests/worker/cluster/recorded/wire_" + std::to_string(Wire::kVersion))
        .checkEqual(written());
}

TEST(Wire, ReadsTheEventsOfVersion1) {
    const auto event = Wire::parseEvent(recorded("event"));
    CHECK_TRUE(event && event->kind == Kind::Event);
    STRCMP_EQUAL("ab12", event->origin.c_str());
    UNSIGNED_LONGS_EQUAL(7, event->sequence);
    STRCMP_EQUAL("1.2", event->exceptSocketId.c_str());
    STRCMP_EQUAL(R"({"event":"paid","data":"1"})", event->body.c_str());

    const auto forAll = Wire::parseEvent(recorded("event_for_all"));
    STRCMP_EQUAL("", forAll->exceptSocketId.c_str());

    const auto cached = Wire::parseEvent(recorded("cached"));
    CHECK_TRUE(cached && cached->kind == Kind::CachedEvent);
    UNSIGNED_LONGS_EQUAL(31, cached->version);
    STRCMP_EQUAL("\"rate\"\n\"3.7\"", cached->body.c_str());

    CHECK_TRUE(Wire::parseEvent(recorded("client_event"))->kind == Kind::ClientEvent);
}

TEST(Wire, ReadsTheMembersAndCountsOfVersion1) {
    const auto joined = Wire::parseMemberChange(recorded("joined"));
    CHECK_TRUE(joined && joined->isJoin);
    UNSIGNED_LONGS_EQUAL(5, joined->before);
    UNSIGNED_LONGS_EQUAL(8, joined->version);
    STRCMP_EQUAL("17", joined->member.userId.c_str());
    STRCMP_EQUAL(R"({"name":"Ana"})", joined->member.userInfoJson.c_str());
    CHECK_FALSE(Wire::parseMemberChange(recorded("left"))->isJoin);

    const auto count = Wire::parseCount(recorded("count"));
    STRCMP_EQUAL("9f3c", count->worker.c_str());
    UNSIGNED_LONGS_EQUAL(12, count->version);
    UNSIGNED_LONGS_EQUAL(40, count->total);
    STRCMP_EQUAL("", Wire::parseCount(recorded("count_of_a_dead_worker"))->worker.c_str());
}

TEST(Wire, ReadsWhomToTerminateOfVersion1) {
    const auto terminate = Wire::parseTerminate(recorded("terminate"));
    STRCMP_EQUAL("ab12", terminate->origin.c_str());
    STRCMP_EQUAL("my%3Aapp", terminate->application.c_str());
    STRCMP_EQUAL("7\n8", terminate->userId.c_str());
}

TEST(Wire, AUserIdMayHoldAnything) {
    const auto change = Wire::parseMemberChange("M+ 0 1 4\n1 \n2{}");
    STRCMP_EQUAL("1 \n2", change->member.userId.c_str());
    STRCMP_EQUAL("{}", change->member.userInfoJson.c_str());
}

TEST(Wire, IgnoresWhatALaterVersionAppendsToTheFirstLine) {
    STRCMP_EQUAL("1.2", Wire::parseEvent("Eab12 7 1.2 more of it\n{}")->exceptSocketId.c_str());
    STRCMP_EQUAL("{}", Wire::parseEvent("Eab12 7  more\n{}")->body.c_str());
    STRCMP_EQUAL("17", Wire::parseMemberChange("M+ 5 8 2 more\n17")->member.userId.c_str());
    UNSIGNED_LONGS_EQUAL(40, Wire::parseCount("N9f3c 12 40 more")->total);
}

TEST(Wire, KnowsNoOtherKinds) {
    for (const char *message : {"", "X1 2\n", "e1 2\n", "\xff", "\n"})
        CHECK_FALSE_TEXT(Wire::kindOf(message).has_value(), message);
}

TEST(Wire, RefusesWhatIsMalformed) {
    for (const char *message : {"", "E", "Eab12", "Eab12 x \n{}", "Eab12 7 1.2",
                                "Kab12 7 \n\"a\"\n1", "M+ 0 1 1\na", "N9f3c 12 40", "E\n"})
        CHECK_FALSE_TEXT(Wire::parseEvent(message).has_value(), message);
    for (const char *message :
         {"", "M", "M+ ", "M+ 1 2 9\nabc", "M+ x 2 1\na", "E1 2\n", "M* 1 2 1\na", "M+ 1 2\na"})
        CHECK_FALSE_TEXT(Wire::parseMemberChange(message).has_value(), message);
    for (const char *message : {"", "N", "Nw 1", "Nw x 1", "Nw 1 x", "E1 2\n"})
        CHECK_FALSE_TEXT(Wire::parseCount(message).has_value(), message);
    for (const char *message : {"", "T", "Tab12 app", "Tab12\n7", "Eab12 1 \n"})
        CHECK_FALSE_TEXT(Wire::parseTerminate(message).has_value(), message);
}

TEST(Wire, NamesItsTopics) {
    STRCMP_EQUAL("e:417702:news", Wire::channelTopic("417702", "news").c_str());
    STRCMP_EQUAL("w:417702:7", Wire::watchTopic("417702", "7").c_str());
    const Wire::Topic channel = Wire::parseTopic("e:417702:private-a:b");
    CHECK_TRUE(channel.kind == Wire::TopicKind::Channel && channel.name == "private-a:b");
    CHECK_TRUE(channel.application == "417702");
    CHECK_TRUE(Wire::parseTopic("e:1:#server-to-user-7").kind == Wire::TopicKind::User);
    CHECK_TRUE(Wire::parseTopic("w:1:7").kind == Wire::TopicKind::Watch);
    for (const char *other : {"control", "", "e:1", "x:1:2"})
        CHECK_TRUE_TEXT(Wire::parseTopic(other).kind == Wire::TopicKind::Other, other);
}
