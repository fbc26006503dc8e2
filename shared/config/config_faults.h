#pragma once

#include "shared/config/app_config.h"

#include <optional>
#include <string>
#include <vector>

namespace pregon {

struct ConfigFaults {
    std::vector<std::string> faults; ///< `FILE:LINE: reason`, in the order of files and lines
    /// What the good values make, to be looked at further; none if a file cannot be read.
    std::optional<AppConfig> rest;
};

/// Everything that loadAppConfig would refuse in `file`, its drop-ins, the environment and the file
/// of PREGON_APPS, not only the first: for whoever corrects them. Of values that contradict each
/// other the one that is named first.
ConfigFaults findConfigFaults(const std::string &file);

} // namespace pregon
