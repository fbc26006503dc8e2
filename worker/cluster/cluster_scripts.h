// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace pregon {

/// What the workers do in Redis, each atomic. The keys and what is announced are explained in
/// docs/cluster.md; the arguments of each are named at the top of its text in cluster_scripts.cpp.
enum class ClusterScript {
    Join,          ///< users of this worker enter a presence channel; its members
    Leave,         ///< one leaves
    Count,         ///< how many subscribers this worker has in some channels
    Connections,   ///< how many clients this worker has; those of all
    Heartbeat,     ///< this worker lives; which ones do not
    Reap,          ///< takes some of a dead worker's members and numbers out
    PublishCached, ///< an event of a cache channel
    Cached,        ///< the last event of a cache channel
    Channels,      ///< the occupied channels
    ChannelInfo,   ///< some channels
    Online,        ///< which of some users are signed in
    HookChange,    ///< what came and went, for webhooks; which of it is to be reported
    HookDue,       ///< what has been gone for long enough, to be reported
    HookSweep,     ///< what was reported as there and is gone, without a worker that reported that
    Last_,
};

/// The whole Lua text.
std::string textOf(ClusterScript script);

} // namespace pregon
