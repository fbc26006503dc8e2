// SPDX-License-Identifier: MIT
#include "worker/loop/name_lookup.h"

#include <arpa/inet.h>
#include <cstring>
#include <mutex>
#include <netdb.h>
#include <sys/eventfd.h>
#include <thread>
#include <unistd.h>

namespace pregon {
namespace {

std::vector<SocketAddress> addressesOf(const std::string &host, const std::string &port) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV;
    in6_addr number{};
    if (::inet_pton(AF_INET6, host.c_str(), &number) == 1 ||
        ::inet_pton(AF_INET, host.c_str(), &number) == 1)
        hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
    addrinfo *list = nullptr;
    std::vector<SocketAddress> addresses;
    if (::getaddrinfo(host.c_str(), port.c_str(), &hints, &list) != 0)
        return addresses;
    for (const addrinfo *entry = list; entry != nullptr; entry = entry->ai_next) {
        SocketAddress &address = addresses.emplace_back();
        std::memcpy(&address.bytes, entry->ai_addr, entry->ai_addrlen);
        address.size = entry->ai_addrlen;
    }
    ::freeaddrinfo(list);
    return addresses;
}

} // namespace

struct NameLookup::Shared {
    UniqueFd done{::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
    std::mutex mutex;
    std::vector<SocketAddress> addresses;
};

NameLookup::NameLookup(EventLoop &loop, const std::string &host, const std::string &port,
                       std::function<void(std::vector<SocketAddress>)> found)
    : shared_(std::make_shared<Shared>()), found_(std::move(found)) {
    watch_ = loop.watch(shared_->done.get(), EventLoop::Interest::Reading, [this] {
        watch_.reset();
        const std::lock_guard lock(shared_->mutex);
        found_(std::move(shared_->addresses));
    });
    std::thread([shared = shared_, host, port] {
        auto addresses = addressesOf(host, port);
        {
            const std::lock_guard lock(shared->mutex);
            shared->addresses = std::move(addresses);
        }
        const std::uint64_t one = 1;
        (void)!::write(shared->done.get(), &one, sizeof one);
    }).detach();
}

NameLookup::~NameLookup() = default;

} // namespace pregon
