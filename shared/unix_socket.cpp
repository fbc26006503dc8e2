// SPDX-License-Identifier: MIT
#include "shared/unix_socket.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

namespace pregon {
namespace {

constexpr int kBacklog = 65535; // net.core.somaxconn is the upper bound

std::string systemError(const char *what) {
    return std::string(what) + ": " + std::strerror(errno);
}

Result<sockaddr_un> unixAddress(const std::string &path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof address.sun_path)
        return failure(Errc::BadRequest, "socket path must have 1 to 107 bytes");
    std::memcpy(address.sun_path, path.data(), path.size());
    return address;
}

/// Only a refused connection proves that no process listens; an owner that is too busy to accept
/// still listens.
bool isAbandoned(const sockaddr_un &address) {
    const UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    return fd.isOpen() &&
           ::connect(fd.get(), reinterpret_cast<const sockaddr *>(&address), sizeof address) != 0 &&
           errno == ECONNREFUSED;
}

Result<UniqueFd> listenOnUnix(const std::string &path) {
    const auto address = unixAddress(path);
    if (!address)
        return tl::unexpected<Error>(address.error());
    struct stat file {};
    if (::lstat(path.c_str(), &file) == 0) {
        if (!S_ISSOCK(file.st_mode))
            return failure(Errc::Unavailable, "exists and is not a socket");
        if (!isAbandoned(*address))
            return failure(Errc::Unavailable, "in use by another process");
        ::unlink(path.c_str());
    }
    UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd.isOpen())
        return failure(Errc::Unavailable, systemError("socket"));
    if (::bind(fd.get(), reinterpret_cast<const sockaddr *>(&*address), sizeof *address) != 0)
        return failure(Errc::Unavailable, systemError("bind"));
    if (::chmod(path.c_str(), 0660) != 0)
        return failure(Errc::Unavailable, systemError("chmod"));
    if (::listen(fd.get(), kBacklog) != 0)
        return failure(Errc::Unavailable, systemError("listen"));
    return fd;
}

Result<UniqueFd> listenOnResolved(const addrinfo &address) {
    UniqueFd fd(::socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd.isOpen())
        return failure(Errc::Unavailable, systemError("socket"));
    const int on = 1;
    ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (::bind(fd.get(), address.ai_addr, address.ai_addrlen) != 0)
        return failure(Errc::Unavailable, systemError("bind"));
    if (::listen(fd.get(), kBacklog) != 0)
        return failure(Errc::Unavailable, systemError("listen"));
    return fd;
}

Result<UniqueFd> listenOnTcp(const ListenAddress &where) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_PASSIVE;
    addrinfo *found = nullptr;
    const int error = ::getaddrinfo(where.host.c_str(), where.port.c_str(), &hints, &found);
    if (error != 0)
        return failure(Errc::Unavailable, ::gai_strerror(error));
    auto fd = listenOnResolved(*found);
    ::freeaddrinfo(found);
    return fd;
}

/// Waits for `events`; Unavailable on the deadline or a broken descriptor.
Result<Done> waitFor(int fd, short events, std::chrono::steady_clock::time_point until) {
    using namespace std::chrono;
    for (;;) {
        const auto left = duration_cast<milliseconds>(until - steady_clock::now()).count();
        pollfd waiting{fd, events, 0};
        const int ready = ::poll(&waiting, 1, left > 0 ? static_cast<int>(left) : 0);
        if (ready > 0)
            return Done{};
        if (ready == 0)
            return failure(Errc::Unavailable, "timed out");
        if (errno != EINTR)
            return failure(Errc::Unavailable, systemError("poll"));
    }
}

std::optional<std::pair<dev_t, ino_t>> identityOf(const std::string &path) {
    struct stat file {};
    if (::lstat(path.c_str(), &file) != 0)
        return std::nullopt;
    return std::pair(file.st_dev, file.st_ino);
}

} // namespace

UniqueFd &UniqueFd::operator=(UniqueFd &&other) noexcept {
    if (this != &other)
        reset(other.release());
    return *this;
}

int UniqueFd::release() {
    const int fd = fd_;
    fd_ = -1;
    return fd;
}

