// SPDX-License-Identifier: MIT
#include "shared/process/handed_sockets.h"

#include "shared/log/log.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <netdb.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>

namespace pregon {
namespace {

static_assert(kFirstHandedSocket == SD_LISTEN_FDS_START);

/// All empty if it is of no kind that we serve.
ListenAddress inNumbers(const sockaddr *address, socklen_t size) {
    std::array<char, NI_MAXHOST> host{};
    std::array<char, NI_MAXSERV> port{};
    if (::getnameinfo(address, size, host.data(), host.size(), port.data(), port.size(),
                      NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        return {};
    return {{}, host.data(), port.data()};
}

/// Where a socket listens; all empty if it is of no kind that we serve.
ListenAddress localAddress(int fd) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    auto *generic = reinterpret_cast<sockaddr *>(&address);
    if (::getsockname(fd, generic, &size) != 0)
        return {};
    if (address.ss_family == AF_UNIX)
        return {reinterpret_cast<const sockaddr_un *>(&address)->sun_path, {}, {}};
    return inNumbers(generic, size);
}

/// As a socket that is opened at `address` tells it: `localhost` is 127.0.0.1 there.
ListenAddress resolved(const ListenAddress &address) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_PASSIVE;
    addrinfo *found = nullptr;
    if (address.isUnix() ||
        ::getaddrinfo(address.host.c_str(), address.port.c_str(), &hints, &found) != 0)
        return address;
    const ListenAddress numbers = inNumbers(found->ai_addr, found->ai_addrlen);
    ::freeaddrinfo(found);
    return numbers;
}

bool isAmong(const ListenAddress &address, const std::vector<ListenAddress> &all) {
    return std::any_of(all.begin(), all.end(),
                       [&](const ListenAddress &other) { return other.text() == address.text(); });
}

bool isStream(int fd) {
    int type = 0;
    socklen_t size = sizeof type;
    return ::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_STREAM;
}

} // namespace

Result<HandedSocket> handedSocket(const std::string &name, UniqueFd socket) {
    const int fd = socket.get();
    HandedSocket handed{name, localAddress(fd), std::move(socket)};
    const bool hasAddress = handed.address.isUnix() || !handed.address.port.empty();
    if (!isStream(fd) || !isListeningSocket(fd) || !hasAddress)
        return failure(Errc::BadRequest,
                       "descriptor " + std::to_string(fd) + " (" + name +
                           ") that was handed over is not a listening stream socket");
    return handed;
}

Result<std::vector<HandedSocket>> socketsFromSystemd() {
    constexpr int kForgetVariables = 1;
    char **names = nullptr;
    const int count = ::sd_listen_fds_with_names(kForgetVariables, &names);
    std::vector<HandedSocket> sockets;
    std::string refused;
    for (int i = 0; i < count; i++) {
        auto handed = handedSocket(names[i], takeOver(kFirstHandedSocket + i));
        if (handed)
            sockets.push_back(std::move(*handed));
        else
            refused = handed.error().reason;
        std::free(names[i]);
    }
    std::free(names);
    if (!refused.empty())
        return failure(Errc::BadRequest, refused);
    return sockets;
}

void warnOfUnheard(const AppConfig &config, const std::string &key,
                   const std::vector<ListenAddress> &wanted,
                   const std::vector<ListenAddress> &handed) {
    if (!config.sources.contains(key))
        return;
    for (const ListenAddress &address : wanted)
        if (!isAmong(address, handed) && !isAmong(resolved(address), handed))
            log(LogLevel::Warning, "config warning",
                {{"key", key},
                 {"reason", address.text() +
                                " is not listened on: the sockets that were handed over decide, "
                                "by systemd, by --keep-listening or in an upgrade: " +
                                textOf(handed)}});
}

std::string textOf(const std::vector<ListenAddress> &addresses) {
    std::string text;
    for (const ListenAddress &address : addresses)
        text += (text.empty() ? "" : ",") + address.text();
    return text;
}

} // namespace pregon
