// SPDX-License-Identifier: MIT
#pragma once

#include "shared/keyed_hash.h"
#include "worker/cluster/cluster_context.h"

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace pregon {

/// The users who are signed in here, and those whom they watch. A sign-in is confirmed to the
/// client when Redis sends this worker what is published for the user.
class ClusterUsers {
  public:
    explicit ClusterUsers(ClusterContext &context) : context_(context) {}

    /// The connection watches its watchlist already.
    void signedIn(const SigningIn &signingIn);
    /// `isLast` of the user's here. The connection has been taken out of the registry.
    void signedOut(Connection &connection, const SignedInUser &user, bool isLast);

    bool has(const std::string &topic) const { return topics_.contains(topic); }
    /// As ClusterChannels'.
    bool isDeafSinceReturn(const std::string &topic) const {
        const auto found = topics_.find(topic);
        return found != topics_.end() && found->second.isReturning && !found->second.isLive;
    }
    void subscribed(const std::string &topic);
    /// Who is watched here has come or gone, anywhere.
    void watchMessage(const std::string &topic, std::string_view payload);

    // --- for a hand-over ---
    /// Nobody here waits to be confirmed.
    bool isQuiet() const { return waiting_.empty(); }
    /// What this worker has subscribed to.
    std::vector<std::string> topics() const;
    /// Those who are signed in are in the registry. False: they need other topics than those.
    bool resume(const std::vector<std::string> &topics);

    void up();
    void down();

  private:
    struct Topic {
        std::size_t uses = 0;
        bool isLive = false;
        bool isReturning = false;               ///< was here before the link came up
        bool isOnline = false;                  ///< the watched user, as the last message said
        std::uint64_t toldAt = 0;               ///< turn of that message
        std::vector<Connection *> waiting = {}; ///< those that may wait for it
    };
    struct Waiting {
        TextSet topics;
        std::string userData; ///< empty: has been confirmed before, the state is told anew
        bool isWatchlistCut = false;
    };

    /// False if it is live.
    bool use(const std::string &topic);
    void release(const std::string &topic);
    std::vector<std::string> topicsOf(const Connection &connection) const;
    void beOnline(Application &application, const std::string &userId);
    void breakRing(std::string_view topic);
    void confirm(Connection &connection, const Waiting &waiting);
    void askState(Connection &connection);

    ClusterContext &context_;
    TextMap<Topic> topics_;
    std::unordered_map<Connection *, Waiting> waiting_;
    std::unordered_map<Connection *, std::uint64_t> known_; ///< signed in here; with its turn
    std::uint64_t lastTurn_ = 0;
};

} // namespace pregon
