// SPDX-License-Identifier: MIT
#include "fcgi/notifications/channel_lock.h"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

namespace pregon {
namespace {

/// Between two attempts: publishing an event takes less than a millisecond.
constexpr std::chrono::microseconds kFirstPause{250}, kLongestPause{16'000};

/// The same in every process, whatever its build: FNV-1a.
off_t byteOf(std::string_view channel) {
    std::uint32_t hash = 2166136261U;
    for (const char c : channel)
        hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
    return static_cast<off_t>(hash & 0x7fffffffU);
}

/// Gives a file that this process made the group and the mode of the one that it stands beside.
void shareAs(const std::string &original, int file) {
    struct stat beside {
    }, own{};
    if (::stat(original.c_str(), &beside) != 0 || ::fstat(file, &own) != 0 ||
        own.st_uid != ::geteuid())
        return;
    const bool isGiven =
        own.st_gid == beside.st_gid || ::fchown(file, static_cast<uid_t>(-1), beside.st_gid) == 0;
    if (isGiven) // otherwise the mode would be another group's
        (void)::fchmod(file, beside.st_mode & 0660);
}

struct flock lockOf(short type, off_t start, off_t length) {
    struct flock lock {};
    lock.l_type = type;
    lock.l_whence = SEEK_SET;
    lock.l_start = start;
    lock.l_len = length;
    return lock;
}

} // namespace

Result<Done> ChannelLock::openIfNeeded() {
    if (file_.isOpen())
        return Done{};
    file_ = UniqueFd(::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0660));
    if (!file_.isOpen())
        return failure(Errc::Unavailable, path_ + ": " + std::strerror(errno));
    shareAs(databaseFile_, file_.get());
    return Done{};
}

/// The kernel's own waiting (F_OFD_SETLKW) knows no deadline.
Result<bool> ChannelLock::acquire(std::string_view channel, Patience patience, Time until) {
    if (const auto opened = openIfNeeded(); !opened)
        return tl::unexpected<Error>(opened.error());
    until = std::min(until, std::chrono::steady_clock::now() + kLongestWait);
    for (auto pause = kFirstPause;; pause = std::min(2 * pause, kLongestPause)) {
        auto locked = tryToLock(channel);
        const bool waits = locked && !*locked && patience == Patience::UntilFree;
        if (!waits || std::chrono::steady_clock::now() >= until)
            return locked;
        std::this_thread::sleep_for(pause);
    }
}

Result<bool> ChannelLock::tryToLock(std::string_view channel) {
    struct flock lock = lockOf(F_WRLCK, byteOf(channel), 1);
    while (::fcntl(file_.get(), F_OFD_SETLK, &lock) != 0) {
        if (errno == EAGAIN || errno == EACCES)
            return false;
        if (errno != EINTR)
            return failure(Errc::Unavailable, path_ + ": " + std::strerror(errno));
    }
    return true;
}

void ChannelLock::release() {
    struct flock lock = lockOf(F_UNLCK, 0, 0); // all of the file: one lock at a time
    (void)::fcntl(file_.get(), F_OFD_SETLK, &lock);
}

} // namespace pregon
