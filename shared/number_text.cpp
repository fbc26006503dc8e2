// SPDX-License-Identifier: MIT
#include "shared/number_text.h"

#include "shared/ascii.h"

#include <algorithm>
#include <charconv>

namespace pregon {
namespace {

struct Suffix {
    std::string_view name;
    std::int64_t factor;
};
constexpr Suffix kTimes[] = {{"ms", 1},         {"s", 1000},        {"m", 60'000},
                             {"min", 60'000},   {"h", 3'600'000},   {"d", 86'400'000},
                             {"seconds", 1000}, {"minutes", 60'000}};
constexpr Suffix kSizes[] = {{"b", 1},         {"k", 1 << 10}, {"kb", 1 << 10},
                             {"kib", 1 << 10}, {"m", 1 << 20}, {"mb", 1 << 20},
                             {"mib", 1 << 20}, {"g", 1 << 30}, {"gb", 1 << 30}};

/// What one of the unit is in milliseconds or bytes; 0 for a unit of another kind.
std::int64_t factorOf(std::string_view unit) {
    return unit == "milliseconds" || unit == "bytes" ? 1
           : unit == "seconds"                       ? 1000
           : unit == "minutes"                       ? 60'000
                                                     : 0;
}

std::int64_t suffixFactor(std::string_view unit, std::string_view suffix) {
    const std::string name = asciiLower(std::string(suffix));
    const auto find = [&](const auto &table) -> std::int64_t {
        for (const Suffix &one : table)
            if (one.name == name)
                return one.factor;
        return 0;
    };
    return unit == "bytes" ? find(kSizes) : find(kTimes);
}

} // namespace

std::optional<std::int64_t> wholeNumber(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool isWhole = error == std::errc() && end == text.data() + text.size();
    return isWhole ? std::optional(value) : std::nullopt;
}

std::string meantNumber(std::string_view unit, std::int64_t minimum, std::int64_t maximum,
                        std::string_view text) {
    constexpr std::int64_t kMost = 1'000'000'000; // the product stays far below 2^63
    const std::size_t end = std::min(text.find_first_not_of("0123456789"), text.size());
    const auto number = wholeNumber(text.substr(0, end));
    const std::int64_t divisor = factorOf(unit);
    const std::int64_t factor = suffixFactor(unit, trimLine(text.substr(end)));
    if (!number || *number > kMost || divisor == 0 || factor == 0 ||
        *number * factor % divisor != 0)
        return {};
    const std::int64_t meant = *number * factor / divisor;
    const bool isInRange = meant >= minimum && meant <= maximum;
    return isInRange ? "; did you mean " + std::to_string(meant) + "?" : "";
}

} // namespace pregon
