// SPDX-License-Identifier: MIT
#include "ctl/doctor/doctor_visit.h"

#include "shared/clock.h"
#include "shared/config/env_file.h"
#include "shared/config/setting_type.h"
#include "shared/protocol/hmac_signer.h"
#include "shared/small_file.h"
#include "shared/unix_socket.h"
#include "shared/url_encoding.h"

#include <algorithm>
#include <filesystem>
#include <unistd.h>

namespace pregon {
namespace {

constexpr std::chrono::seconds kPatience{10};
constexpr const char *kNginxFile = "/etc/nginx/nginx.conf";
constexpr const char *kCaddyFile = "/etc/caddy/Caddyfile";
constexpr const char *kLocalUrl = "http://127.0.0.1:8080";

bool exists(const std::string &file) {
    std::error_code error;
    return std::filesystem::exists(file, error);
}

void readConfiguration(Visit &visit) {
    auto config = loadAppConfig(visit.options.configFile);
    const auto complete =
        config ? requireCredentials(*config) : Result<Done>(tl::unexpected<Error>(config.error()));
    if (!complete) {
        visit.configFault = complete.error().reason;
        return;
    }
    visit.app = config->apps.front();
    visit.config = std::move(*config);
}

/// Requests are signed as the application would sign them: with what its own file says.
Result<Done> readLaravel(Visit &visit) {
    if (visit.options.laravelEnvFile.empty())
        return Done{};
    auto source = LaravelSource::read(visit.options.laravelEnvFile);
    if (!source)
        return tl::unexpected<Error>(source.error());
    const LaravelEnv &env = source->env;
    if (visit.config)
        if (const App *known = visit.config->findApp(env.value(laravelKey(env, "APP_ID"))))
            visit.app = *known;
    for (const auto &[key, field] : {std::pair("APP_ID", &App::id), std::pair("APP_KEY", &App::key),
                                     std::pair("APP_SECRET", &App::secret)})
        if (const std::string value = env.value(laravelKey(env, key)); !value.empty())
            visit.app.*field = value;
    visit.laravelSettings = readLaravelSettings(*source);
    visit.laravelFolder = source->folder;
    visit.laravel = std::move(source->env);
    return Done{};
}

void readWebServer(Visit &visit) {
    std::string file = visit.options.webServerFile;
    if (file.empty())
        file = exists(kNginxFile) || !exists(kCaddyFile) ? kNginxFile : kCaddyFile;
    if (std::filesystem::path(file).filename().string().starts_with("Caddyfile")) {
        visit.caddyFile = file;
        visit.nginxFault = "the web server is Caddy";
        return;
    }
    auto nginx = readNginx(file);
    if (nginx)
        visit.nginx = std::move(*nginx);
    else
        visit.nginxFault = nginx.error().reason + " (--web-server FILE names another)";
}

bool answersLocally() {
    ProbeRoute route{*parseSiteUrl(kLocalUrl), "", false, std::chrono::seconds(1)};
    return ProbeConnection::open(route).has_value();
}

Result<Done> chooseSite(Visit &visit) {
    std::string url = visit.options.url;
    if (url.empty() && visit.laravel && !visit.laravel->value("REVERB_HOST").empty()) {
        const auto valueOr = [&](const char *key, const char *standard) {
            const std::string value = visit.laravel->value(key);
            return value.empty() ? std::string(standard) : value;
        };
        url = valueOr("REVERB_SCHEME", "https") + "://" + visit.laravel->value("REVERB_HOST") +
              ":" + valueOr("REVERB_PORT", "443");
    }
    if (url.empty() && answersLocally())
        url = kLocalUrl;
    if (url.empty()) {
        visit.siteFault = "no --url, and nothing listens on 127.0.0.1:8080";
        return Done{};
    }
    auto site = parseSiteUrl(url);
    if (!site)
        return tl::unexpected<Error>(site.error());
    if (site->path.empty() && visit.config)
        site->path = visit.config->serverPath;
    visit.site = std::move(*site);
    return Done{};
}

} // namespace

Result<Visit> beginVisit(DoctorOptions options) {
    Visit visit;
    visit.options = std::move(options);
    readConfiguration(visit);
    if (const auto done = readLaravel(visit); !done)
        return tl::unexpected<Error>(done.error());
    readWebServer(visit);
    if (const auto done = chooseSite(visit); !done)
        return tl::unexpected<Error>(done.error());
    return visit;
}

std::chrono::steady_clock::time_point Visit::deadline() const {
    return std::chrono::steady_clock::now() + kPatience;
}

ProbeRoute Visit::route() const {
    return {*site, "", options.trustsAnyCertificate, kPatience};
}

Probed<ProbeAnswer> Visit::askSigned(const std::string &method, const std::string &apiPath,
                                     const std::string &body) const {
    const std::string timestamp = std::to_string(SystemClock().unixSeconds());
    const auto query = [&](const std::string &key) { // signed as it is, sent percent-encoded
        return "auth_key=" + key + "&auth_timestamp=" + timestamp + "&auth_version=1.0" +
               (body.empty() ? "" : "&body_md5=" + md5Hex(body));
    };
    const std::string signature =
        HmacSigner(app.secret).sign(method + "\n" + apiPath + "\n" + query(app.key));
    return ask(
        {method,
         path(apiPath) + "?" + query(percentEncode(app.key)) + "&auth_signature=" + signature,
         {"Content-Type: application/json"},
         body});
}

std::string laravelKey(const LaravelEnv &env, const std::string &name) {
    const bool isPusher = !env.has("REVERB_" + name) && env.has("PUSHER_" + name);
    return (isPusher ? "PUSHER_" : "REVERB_") + name;
}

std::string Visit::whereIs(std::string_view setting) const {
    std::string found = options.configFile;
    std::vector<std::string> files{options.configFile};
    std::filesystem::path folder(options.configFile);
    folder.replace_extension(".d");
    std::error_code error;
    for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end;
         entry.increment(error))
        if (entry->path().extension() == ".env")
            files.push_back(entry->path().string());
    std::sort(files.begin() + 1, files.end());
    for (const std::string &file : files)
        if (const auto text = readSmallFile(file))
            if (const std::string line = lineOfKey(*text, setting); !line.empty())
                found = file + ":" + line;
    return found;
}

std::optional<NginxPlace> Visit::nginxPlace(std::string_view own) const {
    if (!nginx || !site)
        return std::nullopt;
    return findNginxPlace(*nginx, site->host, site->port, path(own));
}

std::string Visit::whereRouted(std::string_view own) const {
    if (const auto place = nginxPlace(own))
        return place->innermost().where();
    return nginx ? nginx->file : caddyFile;
}

std::string Visit::pageOrigin() const {
    if (!options.origin.empty())
        return options.origin;
    if (laravel)
        if (const auto page = parseSiteUrl(laravel->value("APP_URL")))
            return page->origin();
    return site->origin();
}

std::vector<std::string> Visit::knownPageOrigins() const {
    std::vector<std::string> origins;
    if (!options.origin.empty() || (laravel && parseSiteUrl(laravel->value("APP_URL"))))
        origins.push_back(pageOrigin());
    for (const std::string &origin : splitList(laravelSettings.valueOf("PREGON_CORS_ORIGINS")))
        if (origin.find('*') == std::string::npos &&
            std::find(origins.begin(), origins.end(), origin) == origins.end())
            origins.push_back(origin);
    return origins;
}

} // namespace pregon
