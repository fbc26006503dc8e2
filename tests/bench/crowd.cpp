// SPDX-License-Identifier: MIT
#include "tests/bench/crowd.h"

#include "shared/process/daemon.h"
#include "shared/protocol/hmac_signer.h"

#include <algorithm>
#include <array>
#include <sys/epoll.h>

namespace pregon::bench {

Crowd::Crowd(const Server &server) : server_(server), poll_(::epoll_create1(EPOLL_CLOEXEC)) {}

Clients Crowd::connect(std::size_t count, const ChannelOf &channelOf) {
    Clients clients;
    clients.reserve(count);
    while (clients.size() < count) {
        auto client = std::make_unique<Client>(server_, channelOf ? channelOf(clients.size()) : "");
        client->othersOfAll = &others_;
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

void Crowd::subscribe(const Clients &clients, const ChannelOf &channelOf) {
    const std::size_t before = total(clients, &Client::confirmations);
    for (std::size_t next = 0; next < clients.size();) {
        const std::size_t end = std::min(next + kJoinsAtATime, clients.size());
        for (; next < end; next++)
            clients[next]->send(subscribeFrame(server_, *clients[next], channelOf(next), next));
        readUntil([&] { return total(clients, &Client::confirmations) == before + end; });
    }
}

Clients Crowd::join(std::size_t count, const ChannelOf &channelOf) {
    Clients clients = connect(count, channelOf);
    if (server_.greets())
        subscribe(clients, channelOf);
    return clients;
}

void Crowd::readUntil(const std::function<bool()> &isDone) {
    const auto deadline = Clock::now() + kPatience;
    while (!isDone()) {
        if (Clock::now() > deadline)
            fail(server_.name + " does not answer in time");
        readOnce(100);
    }
}

void Crowd::readFor(std::chrono::milliseconds time) {
    const auto deadline = Clock::now() + time;
    for (auto left = time; left.count() > 0;
         left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()))
        readOnce(static_cast<int>(left.count()));
}

void Crowd::readOnce(int milliseconds) {
    std::array<epoll_event, 512> events;
    const int count = ::epoll_wait(poll_.get(), events.data(), events.size(), milliseconds);
    for (int i = 0; i < count; i++)
        static_cast<Client *>(events[static_cast<std::size_t>(i)].data.ptr)->receive();
}

std::string subscribeFrame(const Server &server, const Client &client, const std::string &channel,
                           std::size_t user, const std::string &userInfo) {
    std::string data = R"({"channel":)" + jsonText(channel), member;
    if (channel.starts_with("presence-"))
        member = R"({"user_id":")" + std::to_string(user) + '"' +
                 (userInfo.empty() ? "" : R"(,"user_info":)") + userInfo + '}';
    if (!member.empty() || channel.starts_with("private-")) {
        const std::string signature =
            HmacSigner(server.secret)
                .sign(client.socketId + ":" + channel + (member.empty() ? "" : ":" + member));
        data += R"(,"auth":)" + jsonText(server.key + ":" + signature);
    }
    if (!member.empty())
        data += R"(,"channel_data":)" + jsonText(member);
    return maskedFrame(R"({"event":"pusher:subscribe","data":)" + data + "}}");
}

std::size_t total(const Clients &clients, std::size_t Client::*counter) {
    std::size_t sum = 0;
    for (const auto &client : clients)
        sum += (*client).*counter;
    return sum;
}

void settle(Crowd &crowd, const Clients &clients) {
    if (!crowd.server().greets())
        return;
    const std::size_t wanted = total(clients, &Client::pongs) + clients.size();
    for (const auto &client : clients)
        client->send(maskedFrame(R"({"event":"pusher:ping","data":{}})"));
    crowd.readUntil([&] { return total(clients, &Client::pongs) == wanted; });
}

void needFiles(std::size_t count) {
    constexpr std::size_t kSpare = 100;
    const std::size_t limit = raiseFileLimit();
    if (limit < count + kSpare)
        fail("needs " + std::to_string(count + kSpare) + " descriptors, may have " +
             std::to_string(limit) + ": ulimit -Hn");
}

} // namespace pregon::bench
