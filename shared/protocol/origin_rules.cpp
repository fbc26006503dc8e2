// SPDX-License-Identifier: MIT
#include "shared/protocol/origin_rules.h"

#include "shared/ascii.h"

#include <algorithm>
#include <charconv>

namespace pregon {
namespace {

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

std::string_view withoutBrackets(std::string_view host) {
    return host.starts_with('[') && host.ends_with(']') ? host.substr(1, host.size() - 2) : host;
}

/// The port that a browser leaves out; empty: of no scheme that we know.
std::string_view ownPort(std::string_view origin) {
    return origin.starts_with("https://") ? ":443" : origin.starts_with("http://") ? ":80" : "";
}

/// `host` may have a scheme before it.
bool hasPort(std::string_view host) {
    if (const std::size_t scheme = host.find("://"); scheme != std::string_view::npos)
        host.remove_prefix(scheme + 3);
    if (const std::size_t bracket = host.find(']'); bracket != std::string_view::npos)
        host.remove_prefix(bracket);
    return host.find(':') != std::string_view::npos;
}

bool matchesWhole(std::string_view pattern, const std::string &origin) {
    if (matches(pattern, origin))
        return true;
    const std::string_view port = ownPort(origin);
    if (port.empty())
        return false;
    if (origin.ends_with(port))
        return matches(pattern, std::string_view(origin).substr(0, origin.size() - port.size()));
    const bool namesPort = pattern.ends_with(port) || pattern.ends_with(":*");
    return namesPort && !hasPort(origin) && matches(pattern, origin + std::string(port));
}

tl::unexpected<Error> invalid(std::string_view pattern, std::string_view reason) {
    return failure(Errc::BadRequest, std::string(pattern) + ": " + std::string(reason));
}

bool consistsOf(std::string_view text, std::string_view further) {
    return std::all_of(text.begin(), text.end(), [further](char c) {
        return isWordCharacter(c) || further.find(c) != std::string_view::npos;
    });
}

bool isPortPattern(std::string_view text) {
    constexpr unsigned kMaxPort = 65535;
    if (text.find('*') != std::string_view::npos)
        return text.find_first_not_of("0123456789*") == std::string_view::npos;
    unsigned port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    return error == std::errc() && end == text.data() + text.size() && port > 0 && port <= kMaxPort;
}

/// Why no browser sends such characters; empty: it does.
std::string_view unsentCharacters(std::string_view pattern) {
    if (std::any_of(pattern.begin(), pattern.end(), [](char c) { return c < 0; }))
        return "a browser sends such a name as ASCII (xn--...): write that";
    if (pattern.find('@') != std::string_view::npos)
        return "an Origin header names no user";
    if (!consistsOf(pattern, "*.-:[]+/?#"))
        return "has characters that no origin has";
    return {};
}

/// The part before `://`; empty: good.
std::string_view schemeFault(std::string_view scheme) {
    if (scheme == "ws" || scheme == "wss")
        return "an Origin header is the page's, https://HOST or http://HOST";
    return scheme.empty() || !consistsOf(scheme, "*+.-") ? "expected HOST or https://HOST" : "";
}

/// Host and port without brackets; empty: good.
std::string_view hostFault(std::string_view host, bool hasScheme) {
    const bool isBracketed = host.starts_with('[');
    const std::size_t end = isBracketed ? host.find(']') : std::string_view::npos;
    const std::size_t colon = host.find(':', isBracketed ? std::min(end, host.size()) : 0);
    const bool isAddress6 = !isBracketed && colon != host.rfind(':');
    if (isBracketed && end == std::string_view::npos)
        return "the bracket is not closed";
    if (isAddress6)
        return hasScheme ? "an IPv6 address stands in brackets" : "";
    const std::string_view name =
        host.substr(0, isBracketed ? end + 1 : std::min(colon, host.size()));
    if (name.empty())
        return "names no host";
    if (colon == std::string_view::npos)
        return name.size() == host.size() ? "" : "has characters behind the bracket";
    if (!isPortPattern(host.substr(colon + 1)))
        return "its port must be 1 to 65535";
    return hasScheme ? "" : "a port needs the scheme before the host";
}

/// What the pattern was meant to be, where that is clear: `; did you mean https://h?`.
std::string meantPattern(const std::string &pattern, std::size_t hostStart) {
    const std::string origin = pattern.substr(0, pattern.find_first_of("/?#", hostStart));
    if (origin.size() != pattern.size())
        return checkOriginPattern(origin) ? "; did you mean " + origin + "?" : "";
    if (hostStart == 0 && hasPort(pattern))
        return "; did you mean https://" + pattern + "?";
    return "";
}

} // namespace

bool isOriginAllowed(std::string_view origin, const std::vector<std::string> &patterns,
                     bool allowMissing) {
    const std::string whole = asciiLower(std::string(origin));
    const bool isMissing = whole.empty() || whole == "null";
    for (const std::string &pattern : patterns) {
        const std::string wanted = asciiLower(pattern);
        if (wanted == "*")
            return true;
        if (isMissing)
            continue;
        const bool isWhole = wanted.find("://") != std::string::npos;
        if (isWhole ? matchesWhole(wanted, whole) : matches(withoutBrackets(wanted), hostOf(whole)))
            return true;
    }
    return isMissing && allowMissing;
}

Result<Done> checkOriginPattern(std::string_view text) {
    const std::string pattern = asciiLower(std::string(text));
    if (pattern.find_first_not_of('*') == std::string::npos && !pattern.empty())
        return Done{};
    if (pattern == "null")
        return invalid(text, "stands for no origin: PREGON_APP_ALLOW_MISSING_ORIGIN allows that");
    const std::size_t scheme = pattern.find("://");
    const bool hasScheme = scheme != std::string::npos;
    const std::size_t hostStart = hasScheme ? scheme + 3 : 0;
    const std::string_view host = std::string_view(pattern).substr(hostStart);
    std::string_view fault = unsentCharacters(pattern);
    if (fault.empty() && hasScheme)
        fault = schemeFault(std::string_view(pattern).substr(0, scheme));
    if (fault.empty() && host.find_first_of("/?#") != std::string_view::npos)
        fault = "an Origin header has no path";
    if (fault.empty())
        fault = hostFault(host, hasScheme);
    if (fault.empty())
        return Done{};
    return invalid(text, std::string(fault) + meantPattern(pattern, hostStart));
}

} // namespace pregon
