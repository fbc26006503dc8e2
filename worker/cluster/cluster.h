#pragma once

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

/// This worker among the others, which share applications through Redis (docs/cluster.md): what
/// happens here is told, what happens elsewhere is done here. Exists only where
/// REVERB_SCALING_ENABLED is on; a worker alone pays one test of a pointer.
///
/// The worker has a new name in Redis each time the link comes up, or when others have given it up:
/// it joins under the new one before what is left of the old one is taken out, so that nobody sees
/// its members go. One thread.
class Cluster final : public ClusterLinkListener {
  public:
    /// Until others give up a worker that is not heard of.
    static constexpr std::chrono::milliseconds kLifetime{5000};
    static constexpr std::chrono::milliseconds kHeartbeat{1000};

    /// Borrows all.
    Cluster(ClusterLink &link, ApplicationRegistry &applications, WorkerFigures &figures,
            const Clock &clock);

    // --- from the parts that serve clients; see ClusterChannels and ClusterUsers ---
    void joined(Connection &connection, Channel &channel, const Member *member);
    void userLeft(Channel &channel, Application &application, Connection &connection,
                  const std::string &userId);
    void left(Connection &connection, const std::string &channel, bool isLast);
    void signedIn(Connection &connection, const std::string &userData, bool isWatchlistCut,
                  bool isFirst);
    void signedOut(Connection &connection, const SignedInUser &user, bool isLast);
    std::optional<std::size_t> userCount(const Application &application, std::string_view channel);

    // --- events taken here; see ClusterEvents ---
    bool publish(Application &application, const std::string &channel,
                 const PublishMessage &message) {
        return events_.publish(application, channel, message);
    }
    bool clientEvent(Application &application, const std::string &channel, std::string_view text,
                     const std::string &senderSocketId) {
        return events_.clientEvent(application, channel, text, senderSocketId);
    }
    std::uint64_t mark() const { return events_.mark(); }
    void whenTaken(std::uint64_t mark, std::function<void(bool)> done) {
        events_.whenTaken(mark, std::move(done));
    }
    /// The connections here have been ended by the caller.
    void terminate(Application &application, const std::string &userId);

    // --- from the loop ---
    /// At the end of each turn.
    void flush();
    /// Ten times a second.
    void tick();
    /// The process ends: what it has in Redis is taken out.
    void retire();

    // --- for a hand-over; see Sharing ---
    /// Nobody waits for anything that only Redis can bring.
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
    void beat(bool isFirst);
    void countAnew(std::string_view channel);
    void reap(const std::string &worker, bool isForced);
    void channelMessage(std::string_view topic, std::string_view payload);
    void obey(std::string_view payload);

    ClusterContext context_;
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
