// SPDX-License-Identifier: MIT
#pragma once

#include "shared/keyed_hash.h"
#include "worker/cluster/cluster_context.h"
#include "worker/cluster/cluster_members.h"
#include "worker/cluster/cluster_state.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace pregon {

/// The channels that have subscribers here, as the cluster has them. A subscription is confirmed to
/// the client when Redis sends this worker what is published on the channel from then on, and for a
/// presence channel when the user is among its members there. While Redis is away everything is
/// confirmed at once with what this worker knows; on its return the difference is told.
/// What it asks of Redis is in cluster_sync.cpp.
class ClusterChannels {
  public:
    explicit ClusterChannels(ClusterContext &context) : context_(context) {}

    /// The connection is in the channel, and in its Presence as `member` (null: no presence
    /// channel). Confirms now or later.
    void joined(Connection &connection, Channel &channel, const Member *member);
    /// The member's last connection here has left; it is still among the subscribers.
    void memberLeft(Connection &connection, Channel &channel, const std::string &userId);
    /// The connection leaves the channel; `isLast` of this worker's.
    void left(Connection &connection, Application &application, const std::string &name,
              bool isLast);
    /// Users in the whole cluster; nullopt if this worker has no subscriber there.
    std::optional<std::size_t> userCount(const Application &application, std::string_view name);

    bool has(const std::string &topic) const {
        return byTopic_.contains(topic) || kept_.contains(topic);
    }
    bool isLive(const std::string &topic) const;
    /// Redis is back and has not confirmed yet that it sends again what is published here.
    bool isDeafSinceReturn(const std::string &topic) const;
    /// The subscribers of a channel here have been confirmed.
    std::function<void(Application &, const std::string &)> whenLive;

    /// Nobody comes back to the channel any more for what was missed.
    void ringIsDropped(const Application &application, const std::string &name);

    void subscribed(const std::string &topic);
    void memberMessage(const std::string &topic, std::string_view payload);
    /// An event of a cache channel, which has come as `frame`: remembers it unless a later one is
    /// known, and sends it to the subscribers here who have not been given it, or a later one, and
    /// will not be when they are confirmed. `version` 0: it has not been through Redis. For how
    /// many.
    std::size_t publishCached(const std::string &topic, std::uint64_t version, CachedEvent event,
                              const Frame &frame, const Connection *except);

    // --- for a hand-over ---
    /// Nobody here waits to be confirmed.
    bool isQuiet() const;
    std::vector<ClusterState::Channel> state() const;
    /// The channels have their subscribers. False: not all are here any more.
    bool resume(const std::vector<ClusterState::Channel> &channels);
    /// Topics that Redis sends for pages that may come back.
    std::vector<std::string> keptTopics() const { return {kept_.begin(), kept_.end()}; }
    void resumeKept(const std::vector<std::string> &topics);

    /// False while something of Redis' answers is still to come after `up`.
    bool isSettled() const;
    void up();
    void down();
    /// At the end of the loop's turn: confirms those for whom everything has come.
    void flush();

  private:
    enum class Stage {
        Alone,       ///< no Redis
        Subscribing, ///< Redis has not confirmed yet that it sends what is published
        Syncing,     ///< what Redis knows is on its way
        Live,
    };
    /// Each with its user; without one in a channel that is no presence channel.
    using Joiners = std::unordered_map<Connection *, std::string>;
    using Subscribers = std::unordered_set<const Connection *>;
    /// A user of this worker, as told to Redis.
    struct Told {
        std::uint64_t turn = 0;               ///< tells answers to earlier joins from this one's
        std::optional<std::uint64_t> version; ///< of the channel with the user in
    };
    struct Shared {
        Application *application;
        std::string name;
        Stage stage = Stage::Alone;
        std::uint64_t generation = 0; ///< of the subscription or the sync
        int awaited = 0;              ///< answers that end Syncing
        Joiners joiners;              ///< not confirmed yet
        ClusterMembers members;
        std::vector<Wire::MemberChange> changes; ///< that came while Syncing
        TextMap<Told> told;
        std::uint64_t cachedVersion = 0; ///< of the latest event of a cache channel that is known
        Subscribers lacking;      ///< of a fetched one, and those before it that are still to come
        bool isReturning = false; ///< was here before the link came up
    };
    using ByTopic = TextMap<Shared>;

    void sync(const std::string &topic, Shared &shared);
    void askCached(const std::string &topic, Shared &shared);
    Subscribers confirmedIn(const Shared &shared) const;
    void askMembers(const std::string &topic, Shared &shared);
    void cachedCame(Shared &shared, const RedisReply &reply);
    void membersCame(const std::string &topic, Shared &shared,
                     const std::vector<std::string> &users, const RedisReply &reply);
    void answerCame(const std::string &topic, Shared &shared);
    void tellRedis(const std::string &topic, Shared &shared, const Member &member);
    void userTold(const std::string &topic, Shared &shared, const std::string &userId,
                  std::uint64_t turn, std::uint64_t version, char sign);
    void apply(const std::string &topic, Shared &shared, const Wire::MemberChange &change);
    void joinAlone(Shared &shared, Connection &connection, const std::string &userId);
    void refuseUser(Shared &shared, const std::string &userId);
    void releaseSoon(const std::string &topic) { releasing_.insert(topic); }
    void release(Shared &shared);
    void confirm(Shared &shared, Connection &connection);
    void tellAdded(Shared &shared, const Member &member);
    void tellRemoved(Shared &shared, const std::string &userId);
    void tell(Shared &shared, const std::string &text);
    Member memberOf(Shared &shared, const std::string &userId) const;
    Shared *find(const std::string &topic, std::uint64_t generation);

    ClusterContext &context_;
    ByTopic byTopic_;
    TextSet releasing_; ///< topics
    TextSet kept_;      ///< topics without subscribers here that Redis sends all the same
    std::uint64_t lastTurn_ = 0;
};

} // namespace pregon
