// SPDX-License-Identifier: MIT
#include "shared/config/redis_settings.h"

#include "shared/config/app_config.h"
#include "shared/url_encoding.h"

#include <charconv>
#include <optional>

namespace pregon {
namespace {

constexpr std::int64_t kMaxDatabase = 65535;

/// Laravel's env() takes the word for nothing.
std::string unlessNull(const std::string &text) {
    return text == "null" || text == "(null)" ? "" : text;
}

std::optional<std::int64_t> numberUpTo(std::string_view text, std::int64_t maximum) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value < 0 || value > maximum)
        return std::nullopt;
    return value;
}

bool isPort(std::string_view text) {
    return numberUpTo(text, 65535).value_or(0) > 0;
}

/// `HOST`, `HOST:PORT`, `[::1]:PORT`.
std::optional<RedisAddress> parseAddress(std::string_view text, std::string port) {
    const bool isBracketed = text.starts_with('[');
    const std::size_t end = isBracketed ? text.find(']') : text.rfind(':');
    std::string host(text);
    if (isBracketed) {
        if (end == std::string_view::npos)
            return std::nullopt;
        host = text.substr(1, end - 1);
        text.remove_prefix(end + 1);
        if (text.starts_with(':'))
            port = text.substr(1);
        else if (!text.empty())
            return std::nullopt;
    } else if (end != std::string_view::npos) {
        host = text.substr(0, end);
        port = text.substr(end + 1);
    }
    if (host.empty() || !isPort(port))
        return std::nullopt;
    return RedisAddress{std::move(host), std::move(port)};
}

/// Takes `scheme://` off; false if it is not a known scheme.
bool takeScheme(std::string_view &text, RedisSettings &settings) {
    const std::size_t end = text.find("://");
    if (end == std::string_view::npos)
        return true;
    const std::string_view scheme = text.substr(0, end);
    text.remove_prefix(end + 3);
    settings.tls = scheme == "rediss" || scheme == "tls";
    return settings.tls || scheme == "redis" || scheme == "tcp";
}

Result<Done> applyUrl(std::string_view url, RedisSettings &settings) {
    const auto bad = [](const char *why) {
        return failure(Errc::BadRequest, std::string("REDIS_URL: ") + why);
    };
    if (url.find("://") == std::string_view::npos || !takeScheme(url, settings))
        return bad("expected redis://[USER:PASSWORD@]HOST[:PORT][/DB], or rediss://");
    url = url.substr(0, url.find('?'));
    if (const std::size_t at = url.rfind('@'); at != std::string_view::npos) {
        const std::string_view user = url.substr(0, at);
        const std::size_t colon = std::min(user.find(':'), user.size());
        settings.username = percentDecode(user.substr(0, colon), PlusSign::IsPlus);
        settings.password =
            percentDecode(user.substr(std::min(colon + 1, user.size())), PlusSign::IsPlus);
        url.remove_prefix(at + 1);
    }
    const std::size_t slash = std::min(url.find('/'), url.size());
    if (const auto database = url.substr(std::min(slash + 1, url.size())); !database.empty()) {
        const auto number = numberUpTo(database, kMaxDatabase);
        if (!number)
            return bad("the database is no number");
        settings.database = *number;
    }
    const auto address = parseAddress(url.substr(0, slash), settings.address.port);
    if (!address)
        return bad("no host, or a port that is none");
    settings.address = *address;
    return Done{};
}

Result<Done> applyHost(std::string host, RedisSettings &settings) {
    std::string_view rest = host;
    if (!takeScheme(rest, settings))
        return failure(Errc::BadRequest, "REDIS_HOST: of schemes only tls:// is known");
    if (rest.starts_with('/')) {
        settings.address.host = rest;
        return Done{};
    }
    const bool isAddress6 = rest.find(':') != rest.rfind(':') && !rest.starts_with('[');
    const auto address = isAddress6 ? RedisAddress{std::string(rest), settings.address.port}
                                    : parseAddress(rest, settings.address.port);
    if (!address)
        return failure(Errc::BadRequest, "REDIS_HOST: expected a host");
    settings.address = *address;
    return Done{};
}

Result<Done> applySentinels(const AppConfig &config, RedisSettings &settings) {
    for (const std::string &text : config.redisSentinels) {
        const auto address = parseAddress(text, "26379");
        if (!address)
            return failure(Errc::BadRequest,
                           "PREGON_REDIS_SENTINELS: expected HOST or HOST:PORT, with commas");
        settings.sentinels.push_back(*address);
    }
    settings.sentinelService = config.redisSentinelService;
    settings.sentinelPassword = config.redisSentinelPassword;
    return Done{};
}

} // namespace

Result<RedisSettings> redisSettings(const AppConfig &config) {
    RedisSettings settings;
    settings.caFile = config.redisCaFile;
    settings.username = unlessNull(config.redisUsername);
    settings.password = unlessNull(config.redisPassword);
    settings.prefix = unlessNull(config.redisPrefix) + config.scalingChannel + ":";
    settings.timeout = std::chrono::milliseconds(config.redisTimeoutMs);
    settings.address.port = unlessNull(config.redisPort).empty() ? "6379" : config.redisPort;
    if (!isPort(settings.address.port))
        return failure(Errc::BadRequest, "REDIS_PORT: expected a port");
    const std::string database = unlessNull(config.redisDatabase);
    const auto number = numberUpTo(database.empty() ? "0" : database, kMaxDatabase);
    if (!number)
        return failure(Errc::BadRequest, "REDIS_DB: expected a number from 0 to 65535");
    settings.database = *number;
    const std::string host = unlessNull(config.redisHost);
    if (const auto done = applyHost(host.empty() ? "127.0.0.1" : host, settings); !done)
        return tl::unexpected<Error>(done.error());
    if (const std::string url = unlessNull(config.redisUrl); !url.empty())
        if (const auto done = applyUrl(url, settings); !done)
            return tl::unexpected<Error>(done.error());
    if (const auto done = applySentinels(config, settings); !done)
        return tl::unexpected<Error>(done.error());
    return settings;
}

} // namespace pregon
