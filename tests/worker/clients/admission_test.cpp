// SPDX-License-Identifier: MIT
#include "worker/clients/admission.h"

#include "tests/worker/test_client.h"
#include "worker/clients/client_commands.h"
#include "worker/clients/liveness.h"
#include "worker/protocol/pusher_protocol.h"

#include <memory>
#include <string>

#include "CppUTest/TestHarness.h"

using namespace pregon;
using namespace pregon::workertest;

namespace {

constexpr const char *kTooSilent = "<close 4100 No message received in time>";
constexpr const char *kTooLate =
    R"({"event":"pusher:error","data":{"code":4009,"message":"Connection not authorized within timeout."}})"
    "\n<close 4009 Connection not authorized within timeout.>";

} // namespace

TEST_GROUP(Admission) {
    TestWorld world;
    ClientCommands commands{0, world.clock};
    Admission admission{10};
    TestClient client{world};

    void pass(int seconds) {
        for (int i = 0; i < seconds; i++)
            admission.tick();
    }
    void demandAuthorization() {
        world.set(&App::userAuthentication, true);
    }
    void say(const std::string &text) {
        commands.handle(client, text);
        (void)client.heard();
    }
};

TEST(Admission, EndsWhoSaysNothing) {
    admission.opened(client);
    pass(9);
    STRCMP_EQUAL("", client.heard().c_str());
    pass(1);

    STRCMP_EQUAL(kTooSilent, client.heard().c_str());
}

TEST(Admission, LeavesWhoHasSpokenAlone) {
    admission.opened(client);
    pass(9);
    say("nonsense is a message too");
    pass(2000);

    CHECK_TRUE(client.closing() == nullptr);
}

TEST(Admission, CountsFromTheOpening) {
    pass(500);
    admission.opened(client);
    pass(9);
    CHECK_TRUE(client.closing() == nullptr);
    pass(1);

    CHECK_TRUE(client.closing() != nullptr);
}

TEST(Admission, ZeroIsNoLimit) {
    admission.change(0);
    admission.opened(client);
    pass(3000);

    CHECK_TRUE(client.closing() == nullptr);
}

TEST(Admission, EndsWhoDoesNotGetAuthorizedInTime) { // spec §8.4
    demandAuthorization();
    admission.opened(client);
    say(R"({"event":"pusher:ping"})");
    say(subscribeText(client, "news"));
    pass(29);
    STRCMP_EQUAL("", client.heard().c_str());
    pass(1);

    STRCMP_EQUAL(kTooLate, client.heard().c_str());
}

TEST(Admission, WaitsAsLongAsTheApplicationSays) {
    demandAuthorization();
    world.set<std::int64_t>(&App::userAuthenticationTimeoutSeconds, 2500); // beyond the wheel
    admission.change(0);
    admission.opened(client);
    pass(2499);
    STRCMP_EQUAL("", client.heard().c_str());
    pass(1);

    STRCMP_EQUAL(kTooLate, client.heard().c_str());
}

TEST(Admission, SignInOrAGuardedChannelAuthorizes) { // spec §8.4
    demandAuthorization();
    const auto authorizedBy = [&](auto act) {
        TestClient one(world, "5.5");
        admission.opened(one);
        one.noteMessage();
        act(one);
        pass(40);
        return one.closing() == nullptr;
    };
    CHECK_TRUE(authorizedBy([](TestClient &one) { one.signIn(R"({"id":"7"})"); }));
    CHECK_TRUE(authorizedBy(
        [&](TestClient &one) { commands.handle(one, subscribeText(one, "private-a")); }));
    CHECK_TRUE(authorizedBy([&](TestClient &one) {
        commands.handle(one, subscribeText(one, "presence-a", R"({"user_id":"7"})"));
    }));
    CHECK_FALSE(authorizedBy(
        [&](TestClient &one) { commands.handle(one, subscribeText(one, "cache-a")); }));
    CHECK_FALSE(authorizedBy([&](TestClient &one) {
        commands.handle(
            one, R"({"event":"pusher:subscribe","data":{"channel":"private-a","auth":"x"}})");
    }));
    CHECK_FALSE(authorizedBy([](TestClient &one) { (void)one.signIn(R"({"id":""})"); }));
}

TEST(Admission, BothDeadlinesHold) {
    demandAuthorization();
    admission.opened(client);
    pass(10);
    STRCMP_EQUAL(kTooSilent, client.heard().c_str());
    TestClient second(world, "9.9");
    admission.change(60);
    admission.opened(second);
    pass(30);

    STRCMP_EQUAL(kTooLate, second.heard().c_str());
}

TEST(Admission, AnAuthorizedClientMustStillSpeak) {
    demandAuthorization();
    admission.change(60);
    admission.opened(client);
    client.noteAuthorized();
    pass(59);
    CHECK_TRUE(client.closing() == nullptr);
    pass(1);

    STRCMP_EQUAL(kTooSilent, client.heard().c_str());
}

TEST(Admission, WaitsBesideLiveness) {
    Liveness liveness(30);
    admission.opened(client);
    liveness.opened(client);
    pass(10);
    STRCMP_EQUAL(kTooSilent, client.heard().c_str());
    TestClient second(world, "9.9");
    admission.opened(second);
    liveness.opened(second);
    second.noteMessage();
    pass(10);
    for (int i = 0; i < 66; i++)
        liveness.tick();

    STRCMP_EQUAL(("<ping>\n" + PusherProtocol::ping()).c_str(), second.heard().c_str());
}

TEST(Admission, SaysNothingToAClientThatIsClosing) {
    admission.opened(client);
    client.close(4100, "Slow consumer");
    (void)client.heard();
    pass(50);

    STRCMP_EQUAL("", client.heard().c_str());
}

TEST(Admission, ForgetsAClientThatHasGone) {
    {
        TestClient brief(world, "9.9");
        admission.opened(brief);
        LONGS_EQUAL(1, admission.watched());
    }

    LONGS_EQUAL(0, admission.watched());
}

TEST(Admission, GoesOnInAnotherWorkerWithTheAgeOfBefore) {
    admission.opened(client);
    pass(7);
    Admission other{10};
    TestClient heir{world, "2.2"};
    other.resume(heir, admission.age(client));

    other.tick();
    other.tick();
    STRCMP_EQUAL("", heir.heard().c_str());
    other.tick();
    STRCMP_EQUAL(kTooSilent, heir.heard().c_str());
}
