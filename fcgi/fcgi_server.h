#pragma once

#include "fcgi/fcgi_adapter.h"
#include "shared/result.h"
#include "shared/unix_socket.h"

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace pregon {

/// Accepts FastCGI connections itself and lends each to a thread only while it has a request: a web
/// server may keep as many idle connections as it likes, none pins a thread. One epoll loop watches
/// listeners and idle connections; a ready one goes to the pool and comes back when served.
class FcgiServer {
  public:
    /// Makes the handler of one pool thread; called in that thread.
    using HandlerFactory = std::function<HttpHandler()>;

    /// `reload` is called on SIGHUP, in the thread of `run`.
    FcgiServer(std::vector<UniqueFd> listeners, std::size_t threads, std::size_t maxBodySize,
               HandlerFactory makeHandler, std::function<void()> reload);

    /// Serves until SIGTERM or SIGINT, then lets the requests under way finish. These and SIGHUP
    /// must be blocked in every thread of the process. Unavailable if the loop cannot start.
    Result<Done> run();

  private:
    Result<Done> watchAll();
    void loop();
    /// False: it is time to end.
    bool takeSignal();
    void acceptSome(int listener);
    void enqueue(int connection);
    void work();
    void serve(FcgiAdapter &adapter, const HttpHandler &handler, int connection);
    void watchAgain(int connection);

    std::vector<UniqueFd> listeners_;
    std::size_t threadCount_;
    std::size_t maxBodySize_;
    HandlerFactory makeHandler_;
    std::function<void()> reload_;
    UniqueFd epoll_;
    UniqueFd signals_;

    std::mutex mutex_;
    std::condition_variable ready_;
    std::deque<int> waiting_; ///< connections with something to read
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

} // namespace pregon
