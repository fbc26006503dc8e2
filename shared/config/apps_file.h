// SPDX-License-Identifier: MIT
#pragma once

#include "shared/config/app_config.h"
#include "shared/result.h"

#include <string_view>
#include <vector>

namespace pregon {

/// The applications of a file of PREGON_APPS: a JSON list of objects with the options of Reverb's
/// `apps` and ours. BadRequest with the entry's number and the option.
Result<std::vector<App>> parseApps(std::string_view json, const WebhookDefaults &defaults = {});

} // namespace pregon
