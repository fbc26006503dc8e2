// SPDX-License-Identifier: MIT
#include "shared/config/app_key.h"

#include "shared/ascii.h"

#include <algorithm>
#include <string>

namespace pregon {
namespace {

bool isControl(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

/// A character of a path, or the slash between two segments.
bool isPathCharacter(char c) {
    return isWordCharacter(c) ||
           std::string_view("-.~!$&'()*+,;=:@/").find(c) != std::string_view::npos;
}

bool hasDotSegment(std::string_view key) {
    const std::string path = "/" + std::string(key) + "/";
    return path.find("/./") != std::string::npos || path.find("/../") != std::string::npos;
}

} // namespace

Result<Done> checkAppKey(std::string_view key) {
    for (const char c : key) {
        if (isControl(c))
            return failure(Errc::BadRequest, "holds a control character, so no client can connect");
        if (std::string_view("?#%\\").find(c) != std::string_view::npos)
            return failure(Errc::BadRequest, "holds a " + std::string(1, c) +
                                                 ", which no client can put into /app/KEY");
    }
    return Done{};
}

bool isPlainAppKey(std::string_view key) {
    return std::all_of(key.begin(), key.end(), isPathCharacter) && !hasDotSegment(key);
}

} // namespace pregon
