// SPDX-License-Identifier: MIT
#pragma once

#include "shared/ipc/ipc_frame.h"
#include "shared/unix_socket.h"
#include "worker/loop/event_loop.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace pregon {

/// The worker's end of the socket to pregon-webhookd. Never waits: while the other program is away
/// nothing is taken.
class HookLink {
  public:
    static constexpr std::size_t kMaxWaiting = 4 << 20; ///< bytes that the socket did not take yet

    /// Borrows `loop`. `stored` is called with the request id of each frame that was answered,
    /// `lost` when the connection ends.
    HookLink(EventLoop &loop, std::string path, std::function<void(std::uint32_t)> stored,
             std::function<void()> lost);
    ~HookLink();

    /// Connects, if it is not connected and the last attempt is some time ago. Several times a
    /// second.
    void tick();
    bool isConnected() const { return socket_.isOpen(); }
    bool takesMore() const { return isConnected() && waiting_.size() < kMaxWaiting; }
    void send(const IpcFrame &frame);
    /// At the end of the process: waits for at most `patience` until `isDone`.
    void finish(std::chrono::milliseconds patience, const std::function<bool()> &isDone);

  private:
    void connect();
    void ready();
    bool flush();
    bool receive();
    void close();

    EventLoop &loop_;
    std::string path_;
    std::function<void(std::uint32_t)> stored_;
    std::function<void()> lost_;
    UniqueFd socket_;
    std::unique_ptr<EventLoop::Watch> watch_;
    IpcFrameDecoder decoder_;
    std::string waiting_;
    int ticksToConnect_ = 0;
    bool isAway_ = false; ///< as was logged
};

} // namespace pregon
