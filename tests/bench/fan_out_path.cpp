// SPDX-License-Identifier: MIT

// The fan-out path alone: what a delivery costs between an event and the kernel. Run by
// tests/check-fan-out-path, under callgrind and without.
// usage: fan_out_path sendmsg|io_uring WINDOW
//
// Prints `deliveries N allocations N`: those of operator new in the measured part beyond the one
// that each event's frame is.

#include "shared/unix_socket.h"
#include "tests/bench/process.h"
#include "worker/channels/channel_registry.h"
#include "worker/clients/fan_out.h"

#include <array>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <new>
#include <sys/socket.h>

namespace {

std::size_t allocations = 0;

} // namespace

void *operator new(std::size_t size) {
    allocations++;
    if (void *memory = std::malloc(size > 0 ? size : 1))
        return memory;
    throw std::bad_alloc();
}
void operator delete(void *memory) noexcept {
    std::free(memory);
}
void operator delete(void *memory, std::size_t) noexcept {
    std::free(memory);
}

namespace {

using namespace pregon;
using namespace pregon::bench;

constexpr std::size_t kSubscribers = 200;
constexpr std::size_t kTurns = 100;
constexpr std::size_t kWarmUp = 10;

struct Nobody final : SocketOwner {
    void awaitWritable(Connection &) override { fail("a full socket"); }
    void closeSoon(Connection &) override { fail("a closing"); }
};

struct Subscriber {
    Subscriber(Outbound &outbound, std::size_t number)
        : connection(nullptr, std::to_string(number) + ".1", outbound) {
        int fds[2] = {-1, -1};
        if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0)
            fail("socketpair: " + std::string(std::strerror(errno)));
        ours.reset(fds[0]);
        theirs.reset(fds[1]);
        connection.socket = fds[0];
    }
    std::size_t read() {
        static std::array<char, 1 << 16> buffer;
        const ssize_t got = ::recv(theirs.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
        return got > 0 ? static_cast<std::size_t>(got) : 0;
    }

    Connection connection;
    UniqueFd ours, theirs;
};

/// One turn of the loop. Its name is what callgrind is told to look at.
[[gnu::noinline]] void measuredTurn(Channel &channel, FanOut &fanOut, std::size_t window,
                                    std::string_view payload) {
    for (std::size_t i = 0; i < window; i++)
        channel.publish(textFrame(payload));
    fanOut.flush();
}

void run(SendBatch::Way way, std::size_t window) {
    Outbound outbound{.dirty = {}, .maxQueuedBytes = 1 << 20};
    Nobody owner;
    FanOut fanOut(outbound, owner, way);
    if (fanOut.way() != way)
        fail("no io_uring here");
    ChannelRegistry channels;
    std::vector<std::unique_ptr<Subscriber>> subscribers;
    for (std::size_t i = 0; i < kSubscribers; i++) {
        subscribers.push_back(std::make_unique<Subscriber>(outbound, i));
        channels.subscribe(subscribers.back()->connection, "tienda");
    }
    Channel &channel = *channels.find("tienda");
    const std::string payload(180, 'x');
    const std::size_t wanted = window * textFrame(payload).size();

    std::size_t counted = 0;
    for (std::size_t turn = 0; turn < kWarmUp + kTurns; turn++) {
        const std::size_t before = allocations;
        measuredTurn(channel, fanOut, window, payload);
        counted += turn < kWarmUp ? 0 : allocations - before;
        for (const auto &subscriber : subscribers)
            if (subscriber->read() != wanted)
                fail("not all has arrived");
    }
    std::printf("deliveries %zu allocations %zu\n", (kWarmUp + kTurns) * window * kSubscribers,
                counted - kTurns * window);
    for (const auto &subscriber : subscribers)
        channels.unsubscribe(*subscriber->connection.subscriptions.begin());
}

} // namespace

int main(int argc, char **argv) {
    std::size_t window = 0;
    if (argc != 3 ||
        std::from_chars(argv[2], argv[2] + std::strlen(argv[2]), window).ec != std::errc() ||
        window == 0)
        fail("usage: fan_out_path sendmsg|io_uring WINDOW");
    run(argv[1] == std::string_view("io_uring") ? SendBatch::Way::IoUring : SendBatch::Way::SendMsg,
        window);
    return 0;
}
