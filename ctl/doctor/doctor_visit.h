// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/doctor/doctor_report.h"
#include "ctl/doctor/page_script.h"
#include "ctl/import/laravel_settings.h"
#include "ctl/nginx/nginx_place.h"
#include "ctl/probe/http_probe.h"
#include "ctl/probe/web_socket_probe.h"
#include "shared/config/app_config.h"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pregon {

/// What the operator asked `pregonctl doctor` for.
struct DoctorOptions {
    std::string configFile;     ///< empty: only the process environment
    std::string url;            ///< where the public reaches Pregón; empty: see doctor.h
    std::string laravelEnvFile; ///< empty: no application is looked at
    std::string webServerFile;  ///< nginx.conf or Caddyfile; empty: where Debian has it
    std::string origin;         ///< of the page, if it is not the URL's own; empty: APP_URL's
    bool trustsAnyCertificate = false;
    std::string token;   ///< a user's bearer token, without blanks; empty: none. Never printed
    std::string channel; ///< that this user asks for; empty: one that no user may join
    std::chrono::seconds idle{0}; ///< how long to wait to see whether a quiet socket stays open
};

/// The result of one check: a Finding without its name.
struct Diagnosis {
    Verdict verdict;
    std::string text;
    std::string where = {};
};

/// What the checks of one run share: what is known beforehand, and what earlier checks found.
struct Visit {
    DoctorOptions options;
    std::optional<AppConfig> config; ///< none: it could not be read
    std::string configFault;         ///< why, if there is none
    std::optional<LaravelEnv> laravel;
    LaravelSettings laravelSettings; ///< what `import` would take of it
    std::string laravelFolder;       ///< the application's
    std::optional<NginxDirective> nginx;
    std::string nginxFault; ///< why there is none
    std::string caddyFile;  ///< empty: not Caddy
    std::optional<SiteUrl> site;
    std::string siteFault; ///< why there is none

    // Left by earlier checks.
    std::optional<pid_t> worker;               ///< its process
    std::string fallbackFault;                 ///< of PREGON_AUTH_FALLBACK; empty: none is known
    std::optional<ProbeConnection> connection; ///< to the site
    std::optional<ProbeFailure> connectFault;  ///< why there is none
    bool isPregon = false;                     ///< the site answers as Pregón does
    std::vector<PageScript> scripts;           ///< of the application's page; none: not seen
    std::unique_ptr<WebSocketProbe> socket;    ///< greeted
    std::string socketId;
    std::string channel; ///< subscribed to on `socket`

    /// The application that the requests are signed for: the one of the Laravel `.env`, as that
    /// would sign, or the first of the configuration.
    App app;

    std::chrono::steady_clock::time_point deadline() const;
    ProbeRoute route() const;
    /// The site's path of one of Pregón's: `/ws/app/KEY` of `/app/KEY`.
    std::string path(std::string_view own) const { return site->path + std::string(own); }
    Probed<ProbeAnswer> ask(const ProbeRequest &request) const { return probe(route(), request); }
    /// Signed with the application's secret (spec pusher-http-api §2.2); `site` is where it goes,
    /// below its path.
    Probed<ProbeAnswer> askSigned(const std::string &method, const std::string &apiPath,
                                  const std::string &body) const;

    /// `FILE:LINE` of a setting, in the configuration or the last drop-in that has it; the file
    /// alone if no file sets it.
    std::string whereIs(std::string_view setting) const;
    /// nginx's place for a path of the site; nullopt: not known.
    std::optional<NginxPlace> nginxPlace(std::string_view own) const;
    /// `FILE:LINE` to change when the site does not do right by a path of Pregón's: nginx's
    /// location, else its server, else the Caddyfile; empty: not known.
    std::string whereRouted(std::string_view own) const;
    /// The page's origin: --origin, else the application's APP_URL, else the site's own.
    std::string pageOrigin() const;
    /// The known origins of pages: --origin or APP_URL, and what `import` takes from FRONTEND_URL,
    /// SANCTUM_STATEFUL_DOMAINS and config/cors.php.
    std::vector<std::string> knownPageOrigins() const;
};

/// `REVERB_APP_KEY` of `APP_KEY`; PUSHER_APP_KEY where the application has only Pusher's lines.
std::string laravelKey(const LaravelEnv &env, const std::string &name);

/// Reads what `options` names; if something cannot be read, its reason is kept. BadRequest: a URL
/// that is not valid.
Result<Visit> beginVisit(DoctorOptions options);

/// Of any application: nginx routes them all alike.
inline constexpr const char *kEventsPath = "/apps/1/events";

/// A web server's answer where the program behind it does not answer.
constexpr bool isAway(int status) {
    return status >= 502 && status <= 504;
}

inline Diagnosis ok(std::string text) {
    return {Verdict::Ok, std::move(text)};
}
inline Diagnosis warning(std::string text, std::string where = {}) {
    return {Verdict::Warning, std::move(text), std::move(where)};
}
inline Diagnosis broken(std::string text, std::string where = {}) {
    return {Verdict::Failure, std::move(text), std::move(where)};
}
inline Diagnosis notChecked(std::string reason) {
    return {Verdict::NotChecked, std::move(reason)};
}

} // namespace pregon
