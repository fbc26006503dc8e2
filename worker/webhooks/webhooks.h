// SPDX-License-Identifier: MIT
#pragma once

#include "shared/clock.h"
#include "worker/channels/application.h"
#include "worker/loop/event_loop.h"
#include "worker/webhooks/app_hooks.h"
#include "worker/webhooks/cluster_hooks.h"
#include "worker/webhooks/hook_link.h"

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

namespace pregon {

/// What a worker that is replaced knows of webhooks. Fields are only added: see kHandOverVersion.
struct WebhooksState {
    std::string origin;
    std::vector<AppHooks::State> apps;
    std::vector<ClusterHooks::Asked> asked;

    template <class Fields, class Self>
    static void describe(Fields &fields, Self &self) {
        fields(self.origin);
        fields(self.apps);
        fields(self.asked);
    }
};

/// The worker's part in webhooks: decides what is reported and hands it to pregon-webhookd. It
/// never waits and never opens a connection outward. Exists only where an application has webhooks;
/// without any, nothing of it is called.
class Webhooks {
  public:
    static constexpr std::chrono::milliseconds kTick{25};

    /// Borrows all but `socketPath`. `cluster`: null where the worker is alone.
    Webhooks(EventLoop &loop, ApplicationRegistry &applications, const Clock &clock,
             std::string socketPath, Cluster *cluster);
    Webhooks(const Webhooks &) = delete;

    /// Reads the applications' settings, the first time and again after each change of them.
    void configure();
    /// The worker has just started with no clients.
    void startCold();
    void drain();
    /// At the end of the process, after the loop: what is queued goes out, if that takes no time.
    void finish();

    WebhooksState state() const;
    void resume(WebhooksState state);

  private:
    struct Sent {
        std::uint32_t requestId;
        AppHooks *hooks;
        std::uint64_t last; ///< number of its last event
    };

    AppHooks *find(const Application &application);
    AppHooks::AskCluster askCluster();
    AppHooks &findOrMake(Application &application);
    void tick();
    void send();
    bool sendSome(AppHooks &hooks);
    void stored(std::uint32_t requestId);
    void lost();
    bool isEmpty();

    EventLoop &loop_;
    ApplicationRegistry &applications_;
    const Clock &clock_;
    Cluster *cluster_;
    std::string origin_;
    std::deque<AppHooks> apps_;
    ClusterHooks clusterHooks_;
    HookLink link_;
    std::deque<Sent> sent_; ///< in the order of sending
    std::uint32_t lastRequestId_ = 0;
};

} // namespace pregon
