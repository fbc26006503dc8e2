// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/host/process_info.h"

#include <optional>
#include <string>

namespace pregon {

/// Something about a SQLite file that its users would stumble over.
struct StoreFileFault {
    std::string reason; ///< with what to do
    std::string where;  ///< the file or folder
};

/// Looks at owner, group and mode of a SQLite file, its folder and what SQLite and Pregón make
/// beside it (-wal, -shm, -outbox): `who`, the daemons' user, must be able to write them, and what
/// is made beside the file must be as open as the file, for the application that shares it. The
/// first that is wrong; nullopt: nothing is. Files with access lists are left to a real attempt.
std::optional<StoreFileFault> findStoreFileFault(const std::string &file, const Credentials &who);

} // namespace pregon
