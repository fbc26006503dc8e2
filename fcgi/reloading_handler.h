// SPDX-License-Identifier: MIT
#pragma once

#include "fcgi/http_api.h"
#include "shared/process/daemon.h"

#include <atomic>
#include <memory>

namespace pregon {

/// What a reload replaces.
struct Settings {
    Settings(AppConfig newConfig, ChannelAuthorizer newRules, const Clock &clock,
             UsageRecorder &recorder)
        : config(std::move(newConfig)), rules(std::move(newRules)),
          identity(std::make_unique<Identity>(config, clock, recorder)) {}

    AppConfig config;
    ChannelAuthorizer rules;
    std::unique_ptr<Identity> identity; ///< borrows the configuration; remembers nobody yet
};
using SettingsPointer = std::shared_ptr<const Settings>;

/// The configuration and the channel rules, with everything that follows from them; null if either
/// is invalid, which is logged. Borrows the clock and the recorder.
SettingsPointer loadSettings(const DaemonOptions &options, const Clock &clock,
                             UsageRecorder &recorder);

/// Handles requests by the settings in force when each begins. One per thread.
class ReloadingHandler {
  public:
    ReloadingHandler(const std::atomic<SettingsPointer> &current, const Clock &clock,
                     OutboxRelay &relay, Publisher &publisher, AuthLimits &limits,
                     StoreHealth &storeHealth)
        : current_(current), clock_(clock), relay_(relay), publisher_(publisher), limits_(limits),
          storeHealth_(storeHealth) {}

    HttpResponse operator()(const HttpRequest &request);

  private:
    const std::atomic<SettingsPointer> &current_;
    const Clock &clock_;
    OutboxRelay &relay_;
    Publisher &publisher_;
    AuthLimits &limits_;
    StoreHealth &storeHealth_;
    SettingsPointer settings_;
    std::unique_ptr<HttpApi> api_;
};

} // namespace pregon
