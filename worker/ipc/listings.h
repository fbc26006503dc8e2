// SPDX-License-Identifier: MIT
#pragma once

#include "shared/clock.h"
#include "shared/ipc/ipc_message.h"
#include "worker/channels/application.h"

#include <string>

namespace pregon {

/// Pages of what the worker holds, as JSON for pregonctl. A page has a few hundred entries or
/// kilobytes, so that a worker with many clients goes on meanwhile; WalkPlace says how the next one
/// is asked for.
namespace Listings {

/// `{"connections":[{"id":…,"app":…,"address":…,"since":unix seconds,"channel_count":n,
/// "channels":[at most kMaxNamed names],"queued_bytes":n,"user_id":… or null}],…}`. The user is who
/// is signed in, or else the member of a presence channel.
std::string connections(const ApplicationRegistry &applications, const ListQuery &query,
                        const Clock &clock);
/// `{"channels":[{"name":…,"app":…,"subscriptions":n,"users":n, only of a presence channel}],…}`.
std::string channels(Application &application, const ListQuery &query);

inline constexpr std::size_t kMaxNamed = 100;

} // namespace Listings

} // namespace pregon
