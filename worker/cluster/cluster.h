// SPDX-License-Identifier: MIT
#pragma once

#include "worker/channels/alone.h"
#include "worker/cluster/cluster_channels.h"
#include "worker/cluster/cluster_context.h"
#include "worker/cluster/cluster_counts.h"
#include "worker/cluster/cluster_events.h"
#include "worker/cluster/cluster_link.h"
#include "worker/cluster/cluster_state.h"
#include "worker/cluster/cluster_users.h"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace pregon {

/// This worker among the others, which share applications through Redis (docs/cluster.md): it
/// reports what happens here, and applies what happens on the other workers. Exists only where
/// REVERB_SCALING_ENABLED is on.
///
/// The worker has a new name in Redis each time the link comes up, or when its lease has expired:
/// it joins under the new name before the entries of the old name are removed, so that its members
/// are not announced as removed. One thread.
class Cluster final : public Neighbours, public ClusterLinkListener {
  public:
    /// Until others give up a worker that is not heard of.
    static constexpr std::chrono::milliseconds kLifetime{5000};
    static constexpr std::chrono::milliseconds kHeartbeat{1000};

    /// Borrows all.
    Cluster(ClusterLink &link, ApplicationRegistry &applications, WorkerFigures &figures,
            const Clock &clock);

    // --- see ClusterChannels, ClusterUsers and ClusterEvents ---
    void joined(const Joining &joining) override;
    void memberLeft(Connection &connection, Channel &channel, const std::string &userId) override;
    void left(Connection &connection, const std::string &channel, bool isLast) override;
    bool isEveryMemberHere() const override { return false; }
    void signedIn(const SigningIn &signingIn) override;
    void signedOut(Connection &connection, const SignedInUser &user, bool isLast) override;
    /// While Redis is away the clients here get it at once.
    std::size_t publish(Application &application, const std::string &channel,
                        const Publication &publication) override;
    void clientEvent(Connection &sender, const std::string &channel,
                     const std::string &text) override;
    void terminated(Application &application, const std::string &userId) override;

    std::optional<std::size_t> userCount(const Application &application, std::string_view channel);
    std::uint64_t mark() const { return events_.mark(); }
    void whenTaken(std::uint64_t mark, std::function<void(bool)> done) {
        events_.whenTaken(mark, std::move(done));
    }

    // --- from the loop ---
    /// At the end of each turn.
    void flush();
    /// Ten times a second.
    void tick();
    /// The process ends: what it has in Redis is taken out.
    void retire();

    // --- for a hand-over; see Sharing ---
    /// No client or request waits for an answer of Redis.
    bool isSettled() const;
    ClusterState state() const;
    /// Goes on as the other worker under its name, when its clients are in their channels. If the
    /// link is down, as that one did: alone.
    void resume(const ClusterState &state);

    const ClusterContext &context() const { return context_; }
    bool isUp() const { return context_.isUp(); }
    ClusterCounts &counts() { return counts_; }

    void linkIsUp() override;
    void linkIsDown() override;
    void refused() override;
    void subscribed(const std::string &topic) override;
    void message(const std::string &topic, std::string_view payload) override;

  private:
    bool isLongHere() const { return context_.milliseconds() - enteredAt_ >= kLifetime.count(); }
    void enter();
    enum class Beat { First, Next }; ///< under this name
    void beat(Beat beat);
    void countAnew(std::string_view channel);
    enum class Reaped { Dead, OwnFormerName }; ///< only a dead one may turn out to live
    void reap(const std::string &worker, Reaped reaped);
    void obey(std::string_view payload);

    ClusterContext context_;
    Alone alone_; ///< delivers while Redis is away
    ClusterChannels channels_;
    ClusterUsers users_;
    ClusterCounts counts_;
    ClusterEvents events_;
    std::int64_t enteredAt_ = 0;
    bool isWanting_ = false; ///< Redis does not have what is here: to be joined again
    std::int64_t beatAt_ = 0;
    bool isBeating_ = false; ///< an answer is awaited
};

} // namespace pregon
