// SPDX-License-Identifier: MIT
#include "shared/config/webhook_environment.h"

#include "shared/config/setting_type.h"
#include "shared/number_text.h"

namespace pregon {
namespace {

Result<std::int64_t> numberOf(const std::string &key, const std::string &value,
                              std::int64_t minimum, std::int64_t maximum) {
    const auto number = wholeNumber(value);
    if (!number || *number < minimum || *number > maximum)
        return failure(Errc::BadRequest, key + ": must be a whole number, " +
                                             std::to_string(minimum) + " to " +
                                             std::to_string(maximum));
    return *number;
}

Result<bool> readNumber(const std::string &key, const std::string &value, std::int64_t maximum,
                        std::int64_t &to) {
    const auto number = numberOf(key, value, 1, maximum);
    if (!number)
        return tl::unexpected<Error>(number.error());
    to = *number;
    return true;
}

Result<bool> readSwitch(const std::string &key, const std::string &value,
                        WebhookDefaults &defaults) {
    const auto isOn = switchValue(value);
    if (!isOn)
        return failure(Errc::BadRequest, key + ": must be true or false");
    defaults.batches = *isOn;
    return true;
}

Result<WebhookEndpoint> endpointOf(const AppConfig &config) {
    WebhookEndpoint endpoint;
    endpoint.url = config.webhookUrl;
    endpoint.prefix = config.webhookPrefix;
    endpoint.batchMs = config.webhookBatchMs;
    endpoint.maxAgeSeconds = config.webhookMaxAgeSeconds;
    if (const auto good = checkWebhookUrl(config.webhookUrl); !good)
        return failure(Errc::BadRequest, "PREGON_WEBHOOK_URL: " + good.error().reason);
    if (config.webhookEvents.empty())
        return endpoint;
    const auto kinds = parseHookKinds(config.webhookEvents);
    if (!kinds)
        return failure(Errc::BadRequest, "PREGON_WEBHOOK_EVENTS: " + kinds.error().reason);
    endpoint.kinds = *kinds;
    return endpoint;
}

} // namespace

Result<bool> readPeerWebhookSetting(AppConfig &config, const std::string &key,
                                    const std::string &value) {
    WebhookDefaults &defaults = config.webhookDefaults;
    if (value.empty())
        return false;
    if (key == "SOKETI_DEFAULT_APP_WEBHOOKS" || key == "DEFAULT_APP_WEBHOOKS") {
        if (config.webhooksJson.empty()) // ours wins
            config.webhooksJson = value;
        return true;
    }
    if (key == "SOKETI_WEBHOOKS_BATCHING" || key == "WEBHOOK_BATCHING_ENABLED")
        return readSwitch(key, value, defaults);
    if (key == "SOKETI_WEBHOOKS_BATCHING_DURATION" || key == "WEBHOOK_BATCHING_DURATION")
        return readNumber(key, value, 10'000, defaults.durationMs);
    if (key == "WEBHOOK_BATCHING_SIZE")
        return readNumber(key, value, 1000, defaults.batchEvents);
    return false;
}

Result<Done> makeEnvironmentWebhooks(AppConfig &config) {
    App &app = config.apps[0];
    app.webhooks.clear();
    if (!config.webhooksJson.empty() && !config.webhookUrl.empty())
        return failure(Errc::BadRequest, "PREGON_WEBHOOKS: not beside PREGON_WEBHOOK_URL");
    if (!config.webhooksJson.empty()) {
        auto webhooks = parseWebhooks(config.webhooksJson, config.webhookDefaults);
        if (!webhooks)
            return failure(Errc::BadRequest, "PREGON_WEBHOOKS: " + webhooks.error().reason);
        app.webhooks = std::move(*webhooks);
        return Done{};
    }
    if (config.webhookUrl.empty())
        return Done{};
    auto endpoint = endpointOf(config);
    if (!endpoint)
        return tl::unexpected<Error>(endpoint.error());
    app.webhooks.push_back(std::move(*endpoint));
    return Done{};
}

} // namespace pregon
