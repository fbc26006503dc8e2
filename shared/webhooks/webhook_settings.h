// SPDX-License-Identifier: MIT
#pragma once

#include "shared/json/json.h"
#include "shared/result.h"
#include "shared/webhooks/webhook_event.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pregon {

inline constexpr std::size_t kMaxWebhooks = 100; ///< of one application

/// One address that an application's events are sent to (spec webhooks §6).
struct WebhookEndpoint {
    std::string url; ///< http or https
    std::uint32_t kinds = kAllKinds;
    std::string prefix, suffix; ///< of the channel's name: both must hold; empty: any
    std::vector<std::pair<std::string, std::string>> headers; ///< further ones; values are secret
    std::int64_t batchMs = 0;                                 ///< 0: one event in each request
    std::int64_t batchEvents = 20;
    std::int64_t timeoutMs = 10'000;
    std::int64_t maxAgeSeconds = 300;
    std::int64_t concurrency = 1; ///< above 1 the order is given up
    std::string caFile;           ///< PEM of the authorities to believe; empty: the system's

    bool wants(HookKind kind) const { return (kinds & bitOf(kind)) != 0; }
    bool wantsChannel(std::string_view channel) const {
        return channel.starts_with(prefix) && channel.ends_with(suffix);
    }
    bool operator==(const WebhookEndpoint &) const = default;
};

/// How the servers that others come from say it for all applications at once: it holds for an
/// endpoint that says nothing itself.
struct WebhookDefaults {
    bool batches = false;
    std::int64_t durationMs = 50;
    std::int64_t batchEvents = 20;

    std::int64_t batchMs() const { return batches ? durationMs : 0; }
};

/// The `webhooks` of an application: a list of objects, in our spelling, Soketi's or Sockudo's.
/// BadRequest with the entry's number and a sentence for anything that is unknown, out of range or
/// not supported; it never shows a URL's query or a header's value.
Result<std::vector<WebhookEndpoint>> readWebhooks(JsonValue list, const WebhookDefaults &defaults);

/// The same out of JSON text.
Result<std::vector<WebhookEndpoint>> parseWebhooks(std::string_view json,
                                                   const WebhookDefaults &defaults);

/// BadRequest with the reason unless `url` can be one: http or https, a host, no user and no
/// fragment.
Result<Done> checkWebhookUrl(std::string_view url);

/// The kinds that a list of names stands for. BadRequest with the name that is none.
Result<std::uint32_t> parseHookKinds(const std::vector<std::string> &names);

/// `https://example.com/hook` without the query, which may hold a secret. For people.
std::string shownUrl(std::string_view url);

/// All kinds that one of these endpoints wants; a state is asked for by both its kinds or by none.
std::uint32_t wantedKinds(const std::vector<WebhookEndpoint> &endpoints);

} // namespace pregon
