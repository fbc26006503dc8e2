// SPDX-License-Identifier: MIT
#pragma once

#include "tests/bench/server.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pregon::bench {

/// Blocking; the end of the run if nobody listens.
UniqueFd connectTo(const ListenAddress &address);

/// A text frame as a client sends it (RFC 6455 §5.3); `text` is shorter than 64 KiB.
std::string maskedFrame(std::string_view text);

/// `bytes` of data that begin with the time: Client::delays is made of it.
std::string stampedData(std::size_t bytes);

/// A WebSocket client that counts what comes. Whatever is not as it should be ends the run, unless
/// `mayBeCut`.
class Client {
  public:
    /// `channel` is only for servers that take it in the request.
    explicit Client(const Server &server, const std::string &channel = {});

    int fd() const { return fd_.get(); }
    void send(const std::string &bytes) { orFail(sendAll(fd(), bytes, Clock::now() + kPatience)); }
    void receive();

    std::string socketId; ///< empty: not greeted yet
    std::size_t confirmations = 0;
    std::size_t confirmationBytes = 0; ///< of all of them, with the frames' heads
    std::size_t pongs = 0;
    std::size_t pings = 0;  ///< of the protocol; they are answered
    std::size_t others = 0; ///< frames that are none of those
    std::size_t lastFrameBytes = 0;
    std::size_t *othersOfAll = nullptr;   ///< counts the same of several clients
    std::vector<float> *delays = nullptr; ///< microseconds from stampedData to here are added
    std::int64_t lastStamp = 0;           ///< of the events whose delays are counted
    std::size_t misplaced = 0;            ///< of them, those not stamped later than the one before
    bool mayBeCut = false;                ///< the server may close or hang up
    bool isCut = false;                   ///< it did

  private:
    void take(std::string_view bytes);
    void readAnswer();
    void readHead();
    void handle();
    void handleText();

    static constexpr std::size_t kKept = 1000;
    UniqueFd fd_;
    bool greets_;
    bool isUpgraded_ = false;
    std::string head_;           ///< of the answer, then of a frame, as far as it has come
    std::string start_;          ///< of a frame's payload: enough to tell what it is
    std::size_t left_ = 0;       ///< bytes of the payload that are to come
    std::size_t frameBytes_ = 0; ///< of the frame under way
    char opcode_ = 0;
};

} // namespace pregon::bench
