// SPDX-License-Identifier: MIT
#pragma once

#include "shared/config/app_config.h"

#include <vector>

namespace pregon {

/// The settings that take a protection away, each with what it lets in. They are valid, because
/// some installations have that protection elsewhere.
std::vector<ConfigWarning> dangerousSettings(const AppConfig &config);

} // namespace pregon
