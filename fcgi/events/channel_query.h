// SPDX-License-Identifier: MIT
#pragma once

#include "shared/ipc/ipc_message.h"
#include "shared/ipc/worker_client.h"
#include "shared/result.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pregon {

/// What several routes of the HTTP API ask about channels (spec pusher-http-api §3.5).

/// BadRequest, with a sentence for the publisher, unless events may be sent to a channel of that
/// name.
Result<Done> checkChannelName(std::string_view channel);

/// The ChannelAttribute bits of a list such as `user_count,cache`; unknown names are ignored.
std::uint32_t channelAttributes(std::string_view list);

/// One JSON object per channel of the query, in its order. The worker's errors; Unavailable also if
/// its answer is something else.
Result<std::vector<std::string>> askChannelInfo(WorkerClient &worker,
                                                const ChannelInfoQuery &query);

} // namespace pregon
