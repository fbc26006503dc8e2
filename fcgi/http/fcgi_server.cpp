// SPDX-License-Identifier: MIT
#include "fcgi/http/fcgi_server.h"

#include "shared/log/log.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace pregon {
namespace {

constexpr int kAcceptsPerTurn = 64;
constexpr std::uint32_t kOneRequest = EPOLLIN | EPOLLRDHUP | EPOLLONESHOT;
constexpr time_t kPeerSeconds = 10; // for each read from or write to the web server

bool watch(int epoll, int fd, std::uint32_t events, int operation) {
    epoll_event event{};
    event.events = events;
    event.data.fd = fd;
    return ::epoll_ctl(epoll, operation, fd, &event) == 0;
}

/// The library reads and writes blocking: a peer that stalls must not hold a thread for ever.
void boundWaits(int fd) {
    const timeval patience{kPeerSeconds, 0};
    ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
}

/// Whether the web server has sent another request meanwhile, or has closed the connection.
bool hasInput(int fd) {
    pollfd waiting{fd, POLLIN, 0};
    return ::poll(&waiting, 1, 0) > 0;
}

} // namespace

FcgiServer::FcgiServer(std::vector<UniqueFd> listeners, std::size_t threads,
                       std::size_t maxBodySize, HandlerFactory makeHandler, MayWait mayWait)
    : listeners_(std::move(listeners)), threadCount_(threads), maxBodySize_(maxBodySize),
      makeHandler_(std::move(makeHandler)), mayWait_(std::move(mayWait)),
      places_(Places::placesOf(threads)), collector_(maxBodySize) {}

