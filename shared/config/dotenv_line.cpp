// SPDX-License-Identifier: MIT
#include "shared/config/dotenv_line.h"

#include "shared/config/dotenv.h"

#include <algorithm>

namespace pregon {
namespace {

/// True for what can stand in single quotes, on a line that does not look like the first of
/// several.
bool isPlain(std::string_view value) {
    return std::none_of(value.begin(), value.end(),
                        [](char c) { return c == '\'' || c == '"' || (c >= '\0' && c < ' '); });
}

std::string inDoubleQuotes(std::string_view value) {
    constexpr std::string_view kSpecial = "\"\\$\f\n\r\t\v", kLetters = "\"\\$fnrtv";
    std::string quoted = "\"";
    for (const char c : value)
        if (const std::size_t at = kSpecial.find(c); at != std::string_view::npos)
            (quoted += '\\') += kLetters[at];
        else
            quoted += c;
    return quoted + "\"";
}

} // namespace

std::string dotenvLine(std::string_view name, std::string_view value) {
    const bool isWord = !name.starts_with("PREGON_") && laravelEnvValue(value) != value;
    const std::string text = isWord ? "'" + std::string(value) + "'" : std::string(value);
    return std::string(name) + "=" + (isPlain(text) ? "'" + text + "'" : inDoubleQuotes(text)) +
           "\n";
}

} // namespace pregon
