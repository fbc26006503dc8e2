// SPDX-License-Identifier: MIT
#include "webhookd/spool_file.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

namespace pregon {
namespace {

constexpr mode_t kMode = 0600;

int openFile(const std::string &path, int flags) {
    return ::open(path.c_str(), flags | O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, kMode);
}

/// 0, or the error's number.
int writeAll(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(fd, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return written == 0 ? ENOSPC : errno;
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return 0;
}

/// A new name in the directory, or a name that is gone, is on disk.
int syncDirectoryOf(const std::string &path) {
    const std::string directory = std::filesystem::path(path).parent_path();
    const UniqueFd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    return fd.isOpen() && ::fsync(fd.get()) == 0 ? 0 : errno;
}

} // namespace

tl::unexpected<Error> SpoolFile::error(int number) const {
    return failure(Errc::Unavailable, path_ + ": " + std::strerror(number));
}

Result<SpoolFile> SpoolFile::open(std::string path) {
    UniqueFd fd(openFile(path, O_APPEND));
    struct stat status {};
    if (!fd.isOpen() || ::fstat(fd.get(), &status) != 0)
        return failure(Errc::Unavailable, path + ": " + std::strerror(errno));
    SpoolFile file(std::move(path), std::move(fd));
    if (const int failed = syncDirectoryOf(file.path_); failed != 0)
        return file.error(failed);
    file.size_ = static_cast<std::size_t>(status.st_size);
    return file;
}

Result<std::string> SpoolFile::read() const {
    std::string content(size_, '\0');
    std::size_t at = 0;
    while (at < size_) {
        const ssize_t got =
            ::pread(file_.get(), content.data() + at, size_ - at, static_cast<off_t>(at));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return error(got == 0 ? EIO : errno);
        at += static_cast<std::size_t>(got);
    }
    return content;
}

Result<Done> SpoolFile::cut(std::size_t size) {
    if (::ftruncate(file_.get(), static_cast<off_t>(size)) != 0)
        return error(errno);
    size_ = size;
    isSynced_ = false;
    return Done{};
}

Result<Done> SpoolFile::append(std::string_view bytes) {
    if (const int failed = writeAll(file_.get(), bytes); failed != 0) {
        // A part of it may be there. If it cannot be cut off, a reader passes over it.
        if (::ftruncate(file_.get(), static_cast<off_t>(size_)) != 0)
            return error(errno);
        return error(failed);
    }
    size_ += bytes.size();
    isSynced_ = isSynced_ && bytes.empty();
    return Done{};
}

Result<Done> SpoolFile::sync() {
    if (isSynced_)
        return Done{};
    if (::fdatasync(file_.get()) != 0)
        return error(errno);
    isSynced_ = true;
    return Done{};
}

Result<Done> SpoolFile::replace(std::string_view content) {
    const std::string fresh = path_ + ".new";
    UniqueFd file(openFile(fresh, O_APPEND | O_TRUNC));
    if (!file.isOpen())
        return error(errno);
    int failed = writeAll(file.get(), content);
    if (failed == 0 && ::fdatasync(file.get()) != 0)
        failed = errno;
    if (failed == 0 && std::rename(fresh.c_str(), path_.c_str()) != 0)
        failed = errno;
    if (failed != 0) {
        ::unlink(fresh.c_str());
        return error(failed);
    }
    file_ = std::move(file);
    size_ = content.size();
    isSynced_ = true;
    if (failed = syncDirectoryOf(path_); failed != 0)
        return error(failed);
    return Done{};
}

void SpoolFile::remove() {
    ::unlink(path_.c_str());
}

} // namespace pregon
