// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace pregon {

/// The segments that a pattern names, by name and as received.
using PathParameters = std::map<std::string, std::string, std::less<>>;

/// The parameters of a path by a pattern, in which `:name` stands for one segment. nullopt: no
/// match.
std::optional<PathParameters> matchPath(std::string_view pattern, std::string_view path);

/// What a parameter stands for: percent-decoded once. Empty if there is none of that name.
std::string decodedParameter(const PathParameters &parameters, std::string_view name);

/// The path behind `prefix`, which has no slash at its end; the path itself if it begins otherwise.
std::string_view withoutPathPrefix(std::string_view path, std::string_view prefix);

} // namespace pregon
