#include "ctl/private_file.h"

#include "shared/unix_socket.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

namespace pregon {
namespace {

tl::unexpected<Error> failed(const std::string &path) {
    return failure(Errc::Unavailable, path + ": " + std::strerror(errno));
}

} // namespace

Result<Done> writePrivateFile(const std::string &path, const std::string &text, IfThere ifThere) {
    constexpr mode_t kMode = 0640;
    const std::filesystem::path target(path);
    std::string fresh = (target.parent_path() / ("." + target.filename().string() + ".XXXXXX"));
    UniqueFd file(::mkostemp(fresh.data(), O_CLOEXEC));
    if (!file.isOpen())
        return failed(path);
    struct stat folder {};
    if (::stat(target.parent_path().empty() ? "." : target.parent_path().c_str(), &folder) == 0)
        (void)::fchown(file.get(), static_cast<uid_t>(-1), folder.st_gid); // root may
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
    return Done{};
}

} // namespace pregon
