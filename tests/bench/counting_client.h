#pragma once

#include "shared/result.h"
#include "shared/unix_socket.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <sys/socket.h>

namespace pregon::bench {

using Clock = std::chrono::steady_clock;

/// How long anything may take before the run is given up.
inline constexpr std::chrono::seconds kPatience{40};

/// Ends the run.
[[noreturn]] inline void fail(const std::string &reason) {
    std::printf("FAILED %s\n", reason.c_str());
    std::exit(1);
}

template <class T>
T orFail(Result<T> result) {
    if (!result)
        fail(result.error().reason);
    return std::move(*result);
}

/// A text frame as a client sends it (RFC 6455 §5.3); `text` is shorter than 64 KiB.
inline std::string maskedFrame(std::string_view text) {
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

/// A WebSocket client that counts what comes.
class Client {
  public:
    Client(const std::string &path, const std::string &key) : fd_(orFail(connectToUnix(path))) {
        send("GET /app/" + key +
             "?protocol=7 HTTP/1.1\r\nHost: localhost\r\n"
             "Origin: http://localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
             "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n");
    }

    int fd() const { return fd_.get(); }
    void send(const std::string &bytes) { orFail(sendAll(fd(), bytes, Clock::now() + kPatience)); }
    void receive() {
        static std::array<char, 1 << 18> buffer;
        const ssize_t size = ::recv(fd(), buffer.data(), buffer.size(), MSG_DONTWAIT);
        if (size == 0 || (size < 0 && errno != EAGAIN && errno != EINTR))
            fail("the worker has hung up");
        if (size > 0)
            take({buffer.data(), static_cast<std::size_t>(size)});
    }

    std::string socketId; ///< empty: not greeted yet
    std::size_t confirmations = 0;
    std::size_t confirmationBytes = 0; ///< of all of them, with the frames' heads
    std::size_t pongs = 0;
    std::size_t others = 0; ///< frames that are neither greeting, confirmation nor pong
    std::size_t lastFrameBytes = 0;

  private:
    void take(std::string_view bytes) {
        while (!bytes.empty()) {
            const std::size_t count = left_ > 0 ? std::min(left_, bytes.size()) : 1;
            std::string &part = left_ > 0 ? start_ : head_;
            if (part.size() < kKept)
                part.append(bytes.substr(0, std::min(count, kKept - part.size())));
            bytes.remove_prefix(count);
            if (left_ == 0)
                readHead();
            else if ((left_ -= count) == 0)
                handle();
        }
    }
    void readHead() {
        if (!isUpgraded_) {
            isUpgraded_ = head_.ends_with("\r\n\r\n");
            if (head_.size() == kKept || (isUpgraded_ && !head_.starts_with("HTTP/1.1 101 ")))
                fail("the worker does not upgrade");
            if (isUpgraded_)
                head_.clear();
            return;
        }
        const std::size_t length = head_.size() < 2 ? 0 : static_cast<std::size_t>(head_[1]);
        const std::size_t extra = length < 126 ? 0 : length == 126 ? 2 : 8;
        if (head_.size() < 2 + extra)
            return;
        left_ = extra > 0 ? 0 : length;
        for (const char c : head_.substr(2))
            left_ = left_ << 8 | static_cast<unsigned char>(c);
        frameBytes_ = head_.size() + left_;
        if (head_[0] != '\x81' || left_ == 0)
            fail("a frame that is not a whole text");
        head_.clear();
    }
    void handle() {
        constexpr std::string_view kId = R"(\"socket_id\":\")";
        if (start_.starts_with(R"({"event":"pusher_internal:subscription_succeeded")")) {
            confirmations++;
            confirmationBytes += frameBytes_;
        } else if (start_.starts_with(R"({"event":"pusher:connection_established")")) {
            const std::size_t id = start_.find(kId) + kId.size();
            socketId = start_.substr(id, start_.find('\\', id) - id);
        } else if (start_.starts_with(R"({"event":"pusher:pong")")) {
            pongs++;
        } else if (start_.starts_with(R"({"event":"pusher:error")")) {
            fail("the worker answers " + start_);
        } else {
            others++;
            lastFrameBytes = frameBytes_;
        }
        start_.clear();
    }

    static constexpr std::size_t kKept = 1000;
    UniqueFd fd_;
    bool isUpgraded_ = false;
    std::string head_;           ///< of the answer, then of a frame, as far as it has come
    std::string start_;          ///< of a frame's payload: enough to tell what it is
    std::size_t left_ = 0;       ///< bytes of the payload that are to come
    std::size_t frameBytes_ = 0; ///< of the frame under way
};

} // namespace pregon::bench
