// SPDX-License-Identifier: MIT
#include "shared/webhooks/webhook_settings.h"

#include "shared/ascii.h"
#include "shared/nearest_name.h"

#include <algorithm>
#include <functional>
#include <set>

namespace pregon {
namespace {

constexpr HookKind kKinds[] = {HookKind::ChannelOccupied,  HookKind::ChannelVacated,
                               HookKind::MemberAdded,      HookKind::MemberRemoved,
                               HookKind::ClientEvent,      HookKind::CacheMiss,
                               HookKind::SubscriptionCount};

tl::unexpected<Error> refuse(std::string reason) {
    return failure(Errc::BadRequest, std::move(reason));
}

/// Members of an endpoint or of its filter that have no counterpart, and why.
constexpr std::pair<std::string_view, std::string_view> kNotSupported[] = {
    {"lambda", "AWS Lambda is not supported; put its function URL into url"},
    {"lambda_function", "AWS Lambda is not supported; put its function URL into url"},
    {"channel_pattern", "regular expressions are not supported; use channel_name_starts_with "
                        "and channel_name_ends_with"},
    {"channel_namespace", "namespaces are not supported; use channel_name_starts_with"},
    {"channel_namespaces", "namespaces are not supported; use one webhook for each, with "
                           "channel_name_starts_with"},
    {"retry", "attempts are repeated until max_age (seconds) is over; set that"},
    {"webhook_delay", "belongs to the application, beside webhooks"},
};

std::optional<std::string_view> whyNotSupported(std::string_view name) {
    for (const auto &[known, why] : kNotSupported)
        if (known == name)
            return why;
    return std::nullopt;
}

Result<std::string> textOf(JsonValue value) {
    auto text = value.asString();
    if (!text)
        return refuse("must be a text");
    return *text;
}

Result<Done> readText(JsonValue value, std::string &to) {
    auto text = textOf(value);
    if (!text)
        return tl::unexpected<Error>(text.error());
    to = std::move(*text);
    return Done{};
}

Result<Done> readNumber(JsonValue value, std::int64_t minimum, std::int64_t maximum,
                        std::int64_t &to) {
    const auto number = value.asInteger();
    if (!number || *number < minimum || *number > maximum)
        return refuse("must be a whole number, " + std::to_string(minimum) + " to " +
                      std::to_string(maximum));
    to = *number;
    return Done{};
}

Result<Done> readUrl(JsonValue value, std::string &to) {
    if (const auto read = readText(value, to); !read)
        return read;
    return checkWebhookUrl(to);
}

Result<Done> readKinds(JsonValue value, std::uint32_t &to) {
    if (!value.isArray() || value.size() == 0)
        return refuse("must be a list of names");
    std::vector<std::string> names;
    value.forEach([&](std::string_view, JsonValue name) {
        names.push_back(name.asString().value_or("something that is no text"));
    });
    const auto kinds = parseHookKinds(names);
    if (!kinds)
        return tl::unexpected<Error>(kinds.error());
    to = *kinds;
    return Done{};
}

/// Reads the members of an object, each once, with what `member` makes of it; the reason begins
/// with the member's name.
Result<Done> readMembers(
    JsonValue object, const std::function<Result<Done>(const std::string &, JsonValue)> &member) {
    if (!object.isObject())
        return refuse("must be an object");
    Result<Done> result = Done{};
    std::set<std::string> seen;
    object.forEach([&](std::string_view name, JsonValue value) {
        if (!result)
            return;
        const std::string known(name);
        if (!seen.insert(known).second)
            result = refuse(known + ": stands there twice");
        else if (const auto why = whyNotSupported(name))
            result = refuse(known + ": " + std::string(*why));
        else if (const auto read = member(known, value); !read)
            result = refuse(known + ": " + read.error().reason);
    });
    return result;
}

Result<Done> readFilter(JsonValue value, WebhookEndpoint &endpoint) {
    return readMembers(value, [&](const std::string &name, JsonValue text) -> Result<Done> {
        if (name == "channel_name_starts_with" || name == "channel_prefix")
            return readText(text, endpoint.prefix);
        if (name == "channel_name_ends_with" || name == "channel_suffix")
            return readText(text, endpoint.suffix);
        return refuse("unknown filter");
    });
}

bool isHeaderName(std::string_view name) {
    constexpr std::string_view kFurther = "!#$%&'*+-.^_`|~";
    return !name.empty() && std::all_of(name.begin(), name.end(), [&](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
               kFurther.find(c) != std::string_view::npos;
    });
}

/// What we send ourselves, and what would change how the request is sent.
bool isOwnHeader(const std::string &lower) {
    constexpr std::string_view kOwn[] = {"host", "connection", "expect",  "transfer-encoding",
                                         "te",   "trailer",    "upgrade", "user-agent"};
    return lower.starts_with("x-pusher-") || lower.starts_with("x-pregon-") ||
           lower.starts_with("content-") || std::ranges::count(kOwn, lower) > 0;
}

Result<Done> readHeaders(JsonValue value, WebhookEndpoint &endpoint) {
    return readMembers(value, [&](const std::string &name, JsonValue text) -> Result<Done> {
        if (!isHeaderName(name))
            return refuse("is no name of a header");
        if (isOwnHeader(asciiLower(name)))
            return refuse("is set by pregon-webhookd itself");
        const auto content = text.asString();
        if (!content || std::any_of(content->begin(), content->end(), [](unsigned char c) {
                return (c < ' ' && c != '\t') || c == 127;
            }))
            return refuse("must be one line of text");
        endpoint.headers.emplace_back(name, *content);
        return Done{};
    });
}

Result<Done> readMember(WebhookEndpoint &endpoint, const std::string &name, JsonValue value) {
    if (name == "url")
        return readUrl(value, endpoint.url);
    if (name == "event_types")
        return readKinds(value, endpoint.kinds);
    if (name == "filter")
        return readFilter(value, endpoint);
    if (name == "headers")
        return readHeaders(value, endpoint);
    if (name == "batch_ms")
        return readNumber(value, 0, 10'000, endpoint.batchMs);
    if (name == "batch_events")
        return readNumber(value, 1, 1000, endpoint.batchEvents);
    if (name == "timeout_ms" || name == "request_timeout_ms")
        return readNumber(value, 100, 60'000, endpoint.timeoutMs);
    if (name == "max_age")
        return readNumber(value, 1, 86'400, endpoint.maxAgeSeconds);
    if (name == "concurrency")
        return readNumber(value, 1, 32, endpoint.concurrency);
    if (name == "ca_file")
        return readText(value, endpoint.caFile);
    return refuse("unknown member" + didYouMean(name, {"url", "event_types", "filter", "headers",
                                                       "batch_ms", "batch_events", "timeout_ms",
                                                       "max_age", "concurrency", "ca_file"}));
}

Result<WebhookEndpoint> readEndpoint(JsonValue entry, const WebhookDefaults &defaults) {
    WebhookEndpoint endpoint;
    endpoint.batchMs = defaults.batchMs();
    endpoint.batchEvents = defaults.batchEvents;
    const auto read = readMembers(entry, [&](const std::string &name, JsonValue value) {
        return value.isNull() ? Result<Done>(Done{}) : readMember(endpoint, name, value);
    });
    if (!read)
        return tl::unexpected<Error>(read.error());
    if (endpoint.url.empty())
        return refuse("url: is required");
    return endpoint;
}

} // namespace

Result<std::vector<WebhookEndpoint>> readWebhooks(JsonValue list, const WebhookDefaults &defaults) {
    if (!list.isArray())
        return refuse("must be a list of objects");
    std::vector<WebhookEndpoint> endpoints;
    Result<Done> result = Done{};
    list.forEach([&](std::string_view, JsonValue entry) {
        if (!result)
            return;
        auto endpoint = readEndpoint(entry, defaults);
        if (endpoint)
            endpoints.push_back(std::move(*endpoint));
        else
            result = refuse("webhook " + std::to_string(endpoints.size() + 1) + ": " +
                            endpoint.error().reason);
    });
    if (!result)
        return tl::unexpected<Error>(result.error());
    if (endpoints.size() > kMaxWebhooks)
        return refuse("more than " + std::to_string(kMaxWebhooks) + " webhooks");
    return endpoints;
}

Result<std::vector<WebhookEndpoint>> parseWebhooks(std::string_view json,
                                                   const WebhookDefaults &defaults) {
    const auto document = JsonDocument::parse(json);
    if (!document)
        return refuse("is no JSON"); // the parser's reason may show a part of it
    return readWebhooks(document->root(), defaults);
}

Result<Done> checkWebhookUrl(std::string_view url) {
    const std::size_t scheme = url.find("://");
    const std::string lower = asciiLower(std::string(url.substr(0, scheme)));
    if (scheme == std::string_view::npos || (lower != "http" && lower != "https"))
        return refuse("must begin with https:// or http://");
    if (std::any_of(url.begin(), url.end(), [](unsigned char c) { return c <= ' ' || c >= 127; }))
        return refuse("holds characters that a URL must escape");
    if (url.find('#') != std::string_view::npos)
        return refuse("must not have a fragment (#)");
    const std::string_view rest = url.substr(scheme + 3);
    const std::string_view authority = rest.substr(0, rest.find_first_of("/?"));
    if (authority.find('@') != std::string_view::npos)
        return refuse("must not have a user and password; put them into headers");
    if (authority.empty() || authority.starts_with(':'))
        return refuse("must have a host");
    return Done{};
}

Result<std::uint32_t> parseHookKinds(const std::vector<std::string> &names) {
    std::uint32_t kinds = 0;
    for (const std::string &name : names) {
        const auto *kind = std::find_if(std::begin(kKinds), std::end(kKinds),
                                        [&](HookKind one) { return nameOf(one) == name; });
        if (kind == std::end(kKinds)) {
            std::vector<std::string_view> known;
            for (const HookKind one : kKinds)
                known.push_back(nameOf(one));
            return refuse(name + ": unknown kind of event" + didYouMean(name, known));
        }
        kinds |= bitOf(*kind);
    }
    return kinds;
}

std::string shownUrl(std::string_view url) {
    return std::string(url.substr(0, url.find('?')));
}

std::uint32_t wantedKinds(const std::vector<WebhookEndpoint> &endpoints) {
    std::uint32_t kinds = 0;
    for (const WebhookEndpoint &endpoint : endpoints)
        kinds |= endpoint.kinds;
    for (const std::uint32_t state : {kChannelKinds, kMemberKinds})
        if ((kinds & state) != 0)
            kinds |= state;
    return kinds;
}

} // namespace pregon
