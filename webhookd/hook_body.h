// SPDX-License-Identifier: MIT
#pragma once

#include "shared/webhooks/webhook_event.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pregon {

/// The body of a webhook, byte for byte (spec webhooks §2). Pure.

inline constexpr std::size_t kMaxBodyBytes = 256 << 10;

/// One event of a body as a JSON object; `name` and `channel` come first.
std::string eventJson(const HookEvent &event);

/// `events` are JSON objects, oldest first. `timeMs` is milliseconds since 1970 UTC.
std::string bodyOf(std::int64_t timeMs, const std::vector<std::string> &events);

/// A unique id (a ULID): 26 characters, of which the first ten are the time.
std::string newDeliveryId(std::int64_t timeMs);

} // namespace pregon
