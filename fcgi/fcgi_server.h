#pragma once

#include "fcgi/fcgi_adapter.h"
#include "shared/result.h"
#include "shared/unix_socket.h"

#include <functional>
#include <thread>
#include <vector>

namespace pregon {

/// Accepts FastCGI connections itself and lends each to a thread only while it has a request: a web
/// server may keep as many idle connections as it likes, none pins a thread. The thread of `run`
/// watches listeners and signals; those of the pool wait for the idle connections together, the
/// kernel wakes one per request, and no request is handed from thread to thread.
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
    void work();
    int waitForOne();
    void serve(FcgiAdapter &adapter, const HttpHandler &handler, int connection);
    void watchAgain(int connection);

    std::vector<UniqueFd> listeners_;
    std::size_t threadCount_;
    std::size_t maxBodySize_;
    HandlerFactory makeHandler_;
    std::function<void()> reload_;
    UniqueFd arrivals_;    ///< epoll: listeners and signals
    UniqueFd signals_;
    UniqueFd connections_; ///< epoll: idle connections, each given to one thread, and ended_
    UniqueFd ended_;       ///< readable once no further request is waited for
    std::vector<std::thread> threads_;
};

} // namespace pregon
