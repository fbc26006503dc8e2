// SPDX-License-Identifier: MIT
#include "worker/lifecycle/keep_listening.h"

#include "worker/lifecycle/restart_backoff.h"

#include "CppUTest/TestHarness.h"

using namespace pregon;
using namespace std::chrono_literals;

// What becomes of processes and sockets is tested on the programs: tests/e2e/supervisor.

TEST_GROUP(RestartBackoff) {
    RestartBackoff backoff;

    void checkDelays(std::initializer_list<std::chrono::milliseconds> expected) {
        for (const auto delay : expected)
            LONGS_EQUAL(delay.count(), backoff.delayAfter(9s).count());
    }
};

TEST(RestartBackoff, AWorkerThatServedIsReplacedAtOnce) {
    for (int i = 0; i < 3; i++)
        LONGS_EQUAL(0, backoff.delayAfter(10s).count());
}

TEST(RestartBackoff, WorkersThatEndSoonAreStartedLaterAndLaterButWithinASecond) {
    checkDelays({0ms, 100ms, 200ms, 500ms, 1000ms, 1000ms, 1000ms});
}

TEST(RestartBackoff, AWorkerThatServedEndsTheBackOff) {
    checkDelays({0ms, 100ms, 200ms});
    LONGS_EQUAL(0, backoff.delayAfter(1h).count());
    checkDelays({100ms, 200ms});
}

TEST_GROUP(KeepListening){};

TEST(KeepListening, TheWorkerGetsEveryArgumentButTheOption) {
    const auto arguments = workersArguments(
        {"pregon-worker", "--keep-listening", "--config", "/etc/pregon/pregon.env"});

    LONGS_EQUAL(3, arguments.size());
    STRCMP_EQUAL("pregon-worker", arguments[0].c_str());
    STRCMP_EQUAL("--config", arguments[1].c_str());
    STRCMP_EQUAL("/etc/pregon/pregon.env", arguments[2].c_str());
}

TEST(KeepListening, SocketsAreHandedOverUnderTheNamesOfTheUnits) {
    WorkerSockets sockets;
    sockets.ws.resize(2);

    STRCMP_EQUAL("ws:ws:ipc", joinedNames(socketsToHandOver(sockets)).c_str());
}
