// SPDX-License-Identifier: MIT
#pragma once

#include "shared/keyed_hash.h"
#include "worker/cluster/cluster_link.h"
#include "worker/cluster/redis_connection.h"

#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace pregon {

/// The link to the Redis of the settings: one connection for commands, one for subscriptions, both
/// in the worker's loop. Where there are sentinels they are asked, one after the other, where the
/// master is. A link that is lost is made again, at first soon, then every few seconds, for ever.
/// Redis that has become a replica counts as lost, and so does one that does not answer.
class RedisLink final : public ClusterLink {
  public:
    RedisLink(EventLoop &loop, RedisSettings settings);
    ~RedisLink() override;

    /// Begins. Borrows `listener`; `served` is called after each message that it was told.
    void start(ClusterLinkListener &listener, std::function<void()> served);
    /// Sends what the turn of the loop has brought.
    void flush();
    /// Call some ten times a second.
    void tick();
    /// Sends what waits, blocking for a moment, and ends: before the process does.
    void finish();

    /// Redis has been reached, or each place to ask for it once without success.
    bool wasTried() const { return untried_ == 0; }
    /// As if it had been lost.
    void giveUp(const std::string &reason) { lost(reason); }

    // --- for a hand-over, without TLS ---
    /// Redis owes nothing: no answer, no confirmation of a subscription.
    bool isSettled() const;
    /// Waits outside of the loop until Redis says something, for at most `patience`, and does as
    /// `tick`.
    void wait(std::chrono::milliseconds patience);
    /// While the link is up: of the commands, and of the subscriptions.
    std::vector<int> sockets() const;
    /// In place of `start`, with the sockets of a link that was up and settled, to `address`. Is up
    /// at once; the listener is not told.
    void resume(ClusterLinkListener &listener, std::function<void()> served,
                const RedisAddress &address, std::vector<UniqueFd> sockets);

    bool isUp() const override { return isUp_; }
    void run(ClusterScript script, std::vector<std::string> arguments, Answer answer) override;
    void publish(const std::string &topic, std::string_view payload, Answer answer) override;
    void subscribe(const std::string &topic) override;
    void unsubscribe(const std::string &topic) override;
    std::string address() const override;
    const RedisAddress &redisAddress() const;

  private:
    using Time = RedisConnection::Time;

    void begin();
    void askSentinel();
    void open(const RedisAddress &address);
    void refuseCluster(RedisConnection &connection);
    void loadScripts();
    RedisConnection::Callbacks callbacksOfCommands();
    RedisConnection::Callbacks callbacksOfSubscriptions();
    void authenticate(RedisConnection &connection, const std::string &username,
                      const std::string &password);
    void expect(RedisConnection &connection, std::vector<std::string> command,
                std::function<void(const RedisReply &)> then);
    Answer watched(Answer answer);
    Answer watchedScript(Answer answer);
    void pushed(const RedisReply &reply);
    void maybeUp();
    void lost(const std::string &reason);

    EventLoop &loop_;
    RedisSettings settings_;
    std::string topics_; ///< prefix of pub/sub channels, which know no database numbers
    ClusterLinkListener *listener_ = nullptr;
    std::function<void()> served_;
    std::unique_ptr<RedisConnection> sentinel_, commands_, subscriptions_;
    std::vector<std::unique_ptr<RedisConnection>> gone_; ///< until it is safe to destroy them
    std::array<std::string, static_cast<std::size_t>(ClusterScript::Last_)> digests_;
    std::size_t loaded_ = 0;    ///< scripts
    TextMap<int> unconfirmed_;  ///< SUBSCRIBEs and UNSUBSCRIBEs by topic
    bool isSubscribed_ = false; ///< to the control topic
    bool isUp_ = false;
    bool isLogged_ = false; ///< that it is away
    std::size_t nextSentinel_ = 0;
    std::size_t untried_; ///< places that have not been asked since the start
    Time tryAt_{};
    Time pingedAt_{};
    Time refusalLoggedAt_{};
    std::chrono::milliseconds pause_{};
};

} // namespace pregon
