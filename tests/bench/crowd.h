#pragma once

#include "shared/app_config.h"
#include "shared/json_scan.h"
#include "tests/bench/counting_client.h"

#include <charconv>
#include <ctime>
#include <functional>
#include <memory>
#include <sys/epoll.h>
#include <vector>

namespace pregon::bench {

constexpr std::size_t kJoinsAtATime = 200;
using Clients = std::vector<std::unique_ptr<Client>>;

/// All clients of one worker, read whenever somebody waits for something.
class Crowd {
  public:
    explicit Crowd(AppConfig config) : config_(std::move(config)), poll_(::epoll_create1(0)) {}

    const AppConfig &config() const { return config_; }
    const App &app() const { return config_.apps.front(); }

    Clients connect(std::size_t count) {
        Clients clients;
        while (clients.size() < count) {
            auto client = std::make_unique<Client>(config_.wsListen.front().path, app().key);
            epoll_event event{EPOLLIN, {.ptr = client.get()}};
            if (::epoll_ctl(poll_.get(), EPOLL_CTL_ADD, client->fd(), &event) != 0)
                fail("epoll takes no more");
            clients.push_back(std::move(client));
            if (clients.size() % kJoinsAtATime == 0 || clients.size() == count)
                readUntil([&] { return !clients.back()->socketId.empty(); });
        }
        readUntil([&] {
            return std::ranges::none_of(clients, [](auto &one) { return one->socketId.empty(); });
        });
        return clients;
    }

    void readUntil(const std::function<bool()> &isDone) {
        std::array<epoll_event, 512> events;
        const auto deadline = Clock::now() + kPatience;
        while (!isDone()) {
            if (Clock::now() > deadline)
                fail("the worker does not answer in time");
            const int count = ::epoll_wait(poll_.get(), events.data(), events.size(), 100);
            for (int i = 0; i < count; i++)
                static_cast<Client *>(events[static_cast<std::size_t>(i)].data.ptr)->receive();
        }
    }

  private:
    AppConfig config_;
    UniqueFd poll_;
};

inline std::string quoted(std::string_view text) {
    std::string json;
    appendJsonString(json, text);
    return json;
}

inline std::size_t total(const Clients &clients, std::size_t Client::*counter) {
    std::size_t sum = 0;
    for (const auto &client : clients)
        sum += (*client).*counter;
    return sum;
}

/// Nanoseconds on a processor, of all of the process's threads.
inline double cpuOf(pid_t process) {
    clockid_t clock{};
    timespec time{};
    if (::clock_getcpuclockid(process, &clock) != 0 || ::clock_gettime(clock, &time) != 0)
        fail("the worker is gone");
    return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

/// Waits until the worker has handled everything that the clients have sent.
inline void settle(Crowd &crowd, const Clients &clients) {
    const std::size_t wanted = total(clients, &Client::pongs) + clients.size();
    for (const auto &client : clients)
        client->send(maskedFrame(R"({"event":"pusher:ping","data":{}})"));
    crowd.readUntil([&] { return total(clients, &Client::pongs) == wanted; });
}

inline std::size_t number(std::string_view text) {
    std::size_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value == 0)
        fail("not a number: " + std::string(text));
    return value;
}

} // namespace pregon::bench
