#include "fcgi/channel_lock.h"

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fcntl.h>

namespace pregon {
namespace {

/// The same in every process, whatever its build: FNV-1a.
off_t byteOf(std::string_view channel) {
    std::uint32_t hash = 2166136261U;
    for (const char c : channel)
        hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
    return static_cast<off_t>(hash & 0x7fffffffU);
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
    return Done{};
}

Result<bool> ChannelLock::acquire(std::string_view channel, Patience patience) {
    if (const auto opened = openIfNeeded(); !opened)
        return tl::unexpected<Error>(opened.error());
    struct flock lock = lockOf(F_WRLCK, byteOf(channel), 1);
    const int command = patience == Patience::UntilFree ? F_OFD_SETLKW : F_OFD_SETLK;
    while (::fcntl(file_.get(), command, &lock) != 0) {
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
