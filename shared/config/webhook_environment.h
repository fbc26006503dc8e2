// SPDX-License-Identifier: MIT
#pragma once

#include "shared/config/app_config.h"

namespace pregon {

/// Reads the names under which Soketi and Sockudo have webhooks in the environment
/// (spec webhooks §6): `SOKETI_DEFAULT_APP_WEBHOOKS`, `DEFAULT_APP_WEBHOOKS`, and their batching
/// of all applications. True if `key` is one of them. BadRequest with the reason.
Result<bool> readPeerWebhookSetting(AppConfig &config, const std::string &key,
                                    const std::string &value);

/// Makes the webhooks of the one application out of PREGON_WEBHOOK_* or PREGON_WEBHOOKS.
/// BadRequest with the key and the reason.
Result<Done> makeEnvironmentWebhooks(AppConfig &config);

} // namespace pregon
