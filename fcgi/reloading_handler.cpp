// SPDX-License-Identifier: MIT
#include "fcgi/reloading_handler.h"

#include "shared/auth/doubtful_rules.h"
#include "shared/log/log.h"
#include "shared/small_file.h"

namespace pregon {

SettingsPointer loadSettings(const DaemonOptions &options, const Clock &clock,
                             UsageRecorder &recorder) {
    auto config = startConfiguration(options);
    if (!config)
        return nullptr;
    const auto text = readSmallFile(config->channelsFile);
    auto rules = text ? ChannelAuthorizer::parse(*text, config->userColumns)
                      : Result<ChannelAuthorizer>(tl::unexpected<Error>(text.error()));
    if (!rules) {
        log(LogLevel::Error, "config invalid",
            {{"file", config->channelsFile}, {"reason", rules.error().reason}});
        return nullptr;
    }
    for (const std::string &doubt : doubtfulRules(rules->rules()))
        log(LogLevel::Warning, "config warning",
            {{"file", config->channelsFile}, {"reason", doubt}});
    if (rules->needsApplication() && config->authFallback.empty())
        log(LogLevel::Warning, "config warning",
            {{"key", "PREGON_AUTH_FALLBACK"},
             {"reason", "not set: channel rules with fallback refuse everybody"}});
    return std::make_shared<const Settings>(std::move(*config), std::move(*rules), clock, recorder);
}

HttpResponse ReloadingHandler::operator()(const HttpRequest &request) {
    if (SettingsPointer now = current_.load(); now != settings_) {
        api_ = std::make_unique<HttpApi>(now->config, now->rules, clock_, relay_, publisher_,
                                         *now->identity, limits_, storeHealth_);
        settings_ = std::move(now); // after the old one's last use
    }
    return api_->handle(request);
}

} // namespace pregon
