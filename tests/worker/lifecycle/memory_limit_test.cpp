// SPDX-License-Identifier: MIT
#include "worker/lifecycle/memory_limit.h"

#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>

#include "CppUTest/TestHarness.h"

using namespace pregon;

TEST_GROUP(MemoryLimit) {
    const std::filesystem::path dir =
        std::filesystem::temp_directory_path() / ("pregon-memory." + std::to_string(::getpid()));
    const std::string proc = dir / "proc", cgroups = dir / "cgroup";

    void setup() override {
        write("proc/meminfo", "MemTotal:        1000 kB\nMemFree: 5 kB\n");
    }
    void teardown() override {
        std::filesystem::remove_all(dir);
    }
    void write(const std::string &name, const std::string &text) {
        std::filesystem::create_directories((dir / name).parent_path());
        std::ofstream(dir / name) << text;
    }
};

TEST(MemoryLimit, IsTheMachinesMemoryWithoutControlGroups) {
    LONGS_EQUAL(1000 * 1024, memoryLimit(proc, cgroups));
}

TEST(MemoryLimit, AUnitsMemoryMaxOrThatOfASliceAroundItIsLess) {
    write("proc/self/cgroup", "0::/system.slice/pregon-worker.service\n");
    write("cgroup/system.slice/pregon-worker.service/memory.max", "max\n");
    write("cgroup/system.slice/memory.max", "400000\n");
    LONGS_EQUAL(400000, memoryLimit(proc, cgroups));

    write("cgroup/system.slice/pregon-worker.service/memory.max", "300000\n");
    LONGS_EQUAL(300000, memoryLimit(proc, cgroups));
}

TEST(MemoryLimit, AContainersLimitStandsAtTheRootThatItSees) {
    write("proc/self/cgroup", "0::/\n");
    write("cgroup/memory.max", "200000\n");
    LONGS_EQUAL(200000, memoryLimit(proc, cgroups));
}

TEST(MemoryLimit, ControlGroupsOfTheFirstVersionCountToo) {
    write("proc/self/cgroup", "5:cpu:/a\n4:memory:/a\n");
    write("cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
    write("cgroup/memory/a/memory.limit_in_bytes", "100000\n");
    LONGS_EQUAL(100000, memoryLimit(proc, cgroups));
}

TEST(MemoryLimit, QueuesMayTakeAQuarterOfItUnlessTheSettingSaysHowMuch) {
    LONGS_EQUAL(250, totalQueueLimit(0, 1000));
    LONGS_EQUAL(5000, totalQueueLimit(5000, 1000));
}
