// SPDX-License-Identifier: MIT
#pragma once

#include "shared/clock.h"
#include "shared/keyed_hash.h"
#include "worker/channels/application.h"
#include "worker/cluster/cluster_link.h"
#include "worker/cluster/wire.h"
#include "worker/lifecycle/worker_figures.h"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace pregon {

/// What the parts of Cluster share. Borrows everything.
struct ClusterContext {
    ClusterLink &link;
    ApplicationRegistry &applications;
    WorkerFigures &figures;
    const Clock &clock;
    std::string origin; ///< of this process' messages
    std::string worker; ///< under which it has members and numbers in Redis; changes, see Cluster

    /// Names that it had before, whose members and numbers are still in Redis.
    std::vector<std::string> formerNames = {};

    /// `,A,B,`, as the scripts want them.
    std::string formerNamesText() const;
    bool isUp() const { return link.isUp(); }
    /// Logs that a message is malformed, or of a kind that a later release knows.
    static void ignored(std::string_view message);
    std::int64_t milliseconds() const { return clock.milliseconds(); }
    /// The application of a `nameOf`; null if it is not configured here.
    Application *findByName(std::string_view name) const;
    mutable TextMap<Application *> byName = {}; ///< those found before

    /// An application's id within keys and topics: without colons and line ends.
    static std::string nameOf(const Application &application);
    /// Wire::channelTopic.
    static std::string topicOf(const Application &application, std::string_view channel);
};

} // namespace pregon
