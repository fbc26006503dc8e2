// SPDX-License-Identifier: MIT
#pragma once

#include "shared/ipc/ipc_message.h"
#include "worker/cluster/cluster_channels.h"
#include "worker/cluster/cluster_context.h"
#include "worker/cluster/cluster_link.h"
#include "worker/cluster/cluster_state.h"
#include "worker/cluster/cluster_users.h"
#include "worker/cluster/wire.h"

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace pregon {

/// Events on their way through Redis. Those that are taken here come back before they are delivered
/// here too, so that every subscriber of every worker sees the events of a channel in the same
/// order, whichever workers took them.
class ClusterEvents {
  public:
    /// Borrows all.
    ClusterEvents(ClusterContext &context, ClusterChannels &channels, const ClusterUsers &users)
        : context_(context), channels_(channels), users_(users) {}

    /// False: Redis is away, the caller delivers.
    bool publish(Application &application, const std::string &channel,
                 const PublishMessage &message);
    bool clientEvent(Application &application, const std::string &channel, std::string_view text,
                     const std::string &senderSocketId);
    /// To every worker, on the control topic.
    void tellAll(const std::string &payload);
    /// A point in what is published, for `whenTaken`.
    std::uint64_t mark() const { return sent_; }
    /// Calls back when Redis has answered for everything published until now: false unless it has
    /// taken all since `mark`.
    void whenTaken(std::uint64_t mark, std::function<void(bool)> done);

    /// From the channel's topic, by any worker: a Wire::EventMessage.
    void heard(Application &application, std::string_view channel, std::string_view payload);
    /// What has not come back is delivered here without it.
    void linkIsLost();
    /// Now and then.
    void forgetUnheard();

    // --- for a hand-over ---
    /// No event waits for `whenTaken`.
    bool isQuiet() const { return taken_.empty(); }
    void describe(ClusterState &state) const;
    void resume(const ClusterState &state);

  private:
    struct Taken {
        std::uint64_t from, until;
        std::function<void(bool)> done;
    };

    struct Event {
        Application *application = nullptr;
        std::string channel;
        Wire::Kind kind = Wire::Kind::Event;
        std::uint64_t sequence = 0;
        std::string exceptSocketId;
        std::string body;
        std::int64_t answeredAt = 0; ///< 0: not yet
        bool mayStayAway = false;    ///< Redis was not known to send it back when it was sent
        std::uint64_t version = 0;   ///< of one of a cache channel; 0: has not been through Redis
    };

    void send(Event event);
    ClusterLink::Answer counted(std::function<void(bool)> then);
    void answered(std::uint64_t sequence, bool isTaken);
    void deliver(const Event &event);
    void deliverOverdue(const Event &before);

    ClusterContext &context_;
    ClusterChannels &channels_;
    const ClusterUsers &users_;
    std::uint64_t sent_ = 0, answered_ = 0; ///< publications
    std::uint64_t failedAt_ = 0;            ///< the last that Redis did not take
    std::deque<Taken> taken_;
    std::map<std::uint64_t, Event> own_; ///< on their way through Redis, by sequence
    std::uint64_t lastSequence_ = 0;
};

} // namespace pregon
