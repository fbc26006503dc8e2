#pragma once

#include "tests/bench/crowd.h"

#include <array>
#include <csignal>
#include <cstring>
#include <liburing.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace pregon::bench {

/// A process that sends the same bytes to each of many sockets for each event, and does nothing
/// else: what the kernel asks of any server. One event at a time.
class BareSender {
  public:
    enum class Way {
        Send,   ///< one send() per socket
        IoUring ///< one submit for all sockets
    };

    static bool hasIoUring() {
        io_uring ring;
        if (io_uring_queue_init(8, &ring, 0) != 0)
            return false;
        io_uring_queue_exit(&ring);
        return true;
    }

    BareSender(Way way, std::size_t sockets, std::size_t bytes)
        : bytes_(bytes), poll_(::epoll_create1(EPOLL_CLOEXEC)) {
        std::vector<UniqueFd> ours(sockets);
        readers_.resize(sockets);
        for (std::size_t i = 0; i < sockets; i++)
            connect(ours[i], readers_[i], SOCK_STREAM);
        UniqueFd orders;
        connect(orders, orders_, SOCK_STREAM);
        process_ = ::fork();
        if (process_ == 0) {
            obey(way, ours, orders.get(), bytes);
            ::_exit(0);
        }
        for (std::size_t i = 0; i < sockets; i++) {
            epoll_event event{EPOLLIN, {.fd = readers_[i].get()}};
            if (::epoll_ctl(poll_.get(), EPOLL_CTL_ADD, readers_[i].get(), &event) != 0)
                fail("epoll takes no more");
        }
    }
    ~BareSender() {
        ::kill(process_, SIGKILL);
        ::waitpid(process_, nullptr, 0);
    }

    /// Nanoseconds of CPU per delivery.
    double measure(std::size_t events) {
        const std::size_t wanted = events * readers_.size() * bytes_;
        std::size_t got = 0;
        const double before = cpuOf(process_);
        std::thread conductor([&] { conduct(events); });
        const auto deadline = Clock::now() + kPatience;
        while (got < wanted) {
            if (Clock::now() > deadline)
                fail("the bare sender does not send");
            got += readSome();
        }
        conductor.join();
        return (cpuOf(process_) - before) / static_cast<double>(events * readers_.size());
    }

  private:
    static void connect(UniqueFd &one, UniqueFd &other, int type) {
        int fds[2];
        if (::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, fds) != 0)
            fail("socketpair: " + std::string(std::strerror(errno)));
        one.reset(fds[0]);
        other.reset(fds[1]);
    }

    /// As a publisher: the next event once the last one is out.
    void conduct(std::size_t events) {
        for (char byte = 1; events > 0; events--)
            if (::write(orders_.get(), &byte, 1) != 1 || ::read(orders_.get(), &byte, 1) != 1)
                fail("the bare sender has ended");
    }

    std::size_t readSome() {
        static std::array<char, 1 << 16> buffer;
        std::array<epoll_event, 512> events;
        std::size_t got = 0;
        const int count = ::epoll_wait(poll_.get(), events.data(), events.size(), 100);
        for (int i = 0; i < count; i++) {
            const ssize_t size = ::recv(events[static_cast<std::size_t>(i)].data.fd, buffer.data(),
                                        buffer.size(), MSG_DONTWAIT);
            got += size > 0 ? static_cast<std::size_t>(size) : 0;
        }
        return got;
    }

    /// In the process of its own.
    static void obey(Way way, const std::vector<UniqueFd> &sockets, int orders, std::size_t bytes) {
        const std::string frame(bytes, 'x');
        io_uring ring{};
        if (way == Way::IoUring &&
            io_uring_queue_init(static_cast<unsigned>(sockets.size()), &ring, 0) != 0)
            ::_exit(1);
        for (char order; ::read(orders, &order, 1) == 1;) {
            if (way == Way::Send)
                for (const UniqueFd &socket : sockets)
                    (void)::send(socket.get(), frame.data(), frame.size(), MSG_NOSIGNAL);
            else
                submit(ring, sockets, frame);
            if (::write(orders, &order, 1) != 1)
                return;
        }
    }

    static void submit(io_uring &ring, const std::vector<UniqueFd> &sockets,
                       const std::string &frame) {
        for (const UniqueFd &socket : sockets)
            io_uring_prep_send(io_uring_get_sqe(&ring), socket.get(), frame.data(), frame.size(),
                               MSG_NOSIGNAL);
        io_uring_submit_and_wait(&ring, static_cast<unsigned>(sockets.size()));
        io_uring_cq_advance(&ring, static_cast<unsigned>(sockets.size()));
    }

    std::size_t bytes_;
    UniqueFd poll_;
    std::vector<UniqueFd> readers_;
    UniqueFd orders_;
    pid_t process_ = -1;
};

} // namespace pregon::bench
