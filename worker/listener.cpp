#include "worker/listener.h"

#include "shared/log.h"

#include <cerrno>
#include <cstring>
#include <sys/socket.h>

namespace pregon {
namespace {

constexpr int kPerTurn = 64;

} // namespace

Listener::Listener(EventLoop &loop, UniqueFd socket, Accepted accepted)
    : socket_(std::move(socket)), accepted_(std::move(accepted)),
      watch_(loop.watch(socket_.get(), EventLoop::Interest::Reading, [this] { acceptSome(); })) {}

void Listener::acceptSome() {
    for (int i = 0; i < kPerTurn; i++) {
        UniqueFd fd(::accept4(socket_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (fd.isOpen()) {
            accepted_(std::move(fd));
            continue;
        }
        if (errno == ECONNABORTED || errno == EINTR)
            continue;
        if (errno != EAGAIN)
            pause(errno);
        return;
    }
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
