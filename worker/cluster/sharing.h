// SPDX-License-Identifier: MIT
#pragma once

#include "worker/cluster/cluster.h"
#include "worker/cluster/cluster_state.h"
#include "worker/cluster/redis_link.h"

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace pregon {

/// What makes a worker one of several: the cluster, and its link to Redis.
class Sharing {
  public:
    /// Borrows all but the settings. `served` is called after each message of Redis.
    Sharing(EventLoop &loop, const RedisSettings &settings, ApplicationRegistry &applications,
            WorkerFigures &figures, const Clock &clock, std::function<void()> served);

    void start();
    /// At the end of each turn of the loop.
    void flush();
    /// Ten times a second.
    void tick();
    /// Before the process ends: what it has in Redis is taken out.
    void retire();

    Cluster &cluster() { return cluster_; }
    bool isUp() const { return link_.isUp(); }
    /// False while the first attempt to reach Redis is under way, for at most the settings' timeout
    /// per sentinel. A client that were let in meanwhile would be told that it is subscribed, and
    /// miss what others publish.
    bool wasTried() const { return link_.wasTried(); }

    // --- for a hand-over ---
    // The sockets to Redis go along, so that nothing that it sends is missed.
    /// A connection with TLS cannot change hands.
    bool canBeHandedOver() const { return !settings_.tls; }
    /// Between two turns of the loop: waits, up to `until`, until nothing is on its way between
    /// Redis and this worker but what others publish. True at once while the link is down.
    bool settle(std::chrono::steady_clock::time_point until);
    /// As if the link had been lost.
    void giveUpRedis();
    ClusterState state() const;
    /// None while the link is down.
    std::vector<int> sockets() const { return link_.sockets(); }
    /// In place of `start`, when the clients are in their channels. BadRequest: this is not the
    /// Redis of the settings.
    Result<Done> resume(const ClusterState &state, std::vector<UniqueFd> sockets);

  private:
    bool isSettled() const { return !isUp() || (link_.isSettled() && cluster_.isSettled()); }

    RedisSettings settings_;
    ApplicationRegistry &applications_;
    std::function<void()> served_;
    RedisLink link_;
    Cluster cluster_;
};

} // namespace pregon
