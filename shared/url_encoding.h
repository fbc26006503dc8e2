// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace pregon {

/// Fields by name; of several with one name the last counts, as in PHP.
using UrlFields = std::map<std::string, std::string, std::less<>>;

/// Percent-decoding, once; a `%` without two hex digits stays as it is.
enum class PlusSign { IsPlus, IsSpace };
std::string percentDecode(std::string_view text, PlusSign plus);

/// With every byte but A to Z, a to z, 0 to 9 and `-._~` as `%XX`: for any part of a URL.
std::string percentEncode(std::string_view text);

/// `a=1&b=2`, percent-decoded, `+` as space.
UrlFields parseUrlEncoded(std::string_view text);

} // namespace pregon
