// SPDX-License-Identifier: MIT
#include "worker/webhooks/hook_link.h"

#include "shared/ipc/ipc_message.h"
#include "shared/log/log.h"

#include <cerrno>
#include <cstring>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <utility>

namespace pregon {
namespace {

constexpr int kTicksBetweenAttempts = 20;

/// Connected at once or not at all, as it is with Unix-domain sockets.
UniqueFd connectWithoutWaiting(const std::string &path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path)
        return {};
    path.copy(address.sun_path, path.size());
    UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket.isOpen() ||
        ::connect(socket.get(), reinterpret_cast<const sockaddr *>(&address), sizeof address) != 0)
        return {};
    return socket;
}

} // namespace

HookLink::HookLink(EventLoop &loop, std::string path, std::function<void(std::uint32_t)> stored,
                   std::function<void()> lost)
    : loop_(loop), path_(std::move(path)), stored_(std::move(stored)), lost_(std::move(lost)) {}

HookLink::~HookLink() = default;

void HookLink::tick() {
    if (isConnected() || --ticksToConnect_ > 0)
        return;
    ticksToConnect_ = kTicksBetweenAttempts;
    connect();
}

void HookLink::connect() {
    UniqueFd socket = connectWithoutWaiting(path_);
    if (!socket.isOpen()) {
        if (!std::exchange(isAway_, true))
            log(LogLevel::Warning, "webhookd is away",
                {{"socket", path_}, {"reason", std::strerror(errno)}});
        return;
    }
    if (std::exchange(isAway_, false))
        log(LogLevel::Notice, "webhookd is back");
    socket_ = std::move(socket);
    watch_ = loop_.watch(socket_.get(), EventLoop::Interest::Reading, [this] { ready(); });
}

void HookLink::send(const IpcFrame &frame) {
    waiting_ += encodeIpcFrame(frame);
    if (!flush())
        close();
}

bool HookLink::flush() {
    std::size_t sent = 0;
    bool isFine = true;
    while (sent < waiting_.size()) {
        const ssize_t taken = ::send(socket_.get(), waiting_.data() + sent, waiting_.size() - sent,
                                     MSG_DONTWAIT | MSG_NOSIGNAL);
        if (taken < 0) {
            isFine = errno == EAGAIN || errno == EINTR;
            break;
        }
        sent += static_cast<std::size_t>(taken);
    }
    waiting_.erase(0, sent);
    watch_->change(waiting_.empty() ? EventLoop::Interest::Reading
                                    : EventLoop::Interest::ReadingAndWriting);
    return isFine;
}

void HookLink::ready() {
    if (!receive() || !flush())
        close();
}

bool HookLink::receive() {
    char buffer[16384];
    const ssize_t got = ::recv(socket_.get(), buffer, sizeof buffer, MSG_DONTWAIT);
    if (got <= 0)
        return got < 0 && (errno == EAGAIN || errno == EINTR);
    decoder_.append({buffer, static_cast<std::size_t>(got)});
    for (;;) {
        const auto frame = decoder_.next();
        if (!frame)
            return false;
        if (!*frame)
            return true;
        const auto reply = ReplyMessage::decode((*frame)->payload);
        if ((*frame)->type != IpcType::Reply || !reply)
            return false;
        if (reply->error) // it would be refused again: as good as stored
            log(LogLevel::Error, "webhook events refused", {{"reason", reply->text}});
        stored_((*frame)->requestId);
    }
}

void HookLink::close() {
    watch_.reset();
    socket_.reset();
    decoder_ = {};
    waiting_.clear();
    ticksToConnect_ = kTicksBetweenAttempts;
    lost_();
}

void HookLink::finish(std::chrono::milliseconds patience, const std::function<bool()> &isDone) {
    const auto until = std::chrono::steady_clock::now() + patience;
    if (!isConnected())
        connect();
    while (isConnected() && !isDone()) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
            until - std::chrono::steady_clock::now());
        if (left.count() <= 0)
            return;
        pollfd polled{socket_.get(), static_cast<short>(POLLIN | (waiting_.empty() ? 0 : POLLOUT)),
                      0};
        if (::poll(&polled, 1, static_cast<int>(left.count())) < 0 && errno != EINTR)
            return;
        ready();
    }
}

} // namespace pregon
