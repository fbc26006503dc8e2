// SPDX-License-Identifier: MIT
#pragma once

#include "shared/result.h"

#include <string>

namespace pregon {

/// A password's bcrypt as Laravel makes it (`$2y$`, 12 rounds). BadRequest: shorter than 8
/// characters, longer than the 72 bytes that bcrypt looks at, or with a zero byte. Takes a fraction
/// of a second.
Result<std::string> hashPassword(const std::string &password);

} // namespace pregon
