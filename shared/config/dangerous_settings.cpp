// SPDX-License-Identifier: MIT
#include "shared/config/dangerous_settings.h"

#include <algorithm>
#include <string>
#include <string_view>

namespace pregon {
namespace {

using Warnings = std::vector<ConfigWarning>;

void warnOfClientEvents(const App &app, Warnings &warnings) {
    const std::string application = " (application " + app.id + ")";
    if (app.acceptClientEventsFrom == "all")
        warnings.push_back({"REVERB_APP_ACCEPT_CLIENT_EVENTS_FROM",
                            "all: a client may send client events to private channels that it may "
                            "not join; members asks for the subscription" +
                                application});
    if (app.clientEventsOnPublic && app.clientEventsPerSecond == 0)
        warnings.push_back({"PREGON_APP_CLIENT_EVENTS_PER_SECOND",
                            "0: any client may send as much as it can to all subscribers of a "
                            "public channel; 10 is the default" +
                                application});
    if (app.maxRejectedMessages == 0)
        warnings.push_back(
            {"PREGON_APP_MAX_REJECTED_MESSAGES",
             "0: a client that sends nothing but errors is answered for ever" + application});
}

bool isEveryInterface(const ListenAddress &address) {
    constexpr std::string_view kEvery[] = {"", "*", "0.0.0.0", "::"};
    return !address.isUnix() &&
           std::find(std::begin(kEvery), std::end(kEvery), address.host) != std::end(kEvery);
}

void warnOfListening(const std::vector<ListenAddress> &addresses, const char *key,
                     const char *danger, Warnings &warnings) {
    for (const ListenAddress &address : addresses)
        if (isEveryInterface(address))
            warnings.push_back({key, address.text() +
                                         " is open to every machine that reaches this "
                                         "one, past the web server: " +
                                         danger});
}

} // namespace

Warnings dangerousSettings(const AppConfig &config) {
    Warnings warnings;
    for (const App &app : config.apps)
        warnOfClientEvents(app, warnings);
    if (config.authTimestampWindowSeconds == 0)
        warnings.push_back({"PREGON_AUTH_TIMESTAMP_WINDOW",
                            "0: a signed request that was seen once can be sent again for ever"});
    warnOfListening(config.wsListen, "PREGON_WS_LISTEN",
                    "without TLS, unless a firewall stands before it", warnings);
    warnOfListening(config.fcgiListen, "PREGON_FCGI_LISTEN",
                    "whoever connects may say from which address a request comes", warnings);
    return warnings;
}

} // namespace pregon
