#pragma once

#include "shared/result.h"

#include <map>
#include <string>
#include <string_view>

namespace pregon {

using Environment = std::map<std::string, std::string>;

/// The values of a file of `KEY=value` lines, as in a Laravel `.env`: `#` comments, an optional
/// `export`, values bare, in double quotes (`\"`, `\\`, `\n`) or in single quotes. Only keys that
/// start with REVERB_, REDIS_ or PREGON_; the rest is passed over. `file` is for messages.
/// BadRequest with `file:line: reason`.
Result<Environment> parseEnvironmentFile(std::string_view text, std::string_view file);

/// A value of such a file, as it stands behind the `=`, without its quotes; `${…}` stays as it is.
/// BadRequest: a quote that is not closed.
Result<std::string> parseEnvironmentValue(std::string_view text);

/// The same with every key, and `${…}` left as it is: for a file that is an application's.
Result<Environment> parseAnyEnvironmentFile(std::string_view text, std::string_view file);

/// The number of the line of such a file where `key` gets its value, for messages about it; empty
/// if there is none.
std::string lineOfKey(std::string_view text, std::string_view key);

/// The REVERB_, REDIS_ and PREGON_ variables of this process.
Environment processEnvironment();

} // namespace pregon
