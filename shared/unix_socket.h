// SPDX-License-Identifier: MIT
#pragma once

#include "shared/result.h"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <utility>
#include <vector>

namespace pregon {

/// Owns a file descriptor; closes it.
class UniqueFd {
  public:
    UniqueFd() = default;
    explicit UniqueFd(int fd) : fd_(fd) {}
    UniqueFd(UniqueFd &&other) noexcept : fd_(other.release()) {}
    UniqueFd &operator=(UniqueFd &&other) noexcept;
    ~UniqueFd() { reset(); }

    int get() const { return fd_; }
    bool isOpen() const { return fd_ >= 0; }
    int release();
    void reset(int fd = -1);

  private:
    int fd_ = -1;
};

/// Where to listen: a path of a Unix-domain socket, or a host and port.
struct ListenAddress {
    std::string path; ///< empty for TCP
    std::string host;
    std::string port;

    bool isUnix() const { return !path.empty(); }
    /// As it is written in the configuration: `unix:/run/pregon/ws.sock`, `127.0.0.1:6001`.
    std::string text() const;
};

/// `unix:PATH` or `HOST:PORT` (`[::1]:6001` for IPv6). BadRequest with the reason.
Result<ListenAddress> parseListenAddress(std::string_view text);

/// A listening, non-blocking, close-on-exec socket. A Unix socket file without a listener is
/// replaced; one in use is Unavailable "in use". Any other failure is Unavailable with its reason.
/// The file's mode is 0660: the modes of the directory decide who may connect.
Result<UniqueFd> listenOn(const ListenAddress &address);

/// The file that a Unix-domain socket of this process is bound to.
class SocketFile {
  public:
    /// Remembers what lies at `path` now: make it right after `listenOn`.
    explicit SocketFile(std::string path);
    const std::string &path() const { return path_; }
    /// Removes the file, unless another process listens at the path by now. Call it while the
    /// socket is open: until then no other file can look like this one.
    void remove() const;

  private:
    std::string path_;
    std::optional<std::pair<dev_t, ino_t>> identity_;
};

/// Connects to a Unix-domain socket; Unavailable if no process listens, or it does not accept
/// within a second. Blocking descriptor.
Result<UniqueFd> connectToUnix(const std::string &path);

/// Sends all of `bytes` before the deadline; never raises SIGPIPE. Unavailable else.
Result<Done> sendAll(int fd, std::string_view bytes, std::chrono::steady_clock::time_point until);
/// The same; `bytes` is then what has not been sent.
Result<Done> sendRest(int fd, std::string_view &bytes, std::chrono::steady_clock::time_point until);
/// Receives at least one byte, at most `size`, before the deadline. 0: the peer closed.
Result<std::size_t> receiveSome(int fd, char *buffer, std::size_t size,
                                std::chrono::steady_clock::time_point until);

/// The user at the other end of a Unix-domain socket (SO_PEERCRED).
Result<uid_t> peerUser(int fd);

/// Owns a descriptor that another program opened, in the state in which we use ours: non-blocking
/// and close-on-exec.
UniqueFd takeOver(int fd);

/// True if the descriptor is a listening socket.
bool isListeningSocket(int fd);

/// The listening socket that spawn-fcgi leaves on descriptor 0, made non-blocking and
/// close-on-exec; nullopt if descriptor 0 is something else.
std::optional<UniqueFd> socketFromSpawner();

} // namespace pregon
