// SPDX-License-Identifier: MIT
#include "ctl/host/private_file.h"

#include "shared/unix_socket.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

namespace pregon {
namespace {

tl::unexpected<Error> failed(const std::string &path) {
    return failure(Errc::Unavailable, path + ": " + std::strerror(errno));
}

constexpr gid_t kRootsGroup = 0;

/// The group that the daemons are in; root's if it is not known.
gid_t daemonsGroup(const std::string &configFile) {
    struct stat config {};
    if (::stat(configFile.c_str(), &config) == 0 && config.st_gid != kRootsGroup)
        return config.st_gid;
    const group *named = ::getgrnam("pregon");
    return named != nullptr ? named->gr_gid : kRootsGroup;
}

/// Whether the group of `file` is one of the daemons', as far as that can be told.
bool giveToGroup(int file, gid_t wanted) {
    if (::geteuid() != 0) // a user's own daemons are of that user
        return true;
    return wanted != kRootsGroup && ::fchown(file, static_cast<uid_t>(-1), wanted) == 0;
}

} // namespace

Result<WrittenFile> writePrivateFile(const std::string &path, const std::string &text,
                                     IfThere ifThere, const std::string &configFile) {
    constexpr mode_t kMode = 0640;
    const std::filesystem::path target(path);
    std::string fresh = (target.parent_path() / ("." + target.filename().string() + ".XXXXXX"));
    UniqueFd file(::mkostemp(fresh.data(), O_CLOEXEC));
    if (!file.isOpen())
        return failed(path);
    const bool isShared = giveToGroup(file.get(), daemonsGroup(configFile));
    const bool isWritten =
        ::fchmod(file.get(), kMode) == 0 &&
        ::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
        ::fsync(file.get()) == 0;
    const bool isPlaced =
        isWritten && (ifThere == IfThere::Replace ? std::rename(fresh.c_str(), path.c_str()) == 0
                                                  : ::link(fresh.c_str(), path.c_str()) == 0);
    const int error = errno;
    ::unlink(fresh.c_str()); // gone already if it was renamed
    errno = error;
    if (!isPlaced && error == EEXIST)
        return failure(Errc::BadRequest, path + ": is there already; --force replaces it");
    if (!isPlaced)
        return failed(path);
    return WrittenFile{!isShared};
}

} // namespace pregon
