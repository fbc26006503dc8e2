// SPDX-License-Identifier: MIT
#include "worker/clients/connect_request.h"

#include "shared/protocol/origin_rules.h"

#include <charconv>

namespace pregon {
namespace {

using PusherProtocol::CodeText;

/// Versions 5 to 7 are served alike; none at all counts as 7.
std::optional<CodeText> refusedVersion(std::string_view protocol) {
    if (protocol.empty())
        return std::nullopt;
    int version = 0;
    const auto [end, error] =
        std::from_chars(protocol.data(), protocol.data() + protocol.size(), version);
    const bool tooLarge = error == std::errc::result_out_of_range;
    if ((error != std::errc() && !tooLarge) || end != protocol.data() + protocol.size())
        return PusherProtocol::kInvalidVersion;
    if (tooLarge || version < 5 || version > 7)
        return PusherProtocol::kUnsupportedVersion;
    return std::nullopt;
}

bool isFull(const Application &application) {
    const std::int64_t maximum = application.settings().maxConnections;
    return maximum != kUnlimited &&
           application.connectionCount + application.connectionsElsewhere >=
               static_cast<std::size_t>(maximum);
}

bool isReached(std::size_t count, std::size_t limit) {
    return limit > 0 && count >= limit;
}

std::optional<CodeText> refusedByApplication(const Application &application,
                                             const ConnectRequest &request) {
    const App &app = application.settings();
    if (app.tlsRequired && !request.isSecure)
        return PusherProtocol::kTlsRequired;
    if (!app.enabled)
        return PusherProtocol::kApplicationDisabled;
    if (app.strictProtocol)
        if (const auto refused = refusedVersion(request.protocol))
            return refused;
    if (!isOriginAllowed(request.origin, app.allowedOrigins, app.allowMissingOrigin))
        return PusherProtocol::kOriginRefused;
    return std::nullopt;
}

Admitted findApplication(const std::string &key, ApplicationRegistry &applications) {
    if (Application *application = applications.findByKey(key))
        return {application, ""};
    const auto split = splitKey(key);
    if (!split)
        return {nullptr, ""};
    Application *application = applications.findByKey(split->key);
    return {application, std::string(split->token.text)};
}

} // namespace

std::optional<std::string> appKeyOf(std::string_view path, std::string_view serverPath) {
    constexpr std::string_view kApp = "/app/";
    if (!serverPath.empty() && path.starts_with(serverPath) &&
        path.substr(serverPath.size()).starts_with(kApp))
        path.remove_prefix(serverPath.size());
    if (!path.starts_with(kApp))
        return std::nullopt;
    path.remove_prefix(kApp.size());
    return path.empty() ? std::nullopt : std::optional(std::string(path));
}

tl::expected<Admitted, CodeText> admit(const ConnectRequest &request,
                                       ApplicationRegistry &applications,
                                       const ConnectLimits &limits, std::size_t fromAddress) {
    const auto key = appKeyOf(request.path, limits.serverPath);
    if (!key)
        return tl::unexpected(PusherProtocol::kPathNotFound);
    Admitted admitted = findApplication(*key, applications);
    if (admitted.application == nullptr)
        return tl::unexpected(PusherProtocol::kApplicationUnknown);
    if (const auto refused = refusedByApplication(*admitted.application, request))
        return tl::unexpected(*refused);
    if (isFull(*admitted.application)) { // a half-open connection must not keep its page away
        admitted.inTheWay = admitted.application->recovery().predecessorOf(admitted.resumeToken);
        if (admitted.inTheWay == nullptr)
            return tl::unexpected(PusherProtocol::kOverConnectionQuota);
    }
    if (isReached(applications.connectionCount(), limits.maxConnections) ||
        isReached(fromAddress, limits.maxConnectionsPerAddress))
        return tl::unexpected(PusherProtocol::kOverCapacity);
    return admitted;
}

std::string shownPath(const std::string &path) {
    const std::size_t mark = path.rfind('~');
    return mark == std::string::npos ? path : path.substr(0, mark) + "~...";
}

} // namespace pregon
