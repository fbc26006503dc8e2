// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pregon {

/// Decimal numbers without floating point: money is read, rounded and written as text. Pure.

/// `12`, `-1.5`, `.5`, `5.`, `1e3`: what PHP's is_numeric accepts, without white space.
bool isDecimal(std::string_view text);

/// A decimal number in hundredths, rounded half away from zero: `7.005` is 701. Beyond ±10^18 the
/// largest number of that sign. nullopt: not a decimal.
std::optional<std::int64_t> parseHundredths(std::string_view text);

/// A decimal number without a fraction (`5`, `5.0`, `5e2`), of at most 18 digits. nullopt else.
std::optional<std::int64_t> parseWhole(std::string_view text);

/// 2550 is `25.50`.
std::string formatHundredths(std::int64_t hundredths);

} // namespace pregon
