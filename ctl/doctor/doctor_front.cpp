// SPDX-License-Identifier: MIT
#include "ctl/doctor/doctor_checks.h"

namespace pregon {
namespace {

constexpr std::int64_t kDefaultReadTimeoutMs = 60'000, kDefaultBodyBytes = 1 << 20; // nginx's

/// Where nginx handles a path: of the URL's server, else of whichever has a location for it.
std::optional<NginxPlace> placeOf(const Visit &visit, std::string_view own) {
    auto place = visit.nginxPlace(own);
    if (place && place->isLocation())
        return place;
    const std::string prefix = visit.config->serverPath;
    if (auto found = findNginxLocation(*visit.nginx, prefix + std::string(own)))
        return found;
    return place;
}

Diagnosis noPlace() {
    return notChecked("nginx's configuration has no location for it");
}

} // namespace

Diagnosis checkReadTimeout(Visit &visit) {
    if (!visit.nginx && !visit.caddyFile.empty())
        return ok("Caddy does not end a quiet WebSocket");
    if (!visit.nginx)
        return notChecked(visit.nginxFault + "; doctor --idle SECONDS waits to see");
    const auto place = placeOf(visit, "/app/");
    if (!place)
        return noPlace();
    const NginxDirective *directive = place->setting("proxy_read_timeout");
    const auto timeout = directive != nullptr ? nginxMilliseconds(directive->argument(0))
                                              : std::optional(kDefaultReadTimeoutMs);
    if (!timeout)
        return notChecked(directive->where() + ": proxy_read_timeout is not understood");
    const std::int64_t interval = visit.app.pingIntervalSeconds;
    const std::string seconds = std::to_string(*timeout / 1000) + "s";
    const std::string what = (directive != nullptr ? "proxy_read_timeout "
                                                   : "without a "
                                                     "proxy_read_timeout it is ") +
                             seconds;
    if (*timeout <= interval * 1000)
        return broken(what +
                          (*timeout == interval * 1000 ? ", which is not longer than "
                                                       : ", which is shorter than ") +
                          "REVERB_APP_PING_INTERVAL " + std::to_string(interval) +
                          ": nginx ends quiet WebSockets before the worker probes them; write "
                          "proxy_read_timeout 300s",
                      directive != nullptr ? directive->where() : place->innermost().where());
    return ok(what + " is longer than REVERB_APP_PING_INTERVAL " + std::to_string(interval));
}

Diagnosis checkBodySetting(Visit &visit) {
    const auto place = placeOf(visit, kEventsPath);
    if (!place)
        return noPlace();
    const NginxDirective *directive = place->setting("client_max_body_size");
    const auto bytes = directive != nullptr ? nginxBytes(directive->argument(0))
                                            : std::optional(kDefaultBodyBytes);
    if (!bytes)
        return notChecked(directive->where() + ": client_max_body_size is not understood");
    const std::int64_t wanted = visit.config->maxBodySize;
    if (*bytes != 0 && *bytes < wanted)
        return broken("client_max_body_size is " + std::to_string(*bytes) +
                          " bytes, less than PREGON_MAX_BODY_SIZE " + std::to_string(wanted) +
                          ": write client_max_body_size " + std::to_string(2 * wanted),
                      directive != nullptr ? directive->where() : place->innermost().where());
    return ok("client_max_body_size lets bodies of PREGON_MAX_BODY_SIZE " + std::to_string(wanted) +
              " pass");
}

} // namespace pregon
