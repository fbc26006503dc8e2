// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace pregon {

/// Texts and whole numbers that are members of an array, by their keys.
using PhpScalars = std::map<std::string, std::string, std::less<>>;

/// The members that are texts or whole numbers of an array that PHP's serialize() wrote; others are
/// skipped by their structure, objects too: nothing is ever made of them. nullopt: the text is not
/// exactly one array, or nests deeper than kDeepestPhpArray. Pure, takes any bytes, and costs what
/// the text is long.
inline constexpr int kDeepestPhpArray = 64;
std::optional<PhpScalars> readPhpArray(std::string_view text);

/// The text of a `s:5:"abcde";`, which must be all of it.
std::optional<std::string_view> readPhpText(std::string_view text);

} // namespace pregon
