// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace pregon {

/// Gives `-wal` and `-shm` beside an open SQLite file that group, where this process made them:
/// otherwise the application that shares the file can no longer write it, and even a SELECT fails.
/// SQLite itself gives them the file's mode. Needs to be in the group; without that it does nothing
/// (a setgid folder serves as well). Opens none of them: closing one would drop SQLite's locks.
void shareSqliteFiles(const std::string &file);

} // namespace pregon
