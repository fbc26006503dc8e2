// SPDX-License-Identifier: MIT
#include "worker/lifecycle/program.h"

#include <array>
#include <sys/types.h>
#include <unistd.h>

namespace pregon {

Program thisProgram(int argc, char **argv) {
    std::array<char, 4096> path{};
    if (argv[0][0] == '/')
        return {argv[0], {argv, argv + argc}};
    const ssize_t size = ::readlink("/proc/self/exe", path.data(), path.size() - 1);
    return {size > 0 ? path.data() : argv[0], {argv, argv + argc}};
}

} // namespace pregon
