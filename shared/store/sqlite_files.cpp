// SPDX-License-Identifier: MIT
#include "shared/store/sqlite_files.h"

#include <sys/stat.h>
#include <unistd.h>

namespace pregon {

void shareSqliteFiles(const std::string &file) {
    struct stat database {};
    if (::stat(file.c_str(), &database) != 0)
        return;
    for (const char *suffix : {"-wal", "-shm"}) {
        const std::string path = file + suffix;
        struct stat beside {};
        if (::lstat(path.c_str(), &beside) == 0 && S_ISREG(beside.st_mode) &&
            beside.st_uid == ::geteuid() && beside.st_gid != database.st_gid)
            (void)::lchown(path.c_str(), static_cast<uid_t>(-1), database.st_gid); // if it may
    }
}

} // namespace pregon
