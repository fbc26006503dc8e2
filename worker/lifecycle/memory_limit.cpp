// SPDX-License-Identifier: MIT
#include "worker/lifecycle/memory_limit.h"

#include <algorithm>
#include <fstream>
#include <limits>

namespace pregon {
namespace {

constexpr std::int64_t kUnlimited = std::numeric_limits<std::int64_t>::max();

/// The number in a file of one line; kUnlimited if there is no such file or it says `max`.
std::int64_t limitIn(const std::string &path) {
    std::ifstream file(path);
    std::int64_t bytes = 0;
    return file >> bytes && bytes > 0 ? bytes : kUnlimited;
}

std::int64_t machineMemory(const std::string &proc) {
    std::ifstream file(proc + "/meminfo");
    std::string word;
    std::int64_t kilobytes = 0;
    return file >> word >> kilobytes && word == "MemTotal:" ? kilobytes * 1024 : kUnlimited;
}

/// `/system.slice/pregon-worker.service` of `0::/system.slice/…` (control groups, version 2), or of
/// the line of version 1's memory controller.
std::string controlGroup(const std::string &proc, const std::string &marker) {
    std::ifstream file(proc + "/self/cgroup");
    for (std::string line; std::getline(file, line);)
        if (const std::size_t at = line.find(marker); at != std::string::npos)
            return line.substr(at + marker.size());
    return "";
}

/// The least of a group's limit and those of the groups around it.
std::int64_t groupLimit(const std::string &root, std::string group, const std::string &file) {
    std::int64_t least = limitIn(root + "/" + file);
    while (group.size() > 1) {
        least = std::min(least, limitIn(root + group + "/" + file));
        group.resize(std::min(group.rfind('/'), group.size()));
    }
    return least;
}

} // namespace

std::int64_t memoryLimit(const std::string &proc, const std::string &cgroups) {
    return std::min(
        {machineMemory(proc), groupLimit(cgroups, controlGroup(proc, "0::"), "memory.max"),
         groupLimit(cgroups + "/memory", controlGroup(proc, ":memory:"), "memory.limit_in_bytes")});
}

std::int64_t totalQueueLimit(std::int64_t setting, std::int64_t memory) {
    return setting > 0 ? setting : memory / 4;
}

} // namespace pregon
