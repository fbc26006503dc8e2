// SPDX-License-Identifier: MIT
#pragma once

#include "worker/cluster/cluster_link.h"
#include "worker/webhooks/app_hooks.h"

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace pregon {

class Cluster;

/// With several workers Redis knows what has been reported, and when a departure is due to be
/// reported (spec webhooks §3): the worker that takes a decision out of Redis reports it, once. So
/// it does not matter which of them dies, drains or is upgraded. Keys: docs/webhooks.md.
class ClusterHooks {
  public:
    /// `told` is called with each event that this worker is to report.
    using Told = std::function<void(Application &, HookEvent)>;
    explicit ClusterHooks(Told told) : told_(std::move(told)) {}

    /// An event that Redis is to decide about; asked with the next `tick`.
    void ask(Application &application, HookEvent event) {
        asked_.emplace_back(&application, std::move(event));
    }
    /// Several times a second.
    void tick(Cluster &cluster);

    // --- for a hand-over ---
    struct Asked {
        std::string appId;
        HookEvent event;

        template <class Fields, class Self>
        static void describe(Fields &fields, Self &self) {
            fields(self.appId);
            fields(self.event);
        }
    };
    std::vector<Asked> state() const;

  private:
    void askAll(Cluster &cluster);
    void takeDue(Cluster &cluster);
    void sweep(Cluster &cluster);

    Told told_;
    std::vector<std::pair<Application *, HookEvent>> asked_;
    std::uint32_t ticks_ = 0;
};

} // namespace pregon
