#include "worker/listener.h"

#include "shared/log.h"

#include <cerrno>
#include <cstring>
#include <sys/socket.h>

namespace pregon {
namespace {

constexpr std::size_t kPerTurn = 256;

} // namespace

Listener::Listener(EventLoop &loop, UniqueFd socket, Accepted accepted)
    : loop_(loop), socket_(std::move(socket)), accepted_(std::move(accepted)),
      watch_(loop.watch(socket_.get(), EventLoop::Interest::Reading, [this] { acceptAll(); })) {}

void Listener::acceptAll() {
    for (;;) {
        UniqueFd fd(::accept4(socket_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (fd.isOpen()) {
            waiting_.push_back(std::move(fd));
            continue;
        }
        if (errno == ECONNABORTED || errno == EINTR)
            continue;
        if (errno != EAGAIN)
            pause(errno);
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

void Listener::pause(int error) {
    log(LogLevel::Warning, "listener paused", {{"reason", std::strerror(error)}});
    paused_ = true;
    watch_->change(EventLoop::Interest::Nothing);
}

void Listener::resume() {
    if (!paused_)
        return;
    paused_ = false;
    watch_->change(EventLoop::Interest::Reading);
}

} // namespace pregon
