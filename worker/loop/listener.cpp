// SPDX-License-Identifier: MIT
#include "worker/loop/listener.h"

#include "shared/log/log.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>

namespace pregon {
namespace {

constexpr std::size_t kPerTurn = 256;

} // namespace

Listener::Listener(EventLoop &loop, UniqueFd socket, Accepted accepted, int keptBack)
    : loop_(loop), socket_(std::move(socket)), accepted_(std::move(accepted)), keptBack_(keptBack),
      watch_(loop.watch(socket_.get(), EventLoop::Interest::Reading, [this] { acceptAll(); })) {}

void Listener::acceptAll() {
    for (;;) {
        UniqueFd fd(::accept4(socket_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (fd.isOpen()) {
            const bool isLast = isAtCeiling(fd.get());
            waiting_.push_back(std::move(fd));
            if (isLast)
                return pause("the last descriptors are kept back");
            continue;
        }
        if (errno == ECONNABORTED || errno == EINTR)
            continue;
        if (errno != EAGAIN)
            pause(std::strerror(errno));
        return;
    }
}

void Listener::passOn() {
    for (std::size_t i = 0; i < kPerTurn && !waiting_.empty(); i++) {
        UniqueFd next = std::move(waiting_.front());
        waiting_.pop_front();
        accepted_(std::move(next));
    }
    if (!waiting_.empty())
        loop_.again();
}

void Listener::passOnAll() {
    while (!waiting_.empty())
        passOn();
}

void Listener::pause(std::string_view reason) {
    log(LogLevel::Warning, "listener paused", {{"reason", reason}});
    paused_ = true;
    watch_->change(EventLoop::Interest::Nothing);
}

void Listener::resume() {
    if (!paused_)
        return;
    const UniqueFd next(::fcntl(socket_.get(), F_DUPFD_CLOEXEC, 0)); // the kernel gives the lowest
    if (!next.isOpen() || isAtCeiling(next.get()))
        return;
    paused_ = false;
    watch_->change(EventLoop::Interest::Reading);
}

/// If there are few descriptors, at least half are for clients.
bool Listener::isAtCeiling(int descriptor) const {
    rlimit limit{};
    if (keptBack_ == 0 || ::getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return false;
    const rlim_t kept = std::min(static_cast<rlim_t>(keptBack_), limit.rlim_cur / 2);
    return static_cast<rlim_t>(descriptor) + 1 >= limit.rlim_cur - kept;
}

} // namespace pregon
