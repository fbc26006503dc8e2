// SPDX-License-Identifier: MIT
#pragma once

#include "shared/config/redis_settings.h"
#include "shared/unix_socket.h"
#include "worker/cluster/redis_protocol.h"
#include "worker/loop/event_loop.h"
#include "worker/loop/name_lookup.h"
#include "worker/loop/tls_stream.h"

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <poll.h>
#include <string>
#include <vector>

namespace pregon {

/// One connection to a Redis or a Sentinel, in the worker's loop. Commands go out at the end of the
/// loop's turn (`flush`) and are answered in their order. After `onLost` was called nothing
/// happens any more, but for destroying it; never from within a callback of its own.
class RedisConnection {
  public:
    using Answer = std::function<void(const RedisReply &)>;
    using Time = std::chrono::steady_clock::time_point;

    struct Callbacks {
        /// What no command has asked for: messages of subscribed channels, and confirmations. Null
        /// where nothing is subscribed to.
        std::function<void(const RedisReply &)> onPush;
        /// With the reason; then commands without an answer are answered with an error.
        std::function<void(const std::string &)> onLost;
    };

    static constexpr std::size_t kMaxUnsent = 64 << 20; ///< bytes; beyond it Redis counts as gone

    /// Begins to connect. Of `settings` counts what concerns TLS and the timeout.
    RedisConnection(EventLoop &loop, const RedisSettings &settings, const RedisAddress &address,
                    Callbacks callbacks);
    /// Goes on with a connection without TLS that has been made before, on which Redis owes
    /// nothing.
    RedisConnection(EventLoop &loop, const RedisSettings &settings, const RedisAddress &address,
                    UniqueFd socket, Callbacks callbacks);
    ~RedisConnection();

    /// Without `answer`: one that comes as a push (SUBSCRIBE).
    void command(const std::vector<std::string> &arguments, Answer answer);
    void flush();
    /// Closes. What has no answer is answered with an error; onLost is not called.
    void end(const std::string &reason = "connection lost");
    /// Gives up if Redis owes an answer, or the connection, for longer than the timeout.
    void tick(Time now);
    /// Sends what waits, for at most `patience`, blocking: before the process ends.
    void finish(std::chrono::milliseconds patience);

    /// Redis owes no answer to a command, and nothing is half sent or half received.
    bool isSettled() const {
        return isConnected_ && awaited_.empty() && unsent_.empty() && decoder_.isEmpty();
    }
    /// For waiting outside of the loop; call `ready` afterwards.
    pollfd waitsFor() const;
    void ready();

    const RedisAddress &address() const { return address_; }
    int socket() const { return socket_.get(); }

  private:
    void connectNext(const std::string &reason);
    bool connectTo(const SocketAddress &address);
    bool finishConnecting();
    void receive();
    void dispatch();
    void fail(const std::string &reason);

    EventLoop &loop_;
    RedisSettings settings_;
    RedisAddress address_;
    Callbacks callbacks_;
    std::unique_ptr<NameLookup> lookup_;
    std::vector<SocketAddress> untried_; ///< the next one is the last
    UniqueFd socket_;
    std::unique_ptr<EventLoop::Watch> watch_;
    std::unique_ptr<ByteStream> stream_;
    RedisDecoder decoder_;
    std::string unsent_;
    std::size_t sent_ = 0; ///< of unsent_
    std::deque<Answer> awaited_;
    Time waitingSince_ = std::chrono::steady_clock::now(); ///< for the connection, or an answer
    bool isConnected_ = false;
    bool isLost_ = false;
    bool waitsToWrite_ = false; ///< what the watch is set to
};

} // namespace pregon
