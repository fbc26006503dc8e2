// SPDX-License-Identifier: MIT
#include "tests/bench/counting_client.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <utility>

namespace pregon::bench {
namespace {

constexpr std::size_t kStampDigits = 18;
constexpr char kText = '\x81', kPing = '\x89', kClose = '\x88';

std::int64_t now() {
    return std::chrono::nanoseconds(Clock::now().time_since_epoch()).count();
}

/// The stamp in the message.
std::int64_t stampOf(std::string_view message) {
    constexpr std::string_view kData = R"("data":")";
    const std::size_t at = message.find(kData);
    std::int64_t then = 0;
    if (at != std::string_view::npos)
        std::from_chars(message.data() + at + kData.size(),
                        message.data() + std::min(at + kData.size() + kStampDigits, message.size()),
                        then);
    if (then == 0)
        fail("an event without a stamp: " + std::string(message));
    return then;
}

} // namespace

UniqueFd connectTo(const ListenAddress &address) {
    if (address.isUnix())
        return orFail(connectToUnix(address.path));
    UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in place{};
    place.sin_family = AF_INET;
    place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    place.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.port)));
    if (::connect(fd.get(), reinterpret_cast<const sockaddr *>(&place), sizeof place) != 0)
        fail("connect: " + std::string(std::strerror(errno)));
    const int yes = 1;
    ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    return fd;
}

std::string maskedFrame(std::string_view text) {
    constexpr std::array<char, 4> kMask{'\x5a', '\x17', '\x33', '\x6c'};
    std::string frame = "\x81";
    if (text.size() < 126) {
        frame += static_cast<char>(0x80 | text.size());
    } else {
        frame += static_cast<char>(0x80 | 126);
        frame += static_cast<char>(text.size() >> 8);
        frame += static_cast<char>(text.size() & 0xff);
    }
    frame.append(kMask.data(), kMask.size());
    for (std::size_t i = 0; i < text.size(); i++)
        frame += static_cast<char>(text[i] ^ kMask[i % kMask.size()]);
    return frame;
}

std::string stampedData(std::size_t bytes) {
    const std::string digits = std::to_string(now());
    std::string data(kStampDigits - std::min(kStampDigits, digits.size()), '0');
    data += digits;
    data.resize(std::max(bytes, kStampDigits), 'x');
    return data;
}

Client::Client(const Server &server, const std::string &channel)
    : fd_(connectTo(server.address)), greets_(server.greets()) {
    send("GET " + server.upgradePath(channel) +
         " HTTP/1.1\r\nHost: localhost\r\n"
         "Origin: http://localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
         "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n");
}

void Client::receive() {
    thread_local std::array<char, 1 << 18> buffer;
    const ssize_t size = ::recv(fd(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (size > 0) {
        take({buffer.data(), static_cast<std::size_t>(size)});
    } else if (size == 0 || (errno != EAGAIN && errno != EINTR)) {
        if (!mayBeCut)
            fail("the server has hung up");
        isCut = true;
        fd_.reset();
    }
}

void Client::take(std::string_view bytes) {
    while (!bytes.empty()) {
        const std::size_t count = left_ > 0 ? std::min(left_, bytes.size()) : 1;
        std::string &part = left_ > 0 ? start_ : head_;
        if (part.size() < kKept)
            part.append(bytes.substr(0, std::min(count, kKept - part.size())));
        bytes.remove_prefix(count);
        if (left_ > 0 && (left_ -= count) == 0)
            handle();
        else if (left_ == 0)
            isUpgraded_ ? readHead() : readAnswer();
    }
}

void Client::readAnswer() {
    isUpgraded_ = head_.ends_with("\r\n\r\n");
    if (head_.size() == kKept || (isUpgraded_ && !head_.starts_with("HTTP/1.1 101 ")))
        fail("the server does not upgrade: " + head_);
    if (!isUpgraded_)
        return;
    head_.clear();
    if (!greets_) {
        socketId = "none";
        confirmations = 1;
    }
}

void Client::readHead() {
    if (head_.size() < 2)
        return;
    const std::size_t length = static_cast<unsigned char>(head_[1]);
    const std::size_t extra = length < 126 ? 0 : length == 126 ? 2 : 8;
    if (head_.size() < 2 + extra)
        return;
    std::size_t size = extra > 0 ? 0 : length;
    for (const char c : head_.substr(2))
        size = size << 8 | static_cast<unsigned char>(c);
    frameBytes_ = head_.size() + size;
    opcode_ = head_[0];
    head_.clear();
    left_ = size;
    if (size == 0)
        handle();
}

void Client::handle() {
    if (opcode_ == kText && !start_.empty())
        handleText();
    else if (opcode_ == kPing)
        send(std::string("\x8a\x80\0\0\0\0", 6));
    else if (opcode_ == kClose && mayBeCut)
        isCut = true;
    else
        fail("a frame that is neither a whole text nor a Ping");
    start_.clear();
}

void Client::handleText() {
    constexpr std::string_view kId = R"(\"socket_id\":\")";
    if (start_.starts_with(R"({"event":"pusher_internal:subscription_succeeded")")) {
        confirmations++;
        confirmationBytes += frameBytes_;
    } else if (start_.starts_with(R"({"event":"pusher:connection_established")")) {
        const std::size_t id = start_.find(kId) + kId.size();
        socketId = start_.substr(id, start_.find('\\', id) - id);
    } else if (start_.starts_with(R"({"event":"pusher:pong")")) {
        pongs++;
    } else if (start_.starts_with(R"({"event":"pusher:ping")")) {
        pings++;
        send(maskedFrame(R"({"event":"pusher:pong","data":{}})"));
    } else if (start_.starts_with(R"({"event":"pusher:error")") && !mayBeCut) {
        fail("the server answers " + start_);
    } else {
        others++;
        if (othersOfAll != nullptr)
            ++*othersOfAll;
        lastFrameBytes = frameBytes_;
        if (delays == nullptr)
            return;
        const std::int64_t stamp = stampOf(start_);
        delays->push_back(static_cast<float>(now() - stamp) / 1000);
        misplaced += stamp <= std::exchange(lastStamp, stamp) ? 1 : 0;
    }
}

} // namespace pregon::bench
