// SPDX-License-Identifier: MIT
#include "worker/loop/event_loop.h"

#include <cassert>
#include <uv.h>

namespace pregon {
namespace {

/// What a handle of that kind tells besides.
template <class Handle>
struct Told {};
template <>
struct Told<uv_poll_t> {
    bool hasHungUp = false;
};

/// A libuv handle and what it calls. Lives until libuv has closed it.
template <class Handle>
struct Called : Told<Handle> {
    Handle handle{};
    EventLoop::Callback callback;

    explicit Called(EventLoop::Callback function) : callback(std::move(function)) {
        handle.data = this;
    }
    static void call(Handle *handle) { static_cast<Called *>(handle->data)->callback(); }
    static void callOnSignal(Handle *handle, int) { call(handle); }
    static void callOnPoll(Handle *handle, int, int events) {
        static_cast<Called *>(handle->data)->hasHungUp = (events & UV_DISCONNECT) != 0;
        call(handle);
    }
    void closeAndDelete() {
        uv_close(reinterpret_cast<uv_handle_t *>(&handle),
                 [](uv_handle_t *closed) { delete static_cast<Called *>(closed->data); });
    }
};

/// Releases a handle through libuv instead of `delete`.
struct Closer {
    template <class T>
    void operator()(T *called) const {
        called->closeAndDelete();
    }
};

template <class Handle>
using Owned = std::unique_ptr<Called<Handle>, Closer>;

int pollEvents(EventLoop::Interest interest) {
    switch (interest) {
    case EventLoop::Interest::Nothing:
        return 0;
    case EventLoop::Interest::Reading:
        return UV_READABLE | UV_DISCONNECT;
    case EventLoop::Interest::ReadingAndWriting:
        return UV_READABLE | UV_WRITABLE | UV_DISCONNECT;
    }
    return 0;
}

class UvWatch final : public EventLoop::Watch {
  public:
    UvWatch(uv_loop_t *loop, int fd, EventLoop::Callback ready)
        : poll_(new Called<uv_poll_t>(std::move(ready))) {
        const int error = uv_poll_init(loop, &poll_->handle, fd);
        assert(error == 0);
    }

    void change(EventLoop::Interest interest) override {
        if (interest == interest_) // libuv would ask the kernel for the same again
            return;
        interest_ = interest;
        const int events = pollEvents(interest);
        if (events == 0)
            uv_poll_stop(&poll_->handle);
        else
            uv_poll_start(&poll_->handle, events, Called<uv_poll_t>::callOnPoll);
    }
    bool hasHungUp() const override { return poll_->hasHungUp; }

  private:
    Owned<uv_poll_t> poll_;
    EventLoop::Interest interest_ = EventLoop::Interest::Nothing;
};

} // namespace

struct EventLoop::Handles {
    uv_loop_t loop{};
    std::vector<Owned<uv_timer_t>> timers;
    std::vector<Owned<uv_check_t>> checks;
    std::vector<Owned<uv_prepare_t>> prepares;
    std::vector<Owned<uv_signal_t>> signals;
    uv_idle_t awake{}; ///< while it is active, the loop does not wait
};

EventLoop::EventLoop() : handles_(std::make_unique<Handles>()) {
    const int error = uv_loop_init(&handles_->loop);
    assert(error == 0);
    uv_idle_init(&handles_->loop, &handles_->awake);
}

EventLoop::~EventLoop() {
    handles_->timers.clear();
    handles_->checks.clear();
    handles_->prepares.clear();
    handles_->signals.clear();
    uv_close(reinterpret_cast<uv_handle_t *>(&handles_->awake), nullptr);
    settle();
    uv_loop_close(&handles_->loop);
}

std::unique_ptr<EventLoop::Watch> EventLoop::watch(int fd, Interest interest, Callback ready) {
    auto watch = std::make_unique<UvWatch>(&handles_->loop, fd, std::move(ready));
    watch->change(interest);
    return watch;
}

void EventLoop::every(std::chrono::milliseconds interval, Callback callback) {
    const auto milliseconds = static_cast<std::uint64_t>(interval.count());
    auto *timer = new Called<uv_timer_t>(std::move(callback));
    uv_timer_init(&handles_->loop, &timer->handle);
    uv_timer_start(&timer->handle, Called<uv_timer_t>::call, milliseconds, milliseconds);
    handles_->timers.emplace_back(timer);
}

void EventLoop::eachTurn(Callback callback) {
    auto *check = new Called<uv_check_t>(callback);
    uv_check_init(&handles_->loop, &check->handle);
    uv_check_start(&check->handle, Called<uv_check_t>::call);
    handles_->checks.emplace_back(check);
    auto *prepare = new Called<uv_prepare_t>(std::move(callback));
    uv_prepare_init(&handles_->loop, &prepare->handle);
    uv_prepare_start(&prepare->handle, Called<uv_prepare_t>::call);
    handles_->prepares.emplace_back(prepare);
}

void EventLoop::onSignal(int signal, Callback callback) {
    auto *watcher = new Called<uv_signal_t>(std::move(callback));
    uv_signal_init(&handles_->loop, &watcher->handle);
    uv_signal_start(&watcher->handle, Called<uv_signal_t>::callOnSignal, signal);
    handles_->signals.emplace_back(watcher);
}

void EventLoop::run() {
    uv_run(&handles_->loop, UV_RUN_DEFAULT);
    handles_->timers.clear(); // what they call may be gone before the loop is
    handles_->signals.clear();
    handles_->checks.clear();
    handles_->prepares.clear();
}

void EventLoop::again() {
    uv_idle_start(&handles_->awake, [](uv_idle_t *awake) { uv_idle_stop(awake); });
}

void EventLoop::stop() {
    uv_stop(&handles_->loop);
}

void EventLoop::settle() {
    constexpr int kEnough = 1000; // closing takes one or two turns; never hang on the way out
    for (int i = 0; i < kEnough && uv_run(&handles_->loop, UV_RUN_NOWAIT) != 0; i++) {
    }
}

uv_loop_s *EventLoop::native() {
    return &handles_->loop;
}

} // namespace pregon
