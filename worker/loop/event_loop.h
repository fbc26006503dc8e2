// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <vector>

struct uv_loop_s;

namespace pregon {

/// The worker's one event loop. The only file that includes uv.h; libwebsockets runs on the same
/// loop (`native`). One thread; callbacks come from `run`.
class EventLoop {
  public:
    using Callback = std::function<void()>;

    enum class Interest { Nothing, Reading, ReadingAndWriting };

    /// Watches one descriptor until destroyed. Does not own the descriptor: destroy the watch
    /// before closing it. May be destroyed inside its own callback.
    class Watch {
      public:
        virtual ~Watch() = default;
        virtual void change(Interest interest) = 0;
        /// The peer has shut down its side, or all; what it sent before can still be read. As of
        /// the last callback.
        virtual bool hasHungUp() const = 0;
    };

    EventLoop();
    ~EventLoop();
    EventLoop(const EventLoop &) = delete;
    EventLoop &operator=(const EventLoop &) = delete;

    /// `ready` is called whenever the descriptor can be read (or written, if asked for), or failed.
    std::unique_ptr<Watch> watch(int fd, Interest interest, Callback ready);
    /// Calls back once in each interval, for as long as the loop lives.
    void every(std::chrono::milliseconds interval, Callback callback);
    /// Calls back twice per turn of the loop: after the events were handled, and before it waits.
    void eachTurn(Callback callback);
    void onSignal(int signal, Callback callback);

    /// Until `stop`.
    /// Afterwards nothing of the loop's own is called any more: no timer, no signal, no turn.
    void run();
    /// Makes the turn that follows not wait for events.
    void again();
    void stop();
    /// Runs what is left to do for handles that are closing, without waiting for events.
    void settle();
    uv_loop_s *native();

  private:
    struct Handles;
    std::unique_ptr<Handles> handles_;
};

} // namespace pregon
