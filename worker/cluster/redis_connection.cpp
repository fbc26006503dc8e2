// SPDX-License-Identifier: MIT
#include "worker/cluster/redis_connection.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <utility>

namespace pregon {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMaxSentKept = 1 << 20; ///< in front of what a slow Redis has not taken

std::vector<SocketAddress> unixAddress(const std::string &path) {
    SocketAddress address;
    auto &unixSocket = reinterpret_cast<sockaddr_un &>(address.bytes);
    unixSocket.sun_family = AF_UNIX;
    if (path.size() >= sizeof unixSocket.sun_path)
        return {};
    std::memcpy(unixSocket.sun_path, path.c_str(), path.size() + 1);
    address.size = sizeof unixSocket;
    return {address};
}

} // namespace

RedisConnection::RedisConnection(EventLoop &loop, const RedisSettings &settings,
                                 const RedisAddress &address, Callbacks callbacks)
    : loop_(loop), settings_(settings), address_(address), callbacks_(std::move(callbacks)) {
    if (address_.isUnix()) {
        untried_ = unixAddress(address_.host);
        return; // `tick` connects: no callback may run from here
    }
    lookup_ = std::make_unique<NameLookup>(loop, address_.host, address_.port, [this](auto found) {
        if (isLost_)
            return;
        untried_ = std::move(found);
        std::reverse(untried_.begin(), untried_.end());
        connectNext("host unknown");
    });
}

RedisConnection::RedisConnection(EventLoop &loop, const RedisSettings &settings,
                                 const RedisAddress &address, UniqueFd socket, Callbacks callbacks)
    : loop_(loop), settings_(settings), address_(address), callbacks_(std::move(callbacks)),
      socket_(std::move(socket)),
      watch_(loop.watch(socket_.get(), EventLoop::Interest::Reading, [this] { ready(); })),
      stream_(plainStream(socket_.get())), isConnected_(true) {}

RedisConnection::~RedisConnection() = default;

void RedisConnection::connectNext(const std::string &reason) {
    watch_.reset();
    stream_.reset();
    socket_.reset();
    std::string why = reason;
    while (!untried_.empty()) {
        const SocketAddress address = untried_.back();
        untried_.pop_back();
        if (connectTo(address))
            return;
        why = std::strerror(errno);
    }
    fail(why);
}

bool RedisConnection::connectTo(const SocketAddress &address) {
    const int family = address.bytes.ss_family;
    socket_.reset(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket_.isOpen())
        return false;
    const int on = 1;
    if (family != AF_UNIX)
        ::setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (::connect(socket_.get(), reinterpret_cast<const sockaddr *>(&address.bytes),
                  address.size) != 0 &&
        errno != EINPROGRESS)
        return false;
    watch_ =
        loop_.watch(socket_.get(), EventLoop::Interest::ReadingAndWriting, [this] { ready(); });
    waitsToWrite_ = true;
    return true;
}

void RedisConnection::ready() {
    if (isLost_)
        return;
    if (!isConnected_ && !finishConnecting())
        return;
    receive();
    if (!isLost_)
        flush();
}

bool RedisConnection::finishConnecting() {
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) {
        connectNext(std::strerror(error));
        return false;
    }
    if (settings_.tls && !address_.isUnix()) {
        auto stream = tlsStream(socket_.get(), address_.host, settings_.caFile);
        if (!stream) {
            fail(stream.error().reason);
            return false;
        }
        stream_ = std::move(*stream);
    } else {
        stream_ = plainStream(socket_.get());
    }
    isConnected_ = true;
    untried_.clear();
    waitingSince_ = Clock::now();
    return true;
}

void RedisConnection::receive() {
    char buffer[65536];
    constexpr int kReads = 16; // then others have their turn
    for (int i = 0; i < kReads; i++) {
        const auto got = stream_->read(buffer, sizeof buffer);
        if (!got)
            return fail(got.error().reason);
        if (got->bytes == 0)
            break;
        decoder_.append({buffer, got->bytes});
        waitingSince_ = Clock::now(); // a flood of messages is a sign of life, too
    }
    dispatch();
}

void RedisConnection::dispatch() {
    while (!isLost_) {
        auto reply = decoder_.next();
        if (!reply)
            return fail(reply.error().reason);
        if (!*reply)
            return;
        const std::string &word = (*reply)->at(0).text;
        const bool isPush = word == "message" || word == "subscribe" || word == "unsubscribe";
        if (callbacks_.onPush != nullptr && (isPush || awaited_.empty())) {
            callbacks_.onPush(**reply);
            continue;
        }
        if (awaited_.empty())
            return fail("an answer to nothing");
        const Answer answer = std::move(awaited_.front());
        awaited_.pop_front();
        waitingSince_ = Clock::now();
        answer(**reply);
    }
}

void RedisConnection::command(const std::vector<std::string> &arguments, Answer answer) {
    if (isLost_) {
        if (answer)
            answer(RedisReply::error("connection lost"));
        return;
    }
    if (awaited_.empty() && isConnected_)
        waitingSince_ = Clock::now();
    unsent_ += encodeRedisCommand(arguments);
    if (answer)
        awaited_.push_back(std::move(answer));
}

void RedisConnection::flush() {
    if (isLost_ || !isConnected_)
        return;
    if (unsent_.size() - sent_ > kMaxUnsent)
        return fail("does not take what is sent");
    ByteStream::Wait wait = ByteStream::Wait::Nothing;
    while (sent_ < unsent_.size()) {
        const auto sent = stream_->write(std::string_view(unsent_).substr(sent_));
        if (!sent)
            return fail(sent.error().reason);
        sent_ += sent->bytes;
        wait = sent->wait;
        if (wait != ByteStream::Wait::Nothing)
            break;
    }
    if (sent_ == unsent_.size() || sent_ > kMaxSentKept) {
        unsent_.erase(0, sent_);
        sent_ = 0;
    }
    const bool waitsToWrite = wait == ByteStream::Wait::Writing;
    if (waitsToWrite != std::exchange(waitsToWrite_, waitsToWrite))
        watch_->change(waitsToWrite ? EventLoop::Interest::ReadingAndWriting
                                    : EventLoop::Interest::Reading);
}

pollfd RedisConnection::waitsFor() const {
    return {socket_.get(), static_cast<short>(waitsToWrite_ ? POLLIN | POLLOUT : POLLIN), 0};
}

void RedisConnection::tick(Time now) {
    if (isLost_)
        return;
    if (!isConnected_ && lookup_ == nullptr && !socket_.isOpen())
        return connectNext("no such address");
    if ((isConnected_ && awaited_.empty()) || now - waitingSince_ <= settings_.timeout)
        return;
    if (isConnected_)
        return fail("no answer in time");
    waitingSince_ = now;
    connectNext("no connection in time");
}

void RedisConnection::finish(std::chrono::milliseconds patience) {
    const auto until = Clock::now() + patience;
    while (!isLost_ && isConnected_ && sent_ < unsent_.size() && Clock::now() < until) {
        pollfd state{socket_.get(), POLLOUT, 0};
        ::poll(&state, 1, 50);
        flush();
    }
}

void RedisConnection::fail(const std::string &reason) {
    if (isLost_)
        return;
    callbacks_.onLost(
        reason); // first: a callback that gets an error must see that the link is down
    end(reason);
}

void RedisConnection::end(const std::string &reason) {
    if (std::exchange(isLost_, true))
        return;
    watch_.reset();
    stream_.reset();
    socket_.reset();
    for (const Answer &answer : std::exchange(awaited_, {}))
        answer(RedisReply::error(reason));
}

} // namespace pregon
