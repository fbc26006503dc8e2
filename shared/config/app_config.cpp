// SPDX-License-Identifier: MIT
#include "shared/config/app_config.h"

#include "shared/auth/cipher.h"
#include "shared/auth/laravel_cookie.h"
#include "shared/auth/user_store.h"
#include "shared/clock.h"
#include "shared/config/app_key.h"
#include "shared/config/apps_file.h"
#include "shared/config/config_files.h"
#include "shared/config/dangerous_settings.h"
#include "shared/config/jwt_settings.h"
#include "shared/config/redis_settings.h"
#include "shared/config/settings.h"
#include "shared/config/webhook_environment.h"
#include "shared/protocol/hmac_signer.h"
#include "shared/small_file.h"

#include <algorithm>
#include <set>

namespace pregon {
namespace {

/// Options of Reverb's that only the Laravel application and its pages read.
const std::set<std::string_view> kClientSideKeys = {"REVERB_HOST",        "REVERB_PORT",
                                                    "REVERB_SCHEME",      "REVERB_SERVER",
                                                    "REVERB_SERVER_HOST", "REVERB_SERVER_PORT"};

Result<Done> assignNamed(AppConfig &config, const Setting &setting, std::string_view text) {
    const auto done = assign(config, config.apps[0], setting, text);
    if (!done)
        return failure(Errc::BadRequest, std::string(setting.name) + ": " + done.error().reason);
    return Done{};
}

Result<Done> checkDistinct(const std::vector<App> &apps) {
    std::set<std::string_view> ids, keys;
    for (const App &app : apps)
        if (!ids.insert(app.id).second || !keys.insert(app.key).second)
            return failure(Errc::BadRequest, "application " + app.id + ": id or key appears twice");
    return Done{};
}

std::string_view withoutSlashes(std::string_view path) {
    while (path.ends_with('/'))
        path.remove_suffix(1);
    return path;
}

/// `/ws/` and `ws` mean `/ws`.
std::string normalisedPath(std::string_view path) {
    path = withoutSlashes(path);
    if (path.empty() || path.starts_with('/'))
        return std::string(path);
    return "/" + std::string(path);
}

/// A key that is no setting: an unknown one of ours is refused, since it is a misspelling; one of
/// Reverb's that has no counterpart here is remembered, to be warned about.
Result<Done> noteUnknownKey(AppConfig &config, const std::string &key, const std::string &value) {
    if (key.starts_with("PREGON_"))
        return failure(Errc::BadRequest, key + ": unknown setting" + nearestSettings(key));
    if (key.starts_with("REVERB_") && !value.empty() && !kClientSideKeys.contains(key))
        config.ignoredKeys.push_back(key);
    return Done{};
}

Result<Done> apply(AppConfig &config, const std::string &key, const std::string &value) {
    const Setting *setting = findSetting(key);
    if (const auto peers = readPeerWebhookSetting(config, key, value); !peers)
        return tl::unexpected<Error>(peers.error());
    if (setting == nullptr)
        return noteUnknownKey(config, key, value);
    return value.empty() ? Result<Done>(Done{}) : assignNamed(config, *setting, value);
}

/// CORS has no credentials for everybody: any page could act for the user.
bool allowsEverybody(const std::vector<std::string> &origins) {
    return std::any_of(origins.begin(), origins.end(), [](std::string_view pattern) {
        if (const auto scheme = pattern.find("://"); scheme != std::string_view::npos)
            pattern.remove_prefix(scheme + 3);
        return pattern.find_first_not_of("*:") == std::string_view::npos;
    });
}

Result<Done> checkAuth(const AppConfig &config) {
    if (config.corsCredentials && allowsEverybody(config.corsOrigins))
        return failure(Errc::BadRequest, "PREGON_CORS_CREDENTIALS: not with the origin *");
    return Done{};
}

Result<Done> checkTogether(AppConfig &config) {
    if (const auto valid = checkAuth(config); !valid)
        return valid;
    if (const auto valid = checkAppKey(config.apps[0].key); !valid)
        return failure(valid.error().code, "REVERB_APP_KEY: " + valid.error().reason);
    if (const auto webhooks = makeEnvironmentWebhooks(config); !webhooks)
        return webhooks;
    if (config.scaling)
        if (const auto redis = redisSettings(config); !redis)
            return tl::unexpected<Error>(redis.error());
    return Done{};
}

/// What the driver of the sessions needs besides.
Result<Done> checkSessions(const AppConfig &config) {
    if (config.sessionCookie.empty())
        return Done{};
    if (config.sessionDriver == "file" && config.sessionFiles.empty())
        return failure(Errc::BadRequest,
                       "PREGON_SESSION_FILES: must be set where PREGON_SESSION_DRIVER is file");
    if (config.sessionDriver != "redis")
        return Done{};
    const auto redis = redisSettings(config);
    if (!redis)
        return tl::unexpected<Error>(redis.error());
    if (redis->tls || !redis->sentinels.empty())
        return failure(Errc::BadRequest,
                       "PREGON_SESSION_DRIVER: redis is asked neither over TLS nor "
                       "through Sentinel");
    return Done{};
}

/// What pregon-fcgi needs to tell who somebody is.
Result<Done> checkIdentity(const AppConfig &config) {
    if (const auto columns = checkUserColumns(config.userColumns); !columns)
        return failure(columns.error().code, "PREGON_USER_COLUMNS: " + columns.error().reason);
    if (const auto keys = jwtKeys(config); !keys)
        return tl::unexpected<Error>(keys.error());
    const bool isAsked = !config.sessionCookie.empty() || config.rememberMe;
    if (const auto sessions = checkSessions(config); !sessions)
        return tl::unexpected<Error>(sessions.error());
    if (config.appKey.empty() && isAsked)
        return failure(Errc::BadRequest, "PREGON_APP_KEY: must be set where PREGON_SESSION_COOKIE "
                                         "or PREGON_REMEMBER_ME is");
    if (config.appKey.empty())
        return Done{};
    const auto cookies =
        LaravelCookie::make(config.appKey, config.appPreviousKeys, config.appCipher);
    if (!cookies)
        return tl::unexpected<Error>(cookies.error());
    return Done{};
}

/// The applications of PREGON_APPS, behind the one of REVERB_APP_ID if that is set.
Result<Done> addAppsOfFile(AppConfig &config) {
    if (config.appsFile.empty())
        return Done{};
    const auto text = readSmallFile(config.appsFile);
    if (!text)
        return tl::unexpected<Error>(text.error());
    const auto apps = parseApps(*text, config.webhookDefaults);
    if (!apps)
        return tl::unexpected<Error>(apps.error());
    if (config.apps[0].id.empty() && !apps->empty())
        config.apps.clear();
    config.apps.insert(config.apps.end(), apps->begin(), apps->end());
    return checkDistinct(config.apps);
}

/// Each value of each file, whether it is in force or not.
Result<Done> checkEach(const std::vector<ConfigFile> &files) {
    for (const ConfigFile &file : files)
        for (const auto &[key, value] : file.values) {
            AppConfig scratch;
            scratch.apps.resize(1);
            if (const auto good = apply(scratch, key, value); !good)
                return failure(good.error().code, file.path + ":" + lineOfKey(file.text, key) +
                                                      ": " + good.error().reason);
        }
    return Done{};
}

/// An error about values that do not go together, with the place of the one that it names first.
tl::unexpected<Error> atItsPlace(const std::vector<ConfigFile> &files, const Error &error) {
    const std::string key = error.reason.substr(0, error.reason.find(':'));
    const std::string place = placeOf(files, key);
    return failure(error.code, (place.empty() ? files.front().path : place) + ": " + error.reason);
}

void noteSources(AppConfig &config, const std::vector<ConfigFile> &files,
                 const Environment &environment) {
    for (const auto &[key, value] : mergedValues(files))
        config.sources[key] = {value, placeOf(files, key)};
    for (const auto &[key, value] : environment)
        if (!value.empty())
            config.sources[key] = {value, "environment"};
}

/// `*example.com` is also evilexample.com. `*` alone is meant, and so is `*.example.com`.
bool allowsLookalikes(std::string_view pattern) {
    if (const auto scheme = pattern.find("://"); scheme != std::string_view::npos)
        pattern.remove_prefix(scheme + 3);
    const auto host = pattern.find_first_not_of('*');
    return host != std::string_view::npos && host > 0 && pattern[host] != '.' &&
           pattern[host] != ':';
}

void warnOfLookalikes(const std::string &key, const std::vector<std::string> &patterns,
                      std::vector<ConfigWarning> &warnings) {
    for (const std::string &pattern : patterns)
        if (allowsLookalikes(pattern))
            warnings.push_back({key, pattern + " also allows hosts that only end like it; write "
                                               "the host, and *. before it for its subdomains"});
}

void warnOfKeys(const std::vector<App> &apps, std::vector<ConfigWarning> &warnings) {
    for (const App &app : apps)
        if (!isPlainAppKey(app.key))
            warnings.push_back({"key of " + app.id,
                                "holds characters that some clients alter in /app/KEY; letters, "
                                "digits and - . _ ~ are safe everywhere, and so is base64:…="});
}

/// Several classes are several tables, as a rule: number 1 of each would be the same user here.
void warnOfUserTypes(const AppConfig &config, std::vector<ConfigWarning> &warnings) {
    const auto classes =
        std::count_if(config.userTypes.begin(), config.userTypes.end(),
                      [](const std::string &type) { return type.find('\\') != std::string::npos; });
    if (classes > 1)
        warnings.push_back({"PREGON_USER_TYPE",
                            "the tokens of all these models are looked up in one users table: "
                            "keep out a model with a table of its own, whose number 1 would be "
                            "taken for user 1"});
}

/// Limits and permissions that wait for another setting.
void warnOfNoEffect(const AppConfig &config, std::vector<ConfigWarning> &warnings) {
    const auto warn = [&](bool isIdle, const char *key, const std::string &needed) {
        if (isIdle)
            warnings.push_back({key, "has no effect without " + needed});
    };
    for (const App &app : config.apps)
        warn(app.rateLimitTerminate && !app.rateLimiting, "REVERB_APP_RATE_LIMIT_TERMINATE",
             "REVERB_APP_RATE_LIMITING_ENABLED, application " + app.id);
    const bool hasWebhooks = !config.webhookUrl.empty() || !config.webhooksJson.empty();
    warn(hasWebhooks && (config.apps.empty() || config.apps[0].webhooks.empty()),
         "PREGON_WEBHOOK_URL",
         "REVERB_APP_ID: webhooks of the applications of PREGON_APPS stand in that file");
    warn(config.corsCredentials && config.corsOrigins.empty(), "PREGON_CORS_CREDENTIALS",
         "PREGON_CORS_ORIGINS");
    warn(config.sessionTouch && config.sessionCookie.empty(), "PREGON_SESSION_TOUCH",
         "PREGON_SESSION_COOKIE");
    warn(config.sessionTouch && config.sessionDriver != "database", "PREGON_SESSION_TOUCH",
         "PREGON_SESSION_DRIVER=database");
    warn(!config.appPreviousKeys.empty() && config.appKey.empty(), "PREGON_APP_PREVIOUS_KEYS",
         "PREGON_APP_KEY");
}

void warnOfReaders(const AppConfig &config, std::vector<ConfigWarning> &warnings) {
    for (const auto &[key, source] : config.sources) {
        const std::size_t line = source.place.rfind(':'); // the environment has none
        const std::string file = source.place.substr(0, line);
        if (isSecret(key) && line != std::string::npos && isWorldReadable(file))
            warnings.push_back({key, file + " is readable by everybody: chmod o-r it"});
    }
}

} // namespace

Result<AppConfig> makeAppConfig(const Environment &fileValues, const Environment &environment) {
    AppConfig config;
    config.apps.resize(1);
    for (const Setting &setting : settings())
        if (const auto done = assignNamed(config, setting, setting.defaultText);
            !done && !setting.defaultText.empty())
            return tl::unexpected<Error>(done.error());
    for (const Environment *values : {&fileValues, &environment})
        for (const auto &[key, value] : *values)
            if (const auto applied = apply(config, key, value); !applied)
                return tl::unexpected<Error>(applied.error());
    if (const auto valid = checkTogether(config); !valid)
        return tl::unexpected<Error>(valid.error());
    if (const auto valid = checkIdentity(config); !valid)
        return tl::unexpected<Error>(valid.error());
    config.serverPath = normalisedPath(config.serverPath);
    config.authFallback = std::string(withoutSlashes(config.authFallback));
    auto names = SchemaNames::parse(config.tables, config.columns);
    if (!names)
        return failure(names.error().code,
                       "PREGON_TABLES, PREGON_COLUMNS: " + names.error().reason);
    config.schemaNames = std::move(*names);
    return config;
}

const App *AppConfig::findApp(std::string_view id) const {
    for (const App &app : apps)
        if (app.id == id)
            return &app;
    return nullptr;
}

Result<AppConfig> loadAppConfig(const std::string &file) {
    const auto files = readConfigFiles(file);
    if (!files)
        return tl::unexpected<Error>(files.error());
    // The files must be good by themselves, also where something that wins replaces a value.
    if (const auto alone = checkEach(*files); !alone)
        return tl::unexpected<Error>(alone.error());
    const Environment values = mergedValues(*files);
    if (const auto alone = makeAppConfig(values, {}); !alone)
        return atItsPlace(*files, alone.error());
    const Environment environment = processEnvironment();
    auto config = makeAppConfig(values, environment);
    if (!config)
        return failure(config.error().code, "environment: " + config.error().reason);
    noteSources(*config, *files, environment);
    if (const auto added = addAppsOfFile(*config); !added)
        return failure(added.error().code, config->appsFile + ": " + added.error().reason);
    return config;
}

std::vector<ConfigWarning> configWarnings(const AppConfig &config) {
    std::vector<ConfigWarning> warnings;
    for (const std::string &key : config.ignoredKeys)
        warnings.push_back(
            {key, "this option of Reverb has no effect here" + nearestSettings(key)});
    warnOfKeys(config.apps, warnings);
    for (const App &app : config.apps)
        warnOfLookalikes("allowed origins of " + app.id, app.allowedOrigins, warnings);
    if (std::any_of(config.trustedProxies.begin(), config.trustedProxies.end(),
                    [](const AddressPrefix &prefix) { return prefix.isEveryAddress(); }))
        warnings.push_back({"PREGON_TRUSTED_PROXIES", "every client over TCP may say from which "
                                                      "address it comes, and that it came by TLS"});
    warnOfUserTypes(config, warnings);
    warnOfNoEffect(config, warnings);
    warnOfReaders(config, warnings);
    warnOfLookalikes("PREGON_CORS_ORIGINS", config.corsOrigins, warnings);
    if (config.workerSockets.size() > 1 && !config.scaling)
        warnings.push_back({"PREGON_WORKER_SOCKETS",
                            "several workers that share nothing: an event reaches the clients of "
                            "one of them only; REVERB_SCALING_ENABLED makes them one"});
    if (!config.authFallback.empty() && config.authFallbackMax >= config.fcgiThreads)
        warnings.push_back({"PREGON_AUTH_FALLBACK_MAX",
                            "an application that hangs can occupy every thread of "
                            "PREGON_FCGI_THREADS"});
    for (ConfigWarning &danger : dangerousSettings(config))
        warnings.push_back(std::move(danger));
    return warnings;
}

std::vector<std::string> workerSockets(const AppConfig &config) {
    return config.workerSockets.empty() ? std::vector{config.ipcSocket} : config.workerSockets;
}

DatabaseSettings databaseSettings(const AppConfig &config) {
    DatabaseSettings settings(config.database);
    settings.names = config.schemaNames;
    settings.timeZone = config.databaseTimeZone;
    settings.timeout = std::chrono::milliseconds(config.databaseTimeoutMs);
    return settings;
}

Result<Done> requireCredentials(const AppConfig &config) {
    for (const App &app : config.apps) // an empty secret is one that everybody knows
        if (app.id.empty() || app.key.empty() || app.secret.empty())
            return failure(Errc::BadRequest, "REVERB_APP_ID, REVERB_APP_KEY and REVERB_APP_SECRET "
                                             "must be set (pregonctl keys makes them)");
    return Done{};
}

} // namespace pregon
