// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace pregon {

/// Who a process runs as, or would.
struct Credentials {
    std::string name; ///< of the user
    uid_t user = 0;
    std::vector<gid_t> groups; ///< the main one and the others
};

/// The values of a running process; nullopt: it has ended, or this is not Linux.
std::optional<Credentials> credentialsOfProcess(pid_t pid);
/// The values of a user by name, as a new process would get them; nullopt: no such user.
std::optional<Credentials> credentialsOfUser(const std::string &name);

/// The soft limit of open files of a process; nullopt: it cannot be read.
std::optional<std::int64_t> openFilesLimit(pid_t pid);
/// The process's parent; 0: none, or it is gone.
pid_t parentOf(pid_t pid);
/// Its arguments; empty if they cannot be read.
std::vector<std::string> argumentsOf(pid_t pid);
/// Running processes of that name (the kernel's: 15 characters at most).
std::vector<pid_t> processesNamed(std::string_view name);

/// The first of a file and the folders above it that keeps `who` from connecting to the socket
/// `path` (folders must be passable, the socket writable), by the mode bits; empty: none does. A
/// missing file keeps every user from connecting.
std::string obstacleTo(const std::string &path, const Credentials &who);

} // namespace pregon
