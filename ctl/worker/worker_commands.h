// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/command/command.h"
#include "shared/config/app_config.h"
#include "shared/ipc/worker_client.h"

#include <string>

namespace pregon {

/// The commands that ask the running worker. Unreachable if it does not answer.
Outcome showStatus(const CommandOptions &options, std::ostream &out);
Outcome drainWorker(const CommandOptions &options, std::ostream &out);
Outcome upgradeWorker(const CommandOptions &options, std::ostream &out);

/// Why the worker did not do what it was asked for: its own refusal, or where it does not answer.
CommandError workerError(const AppConfig &config, const Error &error);
/// A client for the configured worker.
WorkerClient clientFor(const AppConfig &config);

/// The lines that `status` prints for the worker's answer. BadRequest if it is not what a worker
/// says.
Result<std::string> describeStatus(const std::string &json);
/// The same for `drain`.
Result<std::string> describeDrain(const std::string &json);

} // namespace pregon
