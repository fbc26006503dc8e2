// SPDX-License-Identifier: MIT
#pragma once

#include "worker/channels/application.h"
#include "worker/channels/channel_events.h"
#include "worker/webhooks/debounce.h"
#include "worker/webhooks/hook_queue.h"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace pregon {

/// Which events of one application are reported, and when (spec webhooks §3). Of several workers
/// Redis decides (worker/webhooks/cluster_hooks.h); of one worker alone, this does.
class AppHooks final : public ChannelEvents {
  public:
    /// Milliseconds of a steady clock.
    using Time = std::int64_t;
    static constexpr Time kColdStart = 30'000; ///< in which clients come back after a crash

    struct State {
        std::string appId;
        HookQueue::State queue;
        std::vector<Debounce::Timer> timers;
        Time settleAt = 0;
        bool owesAccount = false;

        template <class Fields, class Self>
        static void describe(Fields &fields, Self &self) {
            fields(self.appId);
            fields(self.queue);
            fields(self.timers);
            fields(self.settleAt);
            fields(self.owesAccount);
        }
    };
    /// An event that Redis is to decide about.
    using AskCluster = std::function<void(Application &, HookEvent)>;

    /// Borrows all; `now` is asked for the time. `ask`: empty where the worker is alone.
    AppHooks(Application &application, std::function<Time()> now, AskCluster ask);

    /// Which kinds are wanted, and how long a departure is held back.
    void change(const App &settings);
    /// The worker has just started with no clients: what was reported before is in doubt.
    void startCold();
    /// Several times a second. `isConnected`: what is queued is being taken.
    void tick(bool isConnected);
    /// The worker ends: departures from now on are not reported.
    void drain();

    /// Redis has decided that this is reported.
    void told(HookEvent event) { queue_.push(std::move(event)); }
    HookQueue &queue() { return queue_; }
    Application &application() const { return application_; }

    State state() const;
    void resume(State state);

    void occupied(std::string_view channel) override;
    void vacated(std::string_view channel) override;
    void memberAdded(std::string_view channel, std::string_view userId) override;
    void memberRemoved(std::string_view channel, std::string_view userId) override;
    void clientEvent(std::string_view channel, std::string_view event, std::string_view dataJson,
                     std::string_view socketId, std::string_view userId) override;
    void cacheMissed(std::string_view channel) override;
    void subscriptionCounted(std::string_view channel, std::size_t count) override;

  private:
    bool isAlone() const { return !ask_; }
    bool wants(HookKind kind, std::string_view channel) const;
    void arrives(HookEvent event);
    void leaves(HookEvent event);
    void goOnWithAccount(bool isConnected);
    void accountFor(Channel &channel);

    Application &application_;
    std::function<Time()> now_;
    AskCluster ask_;
    std::uint32_t kinds_ = 0;
    Time delay_ = 0;
    HookQueue queue_;
    Debounce debounce_;
    TextMap<Time> missed_;      ///< cache channels, and when a miss was reported last
    Time forgetAt_ = 0;         ///< of those that are some time ago
    Time settleAt_ = 0;         ///< the end of a cold start; 0: it is over
    bool owesAccount_ = false;  ///< events were lost: everything is to be reported anew
    bool isAccounting_ = false; ///< it is being reported
    WalkPlace place_;
    bool isDraining_ = false;
};

} // namespace pregon
