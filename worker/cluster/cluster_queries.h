// SPDX-License-Identifier: MIT
#pragma once

#include "shared/ipc/ipc_message.h"
#include "worker/cluster/cluster.h"

#include <functional>

namespace pregon {

/// ChannelQueries of the whole cluster: asked of Redis, answered later, in the order of asking.
/// Unavailable while Redis is away.
namespace ClusterQueries {

using Answer = std::function<void(ReplyMessage)>;

void channels(Cluster &cluster, Application &application, const ChannelsQuery &query,
              Answer answer);
void channelInfo(Cluster &cluster, Application &application, const ChannelInfoQuery &query,
                 Answer answer);
void users(Cluster &cluster, Application &application, const std::string &channel, Answer answer);
void connections(Cluster &cluster, Application &application, Answer answer);

} // namespace ClusterQueries
} // namespace pregon