Result<Done> FcgiServer::watchAll() {
    sigset_t awaited;
    sigemptyset(&awaited);
    sigaddset(&awaited, SIGTERM);
    sigaddset(&awaited, SIGINT);
    sigaddset(&awaited, SIGHUP);
    arrivals_.reset(::epoll_create1(EPOLL_CLOEXEC));
    connections_.reset(::epoll_create1(EPOLL_CLOEXEC));
    signals_.reset(::signalfd(-1, &awaited, SFD_CLOEXEC | SFD_NONBLOCK));
    ended_.reset(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    bool watching = watch(arrivals_.get(), signals_.get(), EPOLLIN, EPOLL_CTL_ADD) &&
                    watch(connections_.get(), ended_.get(), EPOLLIN, EPOLL_CTL_ADD) &&
                    collector_.open(arrivals_.get()) &&
                    watch(connections_.get(), collector_.ready(), EPOLLIN, EPOLL_CTL_ADD);
    for (const UniqueFd &listener : listeners_)
        watching = watching && watch(arrivals_.get(), listener.get(), EPOLLIN, EPOLL_CTL_ADD);
    if (!watching)
        return failure(Errc::Unavailable, std::strerror(errno));
    return Done{};
}

Result<Done> FcgiServer::run(Callbacks callbacks) {
    callbacks_ = std::move(callbacks);
    if (const auto watching = watchAll(); !watching)
        return watching;
    FcgiAdapter::startLibrary();
    for (std::size_t i = 0; i < threadCount_; i++)
        threads_.emplace_back([this] { work(); });
    callbacks_.ready();
    loop();
    closeIdle(); // before anything slow: a request that comes meanwhile would get no answer
    ::eventfd_write(ended_.get(), 1);
    for (std::thread &thread : threads_)
        thread.join();
    return Done{};
}

void FcgiServer::loop() {
    std::array<epoll_event, 64> events;
    nextAlive_ = progressAt_ = std::chrono::steady_clock::now();
    for (;;) {
        tellAlive();
        const std::uint64_t servedBefore = served_;
        const int count = ::epoll_wait(arrivals_.get(), events.data(),
                                       static_cast<int>(events.size()), patience());
        if (count == 0 && isEnding_ && served_ == servedBefore && collector_.isEmpty())
            return;
        collector_.giveUpLate(std::chrono::steady_clock::now());
        for (int i = 0; i < count; i++)
            handle(events[static_cast<std::size_t>(i)].data.fd);
    }
}

void FcgiServer::handle(int fd) {
    if (fd == signals_.get())
        takeSignal();
    else if (!collector_.collectMore(fd))
        acceptSome(fd);
}

int FcgiServer::patience() {
    if (isEnding_)
        return static_cast<int>(kQuiet.count());
    const auto collecting = collector_.timeLeft(std::chrono::steady_clock::now());
    auto patience = callbacks_.aliveInterval;
    if (collecting)
        patience = std::min(patience.value_or(*collecting), *collecting);
    return patience ? static_cast<int>(patience->count()) : -1;
}

void FcgiServer::tellAlive() {
    const auto now = std::chrono::steady_clock::now();
    if (!callbacks_.aliveInterval || now < nextAlive_)
        return;
    nextAlive_ = now + *callbacks_.aliveInterval;
    if (getsWorkDone(now))
        callbacks_.alive();
    else
        log(LogLevel::Error, "no thread makes progress", {{"threads", threadCount_}});
}

bool FcgiServer::getsWorkDone(std::chrono::steady_clock::time_point now) {
    constexpr int kIntervals = 3;
    const std::uint64_t served = served_;
    if (served != servedBefore_ || busyThreads_ < threadCount_)
        progressAt_ = now;
    servedBefore_ = served;
    return now - progressAt_ <= kIntervals * *callbacks_.aliveInterval;
}

void FcgiServer::takeSignal() {
    signalfd_siginfo signal{};
    if (::read(signals_.get(), &signal, sizeof signal) != sizeof signal)
        return;
    if (signal.ssi_signo == SIGHUP)
        callbacks_.reload();
    else if (!isEnding_)
        stopAccepting();
}

void FcgiServer::stopAccepting() {
    isEnding_ = true;
    collector_.hurry(std::chrono::steady_clock::now());
    callbacks_.stopping();
    for (const UniqueFd &listener : listeners_)
        ::epoll_ctl(arrivals_.get(), EPOLL_CTL_DEL, listener.get(), nullptr);
}

void FcgiServer::acceptSome(int listener) {
    for (int i = 0; i < kAcceptsPerTurn; i++) {
        UniqueFd connection(::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC));
        if (!connection.isOpen()) {
            if (errno == EMFILE || errno == ENFILE || errno == ENOMEM) {
                log(LogLevel::Warning, "accept failed", {{"reason", std::strerror(errno)}});
                ::usleep(100'000); // others must finish first; spinning would not help them
            }
            return;
        }
        boundWaits(connection.get());
        const int fd = connection.release(); // the pool's, from here on
        becomesIdle(fd, EPOLL_CTL_ADD);
    }
}

void FcgiServer::becomesIdle(int connection, int operation) {
    // Watched under the lock: closeIdle would close it before, and the number be another's.
    const std::lock_guard lock(idleMutex_);
    if (watch(connections_.get(), connection, kOneRequest, operation))
        idle_.insert(connection);
    else
        ::close(connection);
}

bool FcgiServer::isNoMoreIdle(int connection) {
    const std::lock_guard lock(idleMutex_);
    return idle_.erase(connection) > 0;
}

void FcgiServer::closeIdle() {
    const std::lock_guard lock(idleMutex_);
    std::erase_if(idle_, [](int connection) {
        if (hasInput(connection)) // its request waits for a thread
            return false;
        ::close(connection);
        return true;
    });
}

void FcgiServer::work() {
    const FcgiAdapter adapter(maxBodySize_);
    const HttpHandler handler = makeHandler_();
    // The kernel puts `ended_` behind what else is ready: a thread that gets it twice has left
    // nothing unread.
    for (bool hasEnded = false;;) {
        const int fd = waitForOne();
        if (fd == ended_.get() && hasEnded)
            return;
        if (fd != ended_.get()) {
            busyThreads_++;
            if (fd == collector_.ready())
                serveCollected(adapter, handler);
            else
                serve(adapter, handler, fd);
            busyThreads_--;
        }
        hasEnded = fd == ended_.get();
    }
}

int FcgiServer::waitForOne() {
    epoll_event event{};
    for (;;) {
        if (::epoll_wait(connections_.get(), &event, 1, -1) != 1)
            continue; // interrupted
        const int fd = event.data.fd;
        const bool isOurs = fd == ended_.get() || fd == collector_.ready();
        if (isOurs || isNoMoreIdle(fd)) // else it has been closed meanwhile
            return fd;
    }
}

void FcgiServer::serve(const FcgiAdapter &adapter, const HttpHandler &handler, int connection) {
    if (RequestCollector::hasWhole(connection))
        serveReceived(adapter.receive(connection), handler);
    else
        collector_.add(connection, std::chrono::steady_clock::now());
}

void FcgiServer::serveCollected(const FcgiAdapter &adapter, const HttpHandler &handler) {
    if (const auto collected = collector_.take())
        serveReceived(adapter.receive(collected->connection, collected->bytes, collected->wasCut),
                      handler);
}

void FcgiServer::serveReceived(std::unique_ptr<FcgiRequest> request, const HttpHandler &handler) {
    if (request == nullptr)
        served_++;
    else if (request->isWhole() && mayWait_(request->http))
        serveInTurn(std::move(request), handler);
    else
        answer(*request, handler);
}

void FcgiServer::serveInTurn(std::unique_ptr<FcgiRequest> request, const HttpHandler &handler) {
    switch (places_.enter(request, request->http.body.size())) {
    case Places::Turn::Later: // a thread that has a place takes it
        return;
    case Places::Turn::Never:
        request->http.until = {}; // what can be answered without waiting is
        return answer(*request, handler);
    case Places::Turn::Now:
        break;
    }
    for (; request != nullptr; request = places_.leave())
        answer(*request, handler);
}

void FcgiServer::answer(FcgiRequest &request, const HttpHandler &handler) {
    const auto outcome = FcgiAdapter::answer(request, handler);
    served_++;
    if (outcome == FcgiAdapter::Outcome::Kept)
        watchAgain(request.connection());
}

void FcgiServer::watchAgain(int connection) {
    if (isEnding_ && !hasInput(connection))
        ::close(connection);
    else
        becomesIdle(connection, EPOLL_CTL_MOD);
}

} // namespace pregon
