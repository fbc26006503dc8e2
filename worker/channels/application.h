// SPDX-License-Identifier: MIT
#pragma once

#include "shared/config/app_config.h"
#include "shared/protocol/hmac_signer.h"
#include "worker/channels/alone.h"
#include "worker/channels/bucket_walk.h"
#include "worker/channels/channel_cache.h"
#include "worker/channels/channel_events.h"
#include "worker/channels/channel_registry.h"
#include "worker/channels/keyed_set.h"
#include "worker/channels/subscription_counts.h"
#include "worker/channels/tails.h"
#include "worker/channels/user_registry.h"
#include "worker/recovery/recovery.h"

#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace pregon {

/// One application at run time: its settings, channels and number of open sockets. Everything in it
/// is invisible to other applications.
class Application {
  public:
    /// Borrows all but the settings.
    Application(const App &settings, ChannelEvents &events, Tails &tails, Neighbours &neighbours,
                RecoveryPool &recovery)
        : settings_(settings), signer_(settings.secret), recovery_(recovery), events_(&events),
          tails_(tails), neighbours_(&neighbours) {}
    Application(const Application &) = delete;

    const App &settings() const { return settings_; }
    /// New limits and keys for what comes; what is connected stays.
    void change(const App &settings) {
        settings_ = settings;
        signer_ = HmacSigner(settings.secret);
    }
    /// The settings are those that hold: an application that is disabled, or has another key,
    /// forgets the pages that may come back, as every one does where recovery is off.
    void settle();
    const HmacSigner &signer() const { return signer_; }
    ChannelRegistry &channels() { return channels_; }
    ChannelCache &cache() { return cache_; }
    UserRegistry &users() { return users_; }
    const UserRegistry &users() const { return users_; }
    SubscriptionCounts &counts() { return counts_; }
    Recovery &recovery() { return recovery_; }
    ChannelEvents &events() { return *events_; }
    /// From now on. Borrows it.
    void reportTo(ChannelEvents &events) { events_ = &events; }
    Tails &tails() { return tails_; }
    Neighbours &neighbours() const { return *neighbours_; }
    void joinNeighbours(Neighbours &neighbours) { neighbours_ = &neighbours; }

    std::size_t connectionCount = 0;
    std::size_t connectionsElsewhere = 0; ///< of the other workers, as known last

  private:
    App settings_;
    HmacSigner signer_;
    ChannelRegistry channels_;
    ChannelCache cache_;
    UserRegistry users_;
    SubscriptionCounts counts_;
    Recovery recovery_;
    std::string recoveredKey_; ///< of the clients that may come back
    ChannelEvents *events_;
    Tails &tails_;
    Neighbours *neighbours_;
};

/// Finds applications and live connections. Owns the applications, borrows the connections.
class ApplicationRegistry {
  public:
    /// Borrows `events`.
    ApplicationRegistry(const std::vector<App> &apps, ChannelEvents &events) : events_(events) {
        reload(apps);
    }

    /// Takes over the settings: known applications by id, new ones are added. One that is not
    /// listed any more refuses newcomers; who is connected to it stays.
    void reload(const std::vector<App> &apps);

    /// From now on every application, also one to come, has these neighbours. Borrows them.
    void joinNeighbours(Neighbours &neighbours);

    Application *findByKey(std::string_view key);
    Application *findById(std::string_view id);
    std::deque<Application> &all() { return applications_; }
    /// Who watches the events of all of them.
    Tails &tails() { return tails_; }
    /// What the recovery of all of them shares.
    RecoveryPool &recovery() { return recovery_; }

    void add(Connection &connection);
    void remove(const Connection &connection);
    /// The live connection with that socket id in that application; null if there is none.
    Connection *findConnection(const Application &application, std::string_view socketId);
    std::size_t connectionCount() const { return connections_.size(); }
    /// `count` of the live connections, or all if there are fewer; which ones is left to chance.
    std::vector<Connection *> someConnections(std::size_t count) const;

    /// Calls `visit` with some of the live connections, see walkSome.
    template <class Visit>
    WalkPlace walkConnections(WalkPlace from, Visit visit) const {
        return walkSome(connections_, from,
                        [&](const Connection *connection) { return visit(*connection); });
    }

    /// A socket id that no live connection has: two random numbers of up to 999 999 999, joined by
    /// a dot (spec pusher-websocket §1.5). Unpredictable: signatures are bound to it.
    std::string newSocketId() const;

  private:
    ChannelEvents &events_;
    Alone alone_;
    Neighbours *neighbours_ = &alone_;
    Tails tails_;
    RecoveryPool recovery_;
    std::deque<Application> applications_;
    KeyedSet<Connection *, &Connection::socketId> connections_;
};

} // namespace pregon
