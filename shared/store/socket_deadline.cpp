// SPDX-License-Identifier: MIT
#include "shared/store/socket_deadline.h"

#include <algorithm>
#include <condition_variable>
#include <csignal>
#include <map>
#include <mutex>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <thread>

namespace pregon {

/// The thread behind all of them.
class SocketWatch {
  public:
    static SocketWatch &instance() {
        static SocketWatch watch;
        return watch;
    }

    void add(SocketDeadline &deadline) {
        const std::lock_guard lock(mutex_);
        waiting_.emplace(deadline.until_, &deadline);
        if (deadline.until_ < wakesAt_) // mostly it wakes in time anyway
            changed_.notify_one();
    }

    void remove(SocketDeadline &deadline) {
        const std::lock_guard lock(mutex_);
        const auto [first, last] = waiting_.equal_range(deadline.until_);
        const auto found =
            std::find_if(first, last, [&](const auto &one) { return one.second == &deadline; });
        if (found != last)
            waiting_.erase(found);
    }

  private:
    SocketWatch() : thread_([this] { run(); }) {}
    ~SocketWatch() {
        {
            const std::lock_guard lock(mutex_);
            isEnding_ = true;
        }
        changed_.notify_one();
        thread_.join();
    }

    void run() {
        sigset_t all;
        sigfillset(&all);
        ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
        std::unique_lock lock(mutex_);
        while (!isEnding_) {
            endWhatIsDue();
            wakesAt_ = waiting_.empty() ? SocketDeadline::Time::max() : waiting_.begin()->first;
            if (waiting_.empty())
                changed_.wait(lock);
            else
                changed_.wait_until(lock, wakesAt_);
        }
    }

    /// Under the lock, so that the waiting thread cannot end, and its descriptor cannot be reused,
    /// before this is done.
    void endWhatIsDue() {
        while (!waiting_.empty() && waiting_.begin()->first <= std::chrono::steady_clock::now()) {
            SocketDeadline &deadline = *waiting_.begin()->second;
            deadline.hasPassed_ = true;
            ::shutdown(deadline.socket_, SHUT_RDWR);
            waiting_.erase(waiting_.begin());
        }
    }

    std::mutex mutex_; ///< for these, and `hasPassed_` of what is watched
    std::condition_variable changed_;
    std::multimap<SocketDeadline::Time, SocketDeadline *> waiting_;
    SocketDeadline::Time wakesAt_ = SocketDeadline::Time::max();
    bool isEnding_ = false;
    std::thread thread_; ///< the last: it uses the rest
};

SocketDeadline::SocketDeadline(int socket, Time until) : socket_(socket), until_(until) {
    if (socket_ >= 0)
        SocketWatch::instance().add(*this);
}

SocketDeadline::~SocketDeadline() {
    end();
}

bool SocketDeadline::hasPassed() {
    end();
    return hasPassed_;
}

void SocketDeadline::end() {
    if (socket_ >= 0)
        SocketWatch::instance().remove(*this);
    socket_ = -1;
}

void keepAlive(int socket, std::chrono::milliseconds patience) {
    constexpr int kProbes = 3;
    const int on = 1;
    const int seconds = static_cast<int>(std::max<std::int64_t>(1, patience.count() / 1000));
    const int interval = std::max(1, seconds / kProbes);
    const int unacknowledged = static_cast<int>(patience.count());
    ::setsockopt(socket, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    ::setsockopt(socket, IPPROTO_TCP, TCP_KEEPIDLE, &seconds, sizeof seconds);
    ::setsockopt(socket, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof interval);
    ::setsockopt(socket, IPPROTO_TCP, TCP_KEEPCNT, &kProbes, sizeof kProbes);
    ::setsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &unacknowledged, sizeof unacknowledged);
}

} // namespace pregon
