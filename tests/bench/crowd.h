// SPDX-License-Identifier: MIT
#pragma once

#include "tests/bench/counting_client.h"

#include <functional>
#include <memory>
#include <vector>

namespace pregon::bench {

constexpr std::size_t kJoinsAtATime = 200;
using Clients = std::vector<std::unique_ptr<Client>>;

/// Clients of one server, read whenever somebody waits for something. For one thread. It outlives
/// its clients.
class Crowd {
  public:
    explicit Crowd(const Server &server);

    const Server &server() const { return server_; }
    /// Client::others of all clients there ever were.
    std::size_t others() const { return others_; }
    using ChannelOf = std::function<std::string(std::size_t)>;
    /// Greeted ones; kJoinsAtATime of them at a time. `channelOf` is for servers that take the
    /// channel in the request.
    Clients connect(std::size_t count, const ChannelOf &channelOf = {});
    /// Subscribes the i-th to `channelOf(i)`, kJoinsAtATime at a time; returns when all are in.
    void subscribe(const Clients &clients, const ChannelOf &channelOf);
    /// Both, whatever the server's way is.
    Clients join(std::size_t count, const ChannelOf &channelOf);
    Clients join(std::size_t count, const std::string &channel) {
        return join(count, [&](std::size_t) { return channel; });
    }

    /// Reads for at most kPatience.
    void readUntil(const std::function<bool()> &isDone);
    void readFor(std::chrono::milliseconds time);

  private:
    void readOnce(int milliseconds);

    const Server &server_;
    UniqueFd poll_;
    std::size_t others_ = 0;
};

/// `pusher:subscribe` to a public channel, or signed to a private or presence channel; a presence
/// channel's member is `user`.
std::string subscribeFrame(const Server &server, const Client &client, const std::string &channel,
                           std::size_t user, const std::string &userInfo = {});
std::size_t total(const Clients &clients, std::size_t Client::*counter);
/// Waits until the server has handled everything that the clients have sent, if it answers clients.
void settle(Crowd &crowd, const Clients &clients);
/// Ends the run unless this process may have so many descriptors.
void needFiles(std::size_t count);

} // namespace pregon::bench
