// SPDX-License-Identifier: MIT
#include "shared/process/systemd_notify.h"

#include "shared/unix_socket.h"

#include "tests/fcgi/demo_shops.h"

#include <array>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "CppUTest/TestHarness.h"

using namespace pregon;

TEST_GROUP(SystemdNotify) {
    fcgitest::TemporaryFolder folder;
    UniqueFd manager;

    void setup() override {
        const std::string path = folder.file("notify");
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, path.data(), path.size());
        manager.reset(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
        LONGS_EQUAL(
            0, ::bind(manager.get(), reinterpret_cast<const sockaddr *>(&address), sizeof address));
        ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
    }
    void teardown() override {
        for (const char *name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"})
            ::unsetenv(name);
    }

    std::string heard() {
        std::array<char, 512> buffer{};
        const ssize_t got = ::recv(manager.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
        return got > 0 ? std::string(buffer.data(), static_cast<std::size_t>(got)) : "nothing";
    }
};

TEST(SystemdNotify, SaysWhatSystemdUnderstands) { // sd_notify(3)
    notifyReady("0 clients");
    STRCMP_EQUAL("READY=1\nSTATUS=0 clients", heard().c_str());
    notifyAlive("1 clients");
    STRCMP_EQUAL("WATCHDOG=1\nSTATUS=1 clients", heard().c_str());
    notifyStopping(std::chrono::seconds(15));
    STRCMP_EQUAL("STOPPING=1\nSTATUS=stopping\nEXTEND_TIMEOUT_USEC=15000000", heard().c_str());
    notifyReloaded();
    STRCMP_EQUAL("READY=1", heard().c_str());
}

TEST(SystemdNotify, AReloadCarriesTheTimeOfItsBeginning) {
    const auto now = [] {
        timespec time{};
        ::clock_gettime(CLOCK_MONOTONIC, &time);
        return time.tv_sec * 1'000'000LL + time.tv_nsec / 1000;
    };
    const long long before = now();
    notifyReloading();
    const std::string text = heard();
    const std::string start = "RELOADING=1\nMONOTONIC_USEC=";

    STRCMP_EQUAL(start.c_str(), text.substr(0, start.size()).c_str());
    const long long told = std::atoll(text.substr(start.size()).c_str());
    CHECK_TRUE(before <= told && told <= now());
}

TEST(SystemdNotify, IsSilentWhereNobodyListens) {
    ::unsetenv("NOTIFY_SOCKET");
    notifyReady("0 clients");

    STRCMP_EQUAL("nothing", heard().c_str());
}

TEST(SystemdNotify, TheWatchdogIsAnsweredTwiceInItsTime) {
    CHECK_FALSE(watchdogInterval().has_value());

    ::setenv("WATCHDOG_USEC", "20000000", 1);
    LONGS_EQUAL(10000, watchdogInterval()->count());

    ::setenv("WATCHDOG_USEC", "1000", 1);
    LONGS_EQUAL(1, watchdogInterval()->count());

    ::setenv("WATCHDOG_PID", "1", 1); // somebody else's
    CHECK_FALSE(watchdogInterval().has_value());
}
