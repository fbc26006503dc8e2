// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pregon {

/// The text as a whole number of 64 bits; nullopt if it is none.
std::optional<std::int64_t> wholeNumber(std::string_view text);

/// `; did you mean 300?` for `5m` where a whole number of seconds is expected, 1048576 for `1M` of
/// bytes; empty where nothing from `minimum` to `maximum` is meant. `unit`: bytes, milliseconds,
/// seconds or minutes; any other has no suffixes.
std::string meantNumber(std::string_view unit, std::int64_t minimum, std::int64_t maximum,
                        std::string_view text);

} // namespace pregon
