#include "fcgi/request_auth.h"

#include "fcgi/form_fields.h"
#include "shared/ascii.h"
#include "shared/hmac_signer.h"

#include <charconv>
#include <cstdint>

namespace pregon {
namespace {

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
                                               std::to_string(window) + " second window.");
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

bool isSigned(const HttpRequest &request, std::string_view method, const HmacSigner &signer,
              const std::string &signature) {
    if (signer.verify(stringToSign(method, request.path, request.query), signature))
        return true;
    // pusher-php-server signs the path before its HTTP library escapes it (spec §2.3).
    return request.path.find('%') != std::string::npos &&
           signer.verify(
               stringToSign(method, percentDecode(request.path, PlusSign::IsPlus), request.query),
               signature);
}

} // namespace

QueryParameters readQueryParameters(std::string_view query) {
    QueryParameters parameters;
    while (!query.empty()) {
        const std::size_t end = std::min(query.find('&'), query.size());
        const std::string_view pair = query.substr(0, end);
        query.remove_prefix(std::min(end + 1, query.size()));
        if (pair.empty())
            continue;
        const std::size_t equals = std::min(pair.find('='), pair.size());
        std::string key = asciiLower(percentDecode(pair.substr(0, equals), PlusSign::IsSpace));
        std::string value =
            percentDecode(pair.substr(std::min(equals + 1, pair.size())), PlusSign::IsSpace);
        const std::size_t bracket = key.find('[');
        const bool isArray = bracket != std::string::npos && key.ends_with(']');
        if (isArray)
            key.resize(bracket);
        const auto known = parameters.find(key);
        if (isArray && known != parameters.end())
            known->second += "," + value;
        else
            parameters[key] = value;
    }
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
    return failure(Errc::Unauthorized, "Authentication signature invalid.");
}

} // namespace pregon
