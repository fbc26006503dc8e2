// SPDX-License-Identifier: MIT
#pragma once

#include "shared/config/app_config.h"
#include "shared/ipc/worker_client.h"
#include "shared/result.h"

#include <string>

namespace pregon {

/// What may be done to the users of an application, in requests whose signature has been verified
/// (spec pusher-http-api §4).
class UsersApi {
  public:
    explicit UsersApi(WorkerClient &worker) : worker_(worker) {}

    /// `POST …/users/{user}/terminate_connections`: `{}`, also if no user with that id is
    /// connected. BadRequest: a decoded id that is not 1 to kMaxUserId characters of UTF-8.
    /// Unavailable: the worker is away.
    Result<std::string> terminate(const std::string &userId, const App &app);

  private:
    WorkerClient &worker_;
};

} // namespace pregon
