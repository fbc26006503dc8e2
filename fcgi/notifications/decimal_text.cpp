// SPDX-License-Identifier: MIT
#include "fcgi/notifications/decimal_text.h"

#include <algorithm>
#include <limits>

namespace pregon {
namespace {

constexpr std::int64_t kMaxDigits = 18; ///< that always fit into 64 bits
constexpr std::int64_t kMaxExponent = 1'000'000;

/// ±0.digits × 10^point, without leading zeros; no digits: zero.
struct Decimal {
    bool isNegative = false;
    std::string digits;
    std::int64_t point = 0;
};

std::string_view takeDigits(std::string_view &rest) {
    const std::size_t end = rest.find_first_not_of("0123456789");
    const std::string_view digits = rest.substr(0, end);
    rest.remove_prefix(digits.size());
    return digits;
}

/// True if there was a sign and it was a minus.
bool takeSign(std::string_view &rest) {
    const bool isNegative = rest.starts_with('-');
    if (isNegative || rest.starts_with('+'))
        rest.remove_prefix(1);
    return isNegative;
}

/// `e` and what follows, to the end of the text; 0 if there is nothing. Bounded, not exact, beyond
/// kMaxExponent. nullopt: malformed.
std::optional<std::int64_t> readExponent(std::string_view rest) {
    if (rest.empty())
        return 0;
    if (rest.front() != 'e' && rest.front() != 'E')
        return std::nullopt;
    rest.remove_prefix(1);
    const bool isNegative = takeSign(rest);
    const std::string_view digits = takeDigits(rest);
    if (digits.empty() || !rest.empty())
        return std::nullopt;
    std::int64_t value = 0;
    for (const char digit : digits)
        value = std::min(value * 10 + (digit - '0'), kMaxExponent);
    return isNegative ? -value : value;
}

std::optional<Decimal> readDecimal(std::string_view rest) {
    Decimal decimal;
    decimal.isNegative = takeSign(rest);
    const std::string_view whole = takeDigits(rest);
    std::string_view fraction;
    if (rest.starts_with('.')) {
        rest.remove_prefix(1);
        fraction = takeDigits(rest);
    }
    const auto exponent = readExponent(rest);
    if (!exponent || (whole.empty() && fraction.empty()))
        return std::nullopt;
    decimal.digits = std::string(whole) + std::string(fraction);
    decimal.point = static_cast<std::int64_t>(whole.size()) + *exponent;
    const std::size_t zeros =
        std::min(decimal.digits.find_first_not_of('0'), decimal.digits.size());
    decimal.digits.erase(0, zeros);
    decimal.point -= static_cast<std::int64_t>(zeros);
    return decimal;
}

/// The decimal × 10^shift as a whole number, rounded half away from zero, saturated.
std::int64_t scaled(const Decimal &decimal, std::int64_t shift) {
    const std::int64_t length = decimal.point + shift;
    if (decimal.digits.empty() || length < 0)
        return 0;
    std::int64_t value = std::numeric_limits<std::int64_t>::max();
    if (length <= kMaxDigits) {
        const auto size = static_cast<std::size_t>(length);
        value = 0;
        for (std::size_t i = 0; i < size; i++)
            value = value * 10 + (i < decimal.digits.size() ? decimal.digits[i] - '0' : 0);
        if (size < decimal.digits.size() && decimal.digits[size] >= '5')
            value++;
    }
    return decimal.isNegative ? -value : value;
}

} // namespace

bool isDecimal(std::string_view text) {
    return readDecimal(text).has_value();
}

std::optional<std::int64_t> parseHundredths(std::string_view text) {
    const auto decimal = readDecimal(text);
    if (!decimal)
        return std::nullopt;
    return scaled(*decimal, 2);
}

std::optional<std::int64_t> parseWhole(std::string_view text) {
    const auto decimal = readDecimal(text);
    if (!decimal || decimal->point > kMaxDigits)
        return std::nullopt;
    const std::size_t significant = decimal->digits.find_last_not_of('0') + 1; // npos + 1 is 0
    if (significant > 0 && static_cast<std::int64_t>(significant) > decimal->point)
        return std::nullopt;
    return scaled(*decimal, 0);
}

std::string formatHundredths(std::int64_t hundredths) {
    const std::string digits = std::to_string(hundredths < 0 ? -hundredths : hundredths);
    const std::string padded = std::string(digits.size() < 3 ? 3 - digits.size() : 0, '0') + digits;
    return (hundredths < 0 ? "-" : "") + padded.substr(0, padded.size() - 2) + "." +
           padded.substr(padded.size() - 2);
}

} // namespace pregon
