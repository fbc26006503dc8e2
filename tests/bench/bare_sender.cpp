// SPDX-License-Identifier: MIT
#include "tests/bench/bare_sender.h"

#include <array>
#include <fcntl.h>
#include <liburing.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace pregon::bench {
namespace {

constexpr int kOrders = 3, kListener = 4; // in the process of its own
constexpr std::size_t kMaxFrame = 64 << 10;

/// A server's frame: not masked.
std::string textFrame(const std::string &text) {
    std::string frame = "\x81";
    if (text.size() < 126) {
        frame += static_cast<char>(text.size());
    } else {
        frame += '\x7e';
        frame += static_cast<char>(text.size() >> 8);
        frame += static_cast<char>(text.size() & 0xff);
    }
    return frame + text;
}

class OrderPublisher : public Publisher {
  public:
    explicit OrderPublisher(int orders) : orders_(orders) {}
    void publish(const Event &event, std::size_t count) override {
        const std::string frame = textFrame(messageOf(event));
        for (char done; count > 0; count--)
            if (::send(orders_, frame.data(), frame.size(), MSG_NOSIGNAL) < 0 ||
                ::recv(orders_, &done, 1, 0) != 1)
                fail("the bare sender has ended");
    }

  private:
    int orders_;
};

std::vector<int> acceptAll(std::size_t sockets) {
    constexpr std::string_view answer = "HTTP/1.1 101 Switching Protocols\r\n\r\n";
    std::vector<int> clients;
    while (clients.size() < sockets) {
        clients.push_back(::accept4(kListener, nullptr, nullptr, SOCK_CLOEXEC));
        if (::send(clients.back(), answer.data(), answer.size(), MSG_NOSIGNAL) < 0)
            ::_exit(1);
    }
    return clients;
}

void submit(io_uring &ring, const std::vector<int> &clients, const char *frame, std::size_t size) {
    for (const int client : clients)
        io_uring_prep_send(io_uring_get_sqe(&ring), client, frame, size, MSG_NOSIGNAL);
    io_uring_submit_and_wait(&ring, static_cast<unsigned>(clients.size()));
    io_uring_cq_advance(&ring, static_cast<unsigned>(clients.size()));
}

void obey(BareSender::Way way, std::size_t sockets) {
    const std::vector<int> clients = acceptAll(sockets);
    std::array<char, kMaxFrame> frame;
    io_uring ring{};
    if (way == BareSender::Way::IoUring &&
        io_uring_queue_init(static_cast<unsigned>(sockets), &ring, 0) != 0)
        ::_exit(1);
    for (;;) {
        const ssize_t got = ::recv(kOrders, frame.data(), frame.size(), 0);
        if (got <= 0)
            return;
        const auto size = static_cast<std::size_t>(got);
        if (way == BareSender::Way::IoUring)
            submit(ring, clients, frame.data(), size);
        else
            for (const int client : clients)
                (void)::send(client, frame.data(), size, MSG_NOSIGNAL);
        if (::send(kOrders, "", 1, MSG_NOSIGNAL) != 1)
            return;
    }
}

} // namespace

bool BareSender::hasIoUring() {
    io_uring ring;
    if (io_uring_queue_init(8, &ring, 0) != 0)
        return false;
    io_uring_queue_exit(&ring);
    return true;
}

BareSender::BareSender(Way way, const Options &options, std::size_t sockets)
    : Server(way == Way::Send ? "send()" : "io_uring", options) {
    address = orFail(parseListenAddress("unix:" + folder + "/bare.sock"));
    const UniqueFd listening = orFail(listenOn(address));
    ::fcntl(listening.get(), F_SETFL, 0); // it may block
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        fail("socketpair");
    orders_.reset(ends[0]);
    const UniqueFd theirs(ends[1]);
    process = std::make_unique<Process>(std::vector<int>{theirs.get(), listening.get()},
                                        [&] { obey(way, sockets); });
}

std::unique_ptr<Publisher> BareSender::publisher() const {
    return std::make_unique<OrderPublisher>(orders_.get());
}

} // namespace pregon::bench
