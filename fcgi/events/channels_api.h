// SPDX-License-Identifier: MIT
#pragma once

#include "shared/config/app_config.h"
#include "shared/ipc/worker_client.h"
#include "shared/result.h"

#include <string>
#include <string_view>

namespace pregon {

/// What may be asked about the channels and connections of an application, in requests whose
/// signature has been verified (spec pusher-http-api §4). Each answer is a JSON object.
/// Unavailable: the worker is away. Channel names are decoded ones; BadRequest if not valid.
class ChannelsApi {
  public:
    explicit ChannelsApi(WorkerClient &worker) : worker_(worker) {}

    /// `GET …/channels`: the occupied ones. `query` as received, with `filter_by_prefix`, `info`.
    Result<std::string> list(std::string_view query, const App &app);
    /// `GET …/channels/{channel}`, occupied or not. `query` as received, with `info`.
    Result<std::string> describe(const std::string &channel, std::string_view query,
                                 const App &app);
    /// `GET …/channels/{channel}/users`. BadRequest also if it is no presence channel.
    Result<std::string> users(const std::string &channel, const App &app);
    /// `GET …/connections`: how many sockets are open, subscribed to something or not.
    Result<std::string> connections(const App &app);

  private:
    WorkerClient &worker_;
};

} // namespace pregon
