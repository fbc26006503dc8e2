// SPDX-License-Identifier: MIT
#include "shared/process/daemon.h"

#include <sys/prctl.h>
#include <sys/resource.h>

#include "CppUTest/TestHarness.h"

using namespace pregon;

TEST_GROUP(Daemon) {
    rlimit cores{};
    int dumpable = 0;

    void setup() override {
        ::getrlimit(RLIMIT_CORE, &cores);
        dumpable = ::prctl(PR_GET_DUMPABLE);
    }
    void teardown() override {
        ::setrlimit(RLIMIT_CORE, &cores);
        ::prctl(PR_SET_DUMPABLE, dumpable);
    }
};

TEST(Daemon, ACoreDumpWouldHoldTheSecretsSoThereIsNone) {
    keepSecretsOutOfCores();

    rlimit limit{};
    ::getrlimit(RLIMIT_CORE, &limit);
    LONGS_EQUAL(0, limit.rlim_cur);
    LONGS_EQUAL(0, ::prctl(PR_GET_DUMPABLE));
}
