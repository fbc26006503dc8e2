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

/// `a=1&b=2`, percent-decoded, `+` as space.
UrlFields parseUrlEncoded(std::string_view text);

} // namespace pregon
