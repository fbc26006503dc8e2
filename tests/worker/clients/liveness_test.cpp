// SPDX-License-Identifier: MIT
#include "worker/clients/liveness.h"

#include "tests/worker/test_client.h"
#include "worker/protocol/pusher_protocol.h"

#include <memory>
#include <string>

#include "CppUTest/TestHarness.h"

using namespace pregon;
using namespace pregon::workertest;

namespace {

const std::string kBothPings = "<ping>\n" + PusherProtocol::ping();

} // namespace

// The example application's ping interval is 60 seconds; up to 6 more are added at random when a
// client connects.
TEST_GROUP(Liveness) {
    TestWorld world;
    Liveness liveness{30};
    TestClient client{world};

    void setup() override {
        liveness.opened(client);
    }

    static void pass(Liveness & of, int seconds) {
        for (int i = 0; i < seconds; i++)
            of.tick();
    }
    void pass(int seconds) {
        pass(liveness, seconds);
    }
    /// Seconds until the client hears something.
    int secondsUntilWord() {
        for (int i = 1; i <= 5000; i++) {
            liveness.tick();
            if (client.hasOutbound())
                return i;
        }
        return -1;
    }
};

TEST(Liveness, ProbesASilentClientAfterThePingInterval) {
    const int seconds = secondsUntilWord();

    CHECK_TRUE(seconds >= 60 && seconds <= 66);
    STRCMP_EQUAL(kBothPings.c_str(), client.heard().c_str());
}

TEST(Liveness, ProbesAClientThatSendsPingsByAPingAlone) {
    client.notePing();
    pass(66);

    STRCMP_EQUAL("<ping>", client.heard().c_str());
}

TEST(Liveness, ClosesWhoeverDoesNotAnswerTheProbe) { // spec §3.2
    secondsUntilWord();
    (void)client.heard();

    LONGS_EQUAL(30, secondsUntilWord());
    STRCMP_EQUAL((PusherProtocol::error(PusherProtocol::kPongNotReceived) +
                  "\n<close 4201 Pong reply not received in time>")
                     .c_str(),
                 client.heard().c_str());
}

TEST(Liveness, WaitsForAnAnswerAsLongAsTheApplicationSays) {
    world.set<std::int64_t>(&App::pongTimeoutSeconds, 12);
    secondsUntilWord();
    (void)client.heard();

    LONGS_EQUAL(12, secondsUntilWord());
}

TEST(Liveness, LeavesWhoeverAnswersAlone) {
    for (int i = 0; i < 5; i++) {
        secondsUntilWord();
        STRCMP_EQUAL(kBothPings.c_str(), client.heard().c_str());
        pass(29);
        liveness.seen(client);
        CHECK_FALSE(client.isProbed());
    }
}

TEST(Liveness, ProbesAnIntervalAfterTheLastMessage) {
    pass(59);
    liveness.seen(client);

    LONGS_EQUAL(60, secondsUntilWord());
    (void)client.heard();
    liveness.seen(client);
    LONGS_EQUAL(60, secondsUntilWord());
}

TEST(Liveness, NeverProbesATalkativeClient) {
    for (int i = 0; i < 50; i++) {
        pass(59);
        liveness.seen(client);
    }

    STRCMP_EQUAL("", client.heard().c_str());
}

TEST(Liveness, SaysNothingToAClientThatIsClosing) {
    client.close(4100, "Slow consumer");
    (void)client.heard();
    pass(500);

    STRCMP_EQUAL("", client.heard().c_str());
}

TEST(Liveness, ForgetsAClientThatHasGone) {
    {
        TestClient brief(world, "9.9");
        liveness.opened(brief);
        LONGS_EQUAL(2, liveness.watched()); // with `client`
    }

    LONGS_EQUAL(1, liveness.watched());
}

TEST(Liveness, SpreadsTheProbesOfABurst) {
    std::vector<std::unique_ptr<TestClient>> burst;
    for (int i = 0; i < 200; i++)
        liveness.opened(
            *burst.emplace_back(std::make_unique<TestClient>(world, std::to_string(i) + ".1")));
    pass(60);
    std::size_t probed = 0;
    for (const auto &one : burst)
        probed += one->isProbed();

    CHECK_TRUE(probed > 0 && probed < 200);
}

TEST(Liveness, WaitsLongerThanTheWheelReachesForAProbe) {
    App patient = exampleApp();
    patient.pingIntervalSeconds = 3000;
    Application application(patient, world.events, world.applications.tails(), world.alone,
                            world.applications.recovery());
    TestClient slow(world, application, "5.5");
    liveness.opened(slow);
    pass(2999);
    STRCMP_EQUAL("", slow.heard().c_str());
    for (int i = 0; i < 301 && !slow.isProbed(); i++)
        liveness.tick();

    STRCMP_EQUAL(kBothPings.c_str(), slow.heard().c_str());
}

TEST(Liveness, ProbesInEachIntervalThoughAnAnswerMayTakeLonger) {
    App eager = exampleApp();
    eager.pingIntervalSeconds = 5;
    Application application(eager, world.events, world.applications.tails(), world.alone,
                            world.applications.recovery());
    TestClient quick(world, application, "5.5");
    liveness.opened(quick);
    int probes = 0;
    for (int second = 0; second < 30; second++) {
        liveness.tick();
        if (quick.heard().empty())
            continue;
        probes++;
        liveness.seen(quick);
    }

    LONGS_EQUAL(6, probes);
}

TEST(Liveness, WaitsLongerThanTheWheelReachesForAnAnswer) {
    Liveness patient(2000);
    TestClient slow(world, "5.5");
    patient.opened(slow);
    pass(patient, 66);
    (void)slow.heard();
    pass(patient, 1900);

    CHECK_TRUE(slow.closing() == nullptr);
}

TEST(Liveness, GoesOnInAnotherWorkerWithTheSilenceOfBefore) {
    pass(50);
    Liveness other{30};
    TestClient heir{world, "2.2"};
    other.resume(heir, liveness.silence(client));

    pass(other, 9);
    STRCMP_EQUAL("", heir.heard().c_str());
    pass(other, 1);
    STRCMP_EQUAL(kBothPings.c_str(), heir.heard().c_str());
}

TEST(Liveness, AProbeOfBeforeIsWaitedForNoLonger) {
    secondsUntilWord();
    pass(20);
    Liveness other{30};
    TestClient heir{world, "2.2"};
    other.resume(heir, liveness.silence(client));

    pass(other, 9);
    POINTERS_EQUAL(nullptr, heir.closing());
    pass(other, 1);
    CHECK_TRUE(heir.closing() != nullptr);
}
