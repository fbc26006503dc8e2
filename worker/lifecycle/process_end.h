// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <sys/wait.h>

namespace pregon {

/// What waitpid(2) says of a process that has ended, for the log.
inline std::string describeEnd(int status) {
    if (WIFSIGNALED(status))
        return "killed by signal " + std::to_string(WTERMSIG(status));
    return "exit status " + std::to_string(WEXITSTATUS(status));
}

} // namespace pregon
