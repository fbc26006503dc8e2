// SPDX-License-Identifier: MIT
#include "worker/channels/terminate_user.h"

#include "tests/worker/test_client.h"
#include "worker/protocol/pusher_protocol.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace pregon;
using namespace pregon::workertest;

TEST_GROUP(TerminateUser) {
    TestWorld world;
    TestClient ana{world, "1.1"}, anasTab{world, "1.2"}, ben{world, "2.1"};

    /// How the connection has ended; empty if it has not.
    static std::string end(TestClient & client) {
        const std::string heard = client.heard();
        return heard.substr(heard.find(R"({"event":"pusher:error")") != std::string::npos
                                ? heard.find(R"({"event":"pusher:error")")
                                : heard.size());
    }
    static std::string ended(const char *code) {
        return PusherProtocol::error(PusherProtocol::kDisconnectedByApp) + "\n<close " + code +
               " You got disconnected by the app.>";
    }
};

TEST(TerminateUser, EndsWhoIsSignedInAndWhoIsPresent) { // spec pusher-websocket §8.2
    ana.signIn(R"({"id":"7"})");
    anasTab.join("presence-a", {"7", ""});
    ben.signIn(R"({"id":"8"})");
    ben.join("presence-a", {"8", ""});

    LONGS_EQUAL(2, terminateUser(world.example(), "7"));
    STRCMP_EQUAL(ended("4009").c_str(), end(ana).c_str());
    STRCMP_EQUAL(ended("4009").c_str(), end(anasTab).c_str());
    CHECK_TRUE(ben.closing() == nullptr);
}

TEST(TerminateUser, EndsAConnectionOnce) {
    ana.signIn(R"({"id":"7"})");
    ana.join("presence-a", {"7", ""});
    ana.join("presence-b", {"7", ""});

    LONGS_EQUAL(1, terminateUser(world.example(), "7"));
    STRCMP_EQUAL(ended("4009").c_str(), end(ana).c_str());
}

TEST(TerminateUser, ClosesWithTheApplicationsCode) {
    world.set<std::int64_t>(&App::terminateCloseCode, 4200);
    ana.signIn(R"({"id":"7"})");
    terminateUser(world.example(), "7");

    STRCMP_EQUAL(ended("4200").c_str(), end(ana).c_str());
}

TEST(TerminateUser, OfAnotherApplicationOrUnknownIsNobody) {
    ana.signIn(R"({"id":"7"})");

    LONGS_EQUAL(0, terminateUser(world.other(), "7"));
    LONGS_EQUAL(0, terminateUser(world.example(), "77"));
    LONGS_EQUAL(0, terminateUser(world.example(), ""));
    CHECK_TRUE(ana.closing() == nullptr);
}