void UniqueFd::reset(int fd) {
    if (fd_ >= 0)
        ::close(fd_);
    fd_ = fd;
}

std::string ListenAddress::text() const {
    if (isUnix())
        return "unix:" + path;
    return host.find(':') == std::string::npos ? host + ":" + port : "[" + host + "]:" + port;
}

Result<ListenAddress> parseListenAddress(std::string_view text) {
    if (text.starts_with("unix:")) {
        const std::string path(text.substr(5));
        if (const auto address = unixAddress(path); !address)
            return tl::unexpected<Error>(address.error());
        return ListenAddress{path, {}, {}};
    }
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos || colon == 0)
        return failure(Errc::BadRequest, "expected unix:PATH or HOST:PORT");
    std::string_view host = text.substr(0, colon);
    const std::string_view port = text.substr(colon + 1);
    if (host.starts_with('[') && host.ends_with(']'))
        host = host.substr(1, host.size() - 2);
    const bool digits = !port.empty() && port.size() <= 5 &&
                        port.find_first_not_of("0123456789") == std::string_view::npos;
    if (!digits || std::stoi(std::string(port)) < 1 || std::stoi(std::string(port)) > 65535)
        return failure(Errc::BadRequest, "port must be 1 to 65535");
    return ListenAddress{{}, std::string(host), std::string(port)};
}

Result<UniqueFd> listenOn(const ListenAddress &address) {
    return address.isUnix() ? listenOnUnix(address.path) : listenOnTcp(address);
}

SocketFile::SocketFile(std::string path) : path_(std::move(path)), identity_(identityOf(path_)) {}

void SocketFile::remove() const {
    if (identity_ && identityOf(path_) == identity_)
        ::unlink(path_.c_str());
}

Result<UniqueFd> connectToUnix(const std::string &path) {
    const auto address = unixAddress(path);
    if (!address)
        return tl::unexpected<Error>(address.error());
    UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!fd.isOpen())
        return failure(Errc::Unavailable, systemError("socket"));
    // A full backlog makes connect wait; the time limit for sending bounds that wait too.
    const timeval patience{1, 0};
    ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (::connect(fd.get(), reinterpret_cast<const sockaddr *>(&*address), sizeof *address) != 0)
        return failure(Errc::Unavailable, systemError("connect"));
    return fd;
}

Result<Done> sendAll(int fd, std::string_view bytes, std::chrono::steady_clock::time_point until) {
    return sendRest(fd, bytes, until);
}

Result<Done> sendRest(int fd, std::string_view &bytes,
                      std::chrono::steady_clock::time_point until) {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent > 0) {
            bytes.remove_prefix(static_cast<std::size_t>(sent));
            continue;
        }
        if (errno != EAGAIN && errno != EINTR)
            return failure(Errc::Unavailable, systemError("send"));
        if (const auto ready = waitFor(fd, POLLOUT, until); !ready)
            return ready;
    }
    return Done{};
}

Result<std::size_t> receiveSome(int fd, char *buffer, std::size_t size,
                                std::chrono::steady_clock::time_point until) {
    for (;;) {
        if (const auto ready = waitFor(fd, POLLIN, until); !ready)
            return tl::unexpected<Error>(ready.error());
        const ssize_t got = ::recv(fd, buffer, size, MSG_DONTWAIT);
        if (got >= 0)
            return static_cast<std::size_t>(got);
        if (errno != EAGAIN && errno != EINTR)
            return failure(Errc::Unavailable, systemError("recv"));
    }
}

Result<uid_t> peerUser(int fd) {
    ucred credentials{};
    socklen_t size = sizeof credentials;
    if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0)
        return failure(Errc::Unavailable, systemError("SO_PEERCRED"));
    return credentials.uid;
}

UniqueFd takeOver(int fd) {
    ::fcntl(fd, F_SETFD, FD_CLOEXEC);
    ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
    return UniqueFd(fd);
}

bool isListeningSocket(int fd) {
    int listening = 0;
    socklen_t size = sizeof listening;
    return ::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) == 0 && listening != 0;
}

std::optional<UniqueFd> socketFromSpawner() {
    if (!isListeningSocket(STDIN_FILENO))
        return std::nullopt;
    return takeOver(STDIN_FILENO);
}

} // namespace pregon
