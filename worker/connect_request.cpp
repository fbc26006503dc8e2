#include "worker/connect_request.h"

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
           application.connectionCount >= static_cast<std::size_t>(maximum);
}

} // namespace

std::optional<std::string> appKeyOf(std::string_view path) {
    constexpr std::string_view kPrefix = "/app/";
    if (!path.starts_with(kPrefix))
        return std::nullopt;
    path.remove_prefix(kPrefix.size());
    if (path.empty() || path.find('/') != std::string_view::npos)
        return std::nullopt;
    return std::string(path);
}

tl::expected<Application *, CodeText> admit(const ConnectRequest &request,
                                            ApplicationRegistry &applications) {
    const auto key = appKeyOf(request.path);
    if (!key)
        return tl::unexpected(PusherProtocol::kPathNotFound);
    Application *application = applications.findByKey(*key);
    if (application == nullptr)
        return tl::unexpected(PusherProtocol::kApplicationUnknown);
    if (const auto refused = refusedVersion(request.protocol))
        return tl::unexpected(*refused);
    if (isFull(*application))
        return tl::unexpected(PusherProtocol::kOverConnectionQuota);
    return application;
}

} // namespace pregon
