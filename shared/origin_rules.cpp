#include "shared/origin_rules.h"

#include <algorithm>

namespace pregon {
namespace {

std::string lowerCase(std::string_view text) {
    std::string lower(text);
    for (char &c : lower)
        if (c >= 'A' && c <= 'Z')
            c = static_cast<char>(c - 'A' + 'a');
    return lower;
}

/// `*` as any run of characters; linear in the text for each star.
bool matches(std::string_view pattern, std::string_view text) {
    std::size_t p = 0, t = 0;
    std::size_t star = std::string_view::npos, resume = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            resume = t;
        } else if (p < pattern.size() && pattern[p] == text[t]) {
            p++;
            t++;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++resume;
        } else {
            return false;
        }
    }
    return std::all_of(pattern.begin() + static_cast<std::ptrdiff_t>(p), pattern.end(),
                       [](char c) { return c == '*'; });
}

/// The host of an origin: without scheme, port and brackets of IPv6.
std::string_view hostOf(std::string_view origin) {
    if (const std::size_t scheme = origin.find("://"); scheme != std::string_view::npos)
        origin.remove_prefix(scheme + 3);
    if (origin.starts_with('['))
        return origin.substr(1, origin.find(']') - 1);
    return origin.substr(0, origin.find(':'));
}

} // namespace

bool isOriginAllowed(std::string_view origin, const std::vector<std::string> &patterns,
                     bool allowMissing) {
    const std::string whole = lowerCase(origin);
    const bool isMissing = whole.empty() || whole == "null";
    for (const std::string &pattern : patterns) {
        const std::string wanted = lowerCase(pattern);
        const bool isWhole = wanted.find("://") != std::string::npos;
        if (wanted == "*" ||
            (!isMissing && matches(wanted, isWhole ? std::string_view(whole) : hostOf(whole))))
            return true;
    }
    return isMissing && allowMissing;
}

} // namespace pregon
