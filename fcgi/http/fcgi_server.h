// SPDX-License-Identifier: MIT
#pragma once

#include "fcgi/http/fcgi_adapter.h"
#include "fcgi/http/request_collector.h"
#include "fcgi/http/waiting_places.h"
#include "shared/result.h"
#include "shared/unix_socket.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_set>
#include <vector>

namespace pregon {

/// Accepts FastCGI connections itself and lends each to a thread only while it has a request: a web
/// server may keep as many idle connections as it likes, none pins a thread. The thread of `run`
/// watches listeners and signals; those of the pool wait for the idle connections together, the
/// kernel wakes one per request, and mostly no request is handed from thread to thread: only those
/// that may have to wait for others, once three quarters of the threads are at such
/// (WaitingPlaces), and those of which not all has come when a thread looks: the thread of `run`
/// collects the rest.
class FcgiServer {
  public:
    /// Makes the handler of one pool thread; called in that thread.
    using HandlerFactory = std::function<HttpHandler()>;

    /// Whether the answer may have to wait for others than the worker. Any thread.
    using MayWait = std::function<bool(const HttpRequest &)>;

    /// What the loop calls besides, in the thread of `run`.
    struct Callbacks {
        std::function<void()> ready;  ///< everything is watched and the threads are there
        std::function<void()> reload; ///< SIGHUP
        std::function<void()> stopping;
        /// Once in each interval, for as long as a thread is free or requests get answered: not any
        /// more once all threads have been at the same requests for three intervals.
        std::function<void()> alive;
        std::optional<std::chrono::milliseconds> aliveInterval; ///< none: never
    };

    FcgiServer(std::vector<UniqueFd> listeners, std::size_t threads, std::size_t maxBodySize,
               HandlerFactory makeHandler, MayWait mayWait);

    /// Serves until SIGTERM or SIGINT, then accepts no more and lets the requests under way finish,
    /// those too that come in meanwhile over connections that the web server has kept: each is
    /// closed with its answer, and the rest once all have been quiet for kQuiet. None is closed
    /// that has a request in it, also one that waits for a thread. These and SIGHUP must be blocked
    /// in every thread of the process. Unavailable if the loop cannot start.
    Result<Done> run(Callbacks callbacks);

    std::uint64_t requestsServed() const { return served_; }

  private:
    using Places = WaitingPlaces<FcgiRequest>;
    Result<Done> watchAll();
    /// Between two requests on a connection that is in use. A web server takes note of one that is
    /// closed while it is not.
    static constexpr std::chrono::milliseconds kQuiet{250};

    void loop();
    void handle(int fd);
    void takeSignal();
    void stopAccepting();
    /// How long epoll may wait.
    int patience();
    void tellAlive();
    bool getsWorkDone(std::chrono::steady_clock::time_point now);
    void becomesIdle(int connection, int operation);
    /// False: another thread has taken or closed it.
    bool isNoMoreIdle(int connection);
    void closeIdle();
    void acceptSome(int listener);
    void work();
    int waitForOne();
    void serve(const FcgiAdapter &adapter, const HttpHandler &handler, int connection);
    void serveCollected(const FcgiAdapter &adapter, const HttpHandler &handler);
    void serveReceived(std::unique_ptr<FcgiRequest> request, const HttpHandler &handler);
    void serveInTurn(std::unique_ptr<FcgiRequest> request, const HttpHandler &handler);
    void answer(FcgiRequest &request, const HttpHandler &handler);
    void watchAgain(int connection);

    std::vector<UniqueFd> listeners_;
    std::size_t threadCount_;
    std::size_t maxBodySize_;
    HandlerFactory makeHandler_;
    MayWait mayWait_;
    Places places_;
    Callbacks callbacks_;
    UniqueFd arrivals_; ///< epoll: listeners and signals
    UniqueFd signals_;
    UniqueFd connections_; ///< epoll: idle connections, each given to one thread, and ended_
    UniqueFd ended_;       ///< readable once no further request is waited for
    RequestCollector collector_;
    std::chrono::steady_clock::time_point nextAlive_; ///< if callbacks_ has an interval
    std::uint64_t servedBefore_ = 0;
    std::chrono::steady_clock::time_point progressAt_; ///< when servedBefore_ was another
    std::atomic<std::size_t> busyThreads_ = 0;
    std::mutex idleMutex_;
    std::unordered_set<int> idle_;       ///< connections that wait for their next request
    std::atomic<bool> isEnding_ = false; ///< connections are kept no more
    std::atomic<std::uint64_t> served_ = 0;
    std::vector<std::thread> threads_;
};

} // namespace pregon
