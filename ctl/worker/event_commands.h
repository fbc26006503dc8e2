// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/command/command.h"
#include "shared/ipc/ipc_message.h"

#include <cstdint>
#include <string>

namespace pregon {

/// Publishes an event as an application would over the HTTP API. Usage error: a name or data that
/// the API would refuse.
Outcome publishEvent(const CommandOptions &options, std::ostream &out);
/// Prints events as the worker fans them out; ends only by a signal or when the worker goes.
Outcome tailEvents(const CommandOptions &options, std::ostream &out);

/// The line that `tail` prints for an event; `now` in seconds since 1970 UTC. With `--json`:
/// {"time", "app", "channel", "sender" (null: the application), "deliveries", "message" as the
/// clients get it}, or {"time","dropped"} for events that were missed.
std::string describeEvent(const TailEvent &event, std::int64_t now);
std::string eventJson(const TailEvent &event, std::int64_t now);

} // namespace pregon
