// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace pregon {

/// `NAME='value'` with its line end, which our files (shared/config/env_file.h) and phpdotenv read
/// as this value; for a REVERB_ or REDIS_ name also where Laravel's `env()` would take it for a
/// word. The value is valid UTF-8.
std::string dotenvLine(std::string_view name, std::string_view value);

} // namespace pregon
