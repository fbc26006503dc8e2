// SPDX-License-Identifier: MIT
#pragma once

#include "shared/result.h"

#include <string>

namespace pregon {

/// The whole content of a file of at most 1 MiB: TooLarge else. Unavailable if it cannot be read;
/// both with path and reason.
Result<std::string> readSmallFile(const std::string &path);

} // namespace pregon
