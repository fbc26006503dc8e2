// SPDX-License-Identifier: MIT
#pragma once

#include "shared/config/dotenv.h"

#include <tl/expected.hpp>

namespace pregon {

/// An entry of a Dotenv file before its references are replaced.
struct DotenvAssignment {
    std::string name;
    std::optional<std::string> value;
    std::vector<std::size_t> dollars; ///< where in `value` a reference may begin
};

struct DotenvRefusal {
    DotenvError error;
    std::string name;
};

/// Of one line, or of the lines of one quoted value; the text is valid UTF-8. Pure.
tl::expected<DotenvAssignment, DotenvRefusal> parseDotenvEntry(std::string_view text);

/// What PHP's trim() takes off.
inline constexpr std::string_view kPhpBlanks{" \t\n\r\0\v", 6};
std::string_view phpTrim(std::string_view text);

} // namespace pregon
