// SPDX-License-Identifier: MIT
#include "shared/process/handed_sockets.h"

#include <string>
#include <vector>

#include "CppUTest/TestHarness.h"

using namespace pregon;

// What systemd hands over, and what is wrong with it, is tested on the programs: tests/e2e/systemd.

TEST_GROUP(HandedSockets){};

TEST(HandedSockets, NothingIsHandedOverToAProgramThatIsNotAService) {
    const auto sockets = socketsFromSystemd();

    CHECK_TRUE(sockets.has_value());
    LONGS_EQUAL(0, sockets->size());
}

TEST(HandedSockets, AddressesReadAsTheyAreConfigured) {
    STRCMP_EQUAL(
        "unix:/run/pregon/ws.sock,127.0.0.1:6001,[::1]:6001",
        textOf({{"/run/pregon/ws.sock", {}, {}}, {{}, "127.0.0.1", "6001"}, {{}, "::1", "6001"}})
            .c_str());
    STRCMP_EQUAL("", textOf({}).c_str());
}
