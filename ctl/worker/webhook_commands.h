// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/command/command.h"
#include "shared/config/app_config.h"
#include "shared/json/json.h"
#include "shared/result.h"

#include <cstdint>
#include <string>

namespace pregon {

/// The commands that ask the running pregon-webhookd. Unreachable if it does not answer.
Outcome listWebhooks(const CommandOptions &options, std::ostream &out);
/// Problem if an endpoint did not answer with a 2xx.
Outcome testWebhooks(const CommandOptions &options, std::ostream &out);
Outcome resendWebhooks(const CommandOptions &options, std::ostream &out);

/// What pregon-webhookd says of a test of the application's endpoints, of all if the id is empty
/// (IpcType::HookTest). Unavailable: it does not answer.
Result<JsonDocument> askWebhookTest(const AppConfig &config, const std::string &appId);

/// How one endpoint of that answer did, and what to do about it: empty if it did well.
std::string webhookAdvice(JsonValue endpoint);

/// An answer that takes longer has most receivers time out elsewhere (spec webhooks §5).
inline constexpr std::int64_t kSlowWebhookMs = 4000;

} // namespace pregon
