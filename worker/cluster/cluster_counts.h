// SPDX-License-Identifier: MIT
#pragma once

#include "worker/cluster/cluster_context.h"

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>

namespace pregon {

/// How many subscribers this worker has in each channel, and clients in each application, told to
/// Redis; and how many the others have.
class ClusterCounts {
  public:
    explicit ClusterCounts(ClusterContext &context) : context_(context) {}

    /// A connection has joined or left the channel. Redis hears it at the end of the loop's turn.
    void changed(Application &application, const std::string &channel) {
        changed_.emplace(&application, channel);
    }
    /// What has changed until now. Answers to questions that follow include it.
    void flush();
    /// Ten times a second: the clients of each application.
    void tick();
    /// A Wire::CountMessage on a channel's topic.
    void numberMessage(Application &application, const std::string &channel,
                       std::string_view payload);
    /// Whether the subscribers here have been confirmed; before that they are told no number.
    std::function<bool(Application &, const std::string &)> isLive;

    // --- for a hand-over ---
    /// The version of the last reported number; 0: none.
    std::uint64_t versionOf(Application &application, const std::string &channel) const;
    void resume(Application &application, const std::string &channel, std::uint64_t version);

    void up();
    void down();

  private:
    void flushConnections();
    /// Unless a later number has been told already: messages and answers come by two connections.
    void tell(Application &application, const std::string &channel, std::uint64_t version,
              std::size_t total);

    ClusterContext &context_;
    std::set<std::pair<Application *, std::string>> changed_;
    std::map<std::pair<Application *, std::string>, std::uint64_t> newest_; ///< version told last
    std::unordered_map<const Application *, std::size_t> toldConnections_;
    unsigned ticks_ = 0;
};

} // namespace pregon
