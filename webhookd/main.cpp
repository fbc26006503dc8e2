// SPDX-License-Identifier: MIT

// pregon-webhookd: options, configuration, wiring; no logic.

#include "shared/log/log.h"
#include "webhookd/webhookd.h"

#include <csignal>

int main(int argc, char **argv) {
    using namespace pregon;
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGHUP, SIG_IGN); // until the loop takes it: the configuration is read anyway
    const DaemonOptions options = parseDaemonOptions(
        argc, argv, "pregon-webhookd",
        "Delivers webhooks: what happens in channels, to the applications' own URLs.");
    const auto config = startConfiguration(options);
    if (!config)
        return 1;
    if (options.checkOnly)
        return 0;
    HookSender::startLibrary();
    Webhookd webhookd(*config, options);
    if (const auto started = webhookd.start(); !started) {
        log(LogLevel::Error, "webhookd cannot start", {{"reason", started.error().reason}});
        return 1;
    }
    webhookd.run();
    return 0;
}
