// SPDX-License-Identifier: MIT
#include "fcgi/events/request_auth.h"

#include "fcgi/http/form_fields.h"
#include "shared/ascii.h"
#include "shared/protocol/hmac_signer.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <utility>
#include <vector>

namespace pregon {
namespace {

/// Each `key=value` of a query, as received.
template <class Visit>
void forEachPair(std::string_view query, const Visit &visit) {
    while (!query.empty()) {
        const std::size_t end = std::min(query.find('&'), query.size());
        const std::string_view pair = query.substr(0, end);
        query.remove_prefix(std::min(end + 1, query.size()));
        if (pair.empty())
            continue;
        const std::size_t equals = std::min(pair.find('='), pair.size());
        visit(pair.substr(0, equals), pair.substr(std::min(equals + 1, pair.size())));
    }
}

std::string decodedKey(std::string_view key) {
    return asciiLower(percentDecode(key, PlusSign::IsSpace));
}

/// pusher-http-node sends and signs the + of a key as it is (half of all base64 keys have one), and
/// no key has a blank that a library would send as +.
std::string decodedValue(std::string_view name, std::string_view value) {
    return percentDecode(value, name == "auth_key" ? PlusSign::IsPlus : PlusSign::IsSpace);
}

Result<Done> checkAge(const std::string &timestamp, const Clock &clock, std::int64_t window) {
    std::int64_t seconds = 0;
    const char *end = timestamp.data() + timestamp.size();
    const auto [stop, error] = std::from_chars(timestamp.data(), end, seconds);
    if (error != std::errc() || stop != end || seconds < 0)
        return failure(Errc::Unauthorized, "Invalid auth_timestamp.");
    const std::int64_t now = clock.unixSeconds();
    const std::int64_t age = seconds > now ? seconds - now : now - seconds;
    if (window > 0 && age > window)
        return failure(Errc::Unauthorized, "Authentication timestamp outside the " +
                                               std::to_string(window) +
                                               " second window: the request says " + timestamp +
                                               ", here it is " + std::to_string(now) + ".");
    return Done{};
}

Result<Done> checkBody(const QueryParameters &query, const std::string &body) {
    const auto digest = query.find("body_md5");
    if (digest == query.end())
        return body.empty() ? Result<Done>(Done{})
                            : failure(Errc::Unauthorized, "Missing body_md5.");
    if (!equalInConstantTime(digest->second, md5Hex(body)))
        return failure(Errc::Unauthorized, "body_md5 does not match the body.");
    return Done{};
}

/// As Pusher's Ruby gem signs an array: `name[]=value` once per value, in the order of the wire.
std::string stringToSignOfRuby(std::string_view method, std::string_view path,
                               std::string_view query) {
    std::vector<std::pair<std::string, std::string>> parameters;
    forEachPair(query, [&](std::string_view key, std::string_view value) {
        std::string name = decodedKey(key);
        std::string text = decodedValue(name, value);
        parameters.emplace_back(std::move(name), std::move(text));
    });
    std::ranges::stable_sort(parameters, {}, [](const auto &pair) { return pair.first; });
    std::string joined;
    for (const auto &[key, value] : parameters)
        if (key != "auth_signature")
            joined += (joined.empty() ? "" : "&") + key + "=" + value;
    return std::string(method) + "\n" + std::string(path) + "\n" + joined;
}

bool hasArray(std::string_view query) {
    return query.find(']') != std::string_view::npos || query.find("%5") != std::string_view::npos;
}

bool isSigned(const HttpRequest &request, std::string_view method, const HmacSigner &signer,
              const std::string &signature) {
    const auto isOf = [&](std::string_view path) {
        return signer.verify(stringToSign(method, path, request.query), signature) ||
               (hasArray(request.query) &&
                signer.verify(stringToSignOfRuby(method, path, request.query), signature));
    };
    if (isOf(request.path))
        return true;
    // pusher-php-server signs the path before its HTTP library escapes it (spec §2.3).
    return request.path.find('%') != std::string::npos &&
           isOf(percentDecode(request.path, PlusSign::IsPlus));
}

/// The first parameter that none of the libraries sends; empty: there is none.
std::string strangerIn(const QueryParameters &query) {
    constexpr std::string_view kKnown[] = {"auth_key",        "auth_timestamp", "auth_version",
                                           "auth_signature",  "body_md5",       "info",
                                           "filter_by_prefix"};
    for (const auto &[name, value] : query)
        if (std::ranges::find(kKnown, name) == std::end(kKnown))
            return name;
    return {};
}

/// A proxy or rewrite rule that adds a parameter (`?q=`, `?fbclid=`) makes every signature wrong.
Error wrongSignature(const QueryParameters &query) {
    constexpr std::size_t kMaxShown = 40;
    std::string reason = "Authentication signature invalid.";
    const std::string stranger = strangerIn(query).substr(0, kMaxShown);
    if (!stranger.empty() && std::ranges::all_of(stranger, isWordCharacter))
        reason += " The query has the parameter " + stranger + ", which no client signs.";
    return {Errc::Unauthorized, reason};
}

} // namespace

QueryParameters readQueryParameters(std::string_view query) {
    QueryParameters parameters;
    forEachPair(query, [&](std::string_view rawKey, std::string_view rawValue) {
        std::string key = decodedKey(rawKey);
        const std::string value = decodedValue(key, rawValue);
        const std::size_t bracket = key.find('[');
        const bool isArray = bracket != std::string::npos && key.ends_with(']');
        if (isArray)
            key.resize(bracket);
        const auto known = parameters.find(key);
        if (isArray && known != parameters.end())
            known->second += "," + value;
        else
            parameters[key] = value;
    });
    return parameters;
}

std::string_view parameterOf(const QueryParameters &parameters, std::string_view name) {
    const auto found = parameters.find(name);
    return found != parameters.end() ? found->second : std::string_view();
}

std::string stringToSign(std::string_view method, std::string_view path, std::string_view query) {
    std::string joined;
    for (const auto &[key, value] : readQueryParameters(query))
        if (key != "auth_signature")
            joined += (joined.empty() ? "" : "&") + key + "=" + value;
    return std::string(method) + "\n" + std::string(path) + "\n" + joined;
}

Result<Done> verifySignedRequest(const HttpRequest &request, const App &app, const Clock &clock,
                                 std::int64_t window) {
    const QueryParameters query = readQueryParameters(request.query);
    const auto parameter = [&](const char *name) { return std::string(parameterOf(query, name)); };
    for (const char *name : {"auth_key", "auth_timestamp", "auth_version", "auth_signature"})
        if (parameter(name).empty())
            return failure(Errc::Unauthorized, std::string("Missing ") + name + ".");
    if (!equalInConstantTime(parameter("auth_key"), app.key))
        return failure(Errc::Unauthorized, "Unknown auth_key.");
    if (parameter("auth_version") != "1.0")
        return failure(Errc::Unauthorized, "Unsupported auth_version.");
    if (const auto fresh = checkAge(parameter("auth_timestamp"), clock, window); !fresh)
        return fresh;
    if (const auto whole = checkBody(query, request.body); !whole)
        return whole;
    const HmacSigner signer(app.secret);
    const std::string signature = parameter("auth_signature");
    // HEAD is served as GET without a body: either may have been signed (spec §9).
    if (isSigned(request, request.method, signer, signature) ||
        (request.method == "HEAD" && isSigned(request, "GET", signer, signature)))
        return Done{};
    return tl::unexpected<Error>(wrongSignature(query));
}

} // namespace pregon
