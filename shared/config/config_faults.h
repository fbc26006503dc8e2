// SPDX-License-Identifier: MIT
#pragma once

#include "shared/config/app_config.h"

#include <optional>
#include <string>
#include <vector>

namespace pregon {

struct ConfigFaults {
    std::vector<std::string> faults; ///< `FILE:LINE: reason`, in the order of files and lines
    /// The configuration that the valid values make, for further checks; nothing if a file cannot
    /// be read.
    std::optional<AppConfig> rest;
};

/// Everything that loadAppConfig would refuse in `file`, its drop-ins, the environment and the file
/// of PREGON_APPS, not only the first, so that the operator can correct them together. If values
/// contradict each other, the one that is named first.
ConfigFaults findConfigFaults(const std::string &file);

} // namespace pregon
