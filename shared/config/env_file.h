// SPDX-License-Identifier: MIT
#pragma once

#include "shared/config/dotenv.h"
#include "shared/result.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace pregon {

using Environment = std::map<std::string, std::string>;

/// What is wrong with a line of a file, without its value.
struct LineFault {
    std::size_t line;
    std::string reason;
};

/// What phpdotenv refuses in a file, and then what it passes over without a word: in a file of
/// ours that would drop settings silently. In the order of the lines.
std::vector<LineFault> lineFaults(const Dotenv &file);

/// The variables of a file that are ours: their names start with REVERB_, REDIS_ or PREGON_. Empty
/// if it is unset. For the first two prefixes, which are Laravel's, the value is what Laravel's
/// `env()` returns.
Environment ourVariables(const Dotenv &file);

/// The variables that are ours of a file in the language of Laravel's `.env`
/// (shared/config/dotenv.h). `file` is for messages. BadRequest with `file:line: reason`.
Result<Environment> parseEnvironmentFile(std::string_view text, std::string_view file);

/// The number of the line of such a file where `key` gets its value, for messages about it; empty
/// if there is none.
std::string lineOfKey(std::string_view text, std::string_view key);

/// The REVERB_, REDIS_ and PREGON_ variables of this process, the first two as `env()` reads them.
Environment processEnvironment();

} // namespace pregon
