#include "shared/app_config.h"

#include "shared/ascii.h"
#include "shared/json.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <iterator>
#include <set>
#include <unistd.h>
#include <variant>

extern char **environ;

namespace pregon {
namespace {

using Target =
    std::variant<std::string AppConfig::*, std::int64_t AppConfig::*,
                 std::vector<ListenAddress> AppConfig::*, std::vector<std::string> AppConfig::*,
                 std::string App::*, std::int64_t App::*, bool App::*, std::vector<std::string> App::*>;

struct Setting {
    std::string_view name;
    std::string_view defaultText;
    std::int64_t minimum, maximum; // of a number
    Target target;
    std::string_view help;
    std::string_view appKey = {}; ///< of an application's option: its name in the file of PREGON_APPS
};

constexpr std::int64_t kDay = 86400;
constexpr std::int64_t kGigabyte = 1 << 30;

const Setting kSettings[] = {
    // name, default, minimum, maximum, field, help
    {"REVERB_APP_ID", "", 0, 0, &App::id, "application id, as in the application's .env", "app_id"},
    {"REVERB_APP_KEY", "", 0, 0, &App::key, "application key: clients connect with it", "key"},
    {"REVERB_APP_SECRET", "", 0, 0, &App::secret,
     "signs; keep it to the two daemons and Laravel", "secret"},
    {"REVERB_APP_ACTIVITY_TIMEOUT", "30", 1, kDay, &App::activityTimeoutSeconds,
     "seconds of silence after which a client should ping", "activity_timeout"},
    {"REVERB_APP_PING_INTERVAL", "60", 1, kDay, &App::pingIntervalSeconds,
     "seconds of silence after which the server probes a client", "ping_interval"},
    {"REVERB_APP_MAX_CONNECTIONS", "-1", -1, 10'000'000, &App::maxConnections,
     "open sockets of the application; -1 is unlimited", "max_connections"},
    {"REVERB_APP_MAX_MESSAGE_SIZE", "10000", 1, 16 << 20, &App::maxMessageSize,
     "bytes of one message from a client", "max_message_size"},
    {"REVERB_APP_ACCEPT_CLIENT_EVENTS_FROM", "members", 0, 0, &App::acceptClientEventsFrom,
     "whose client events are passed on: members of the channel, all, or none",
     "accept_client_events_from"},
    {"REVERB_APP_RATE_LIMITING_ENABLED", "false", 0, 0, &App::rateLimiting,
     "limit the messages of each client", "rate_limiting.enabled"},
    {"REVERB_APP_RATE_LIMIT_MAX_ATTEMPTS", "60", 1, 1'000'000, &App::rateLimitMaxAttempts,
     "messages of one client in one window", "rate_limiting.max_attempts"},
    {"REVERB_APP_RATE_LIMIT_DECAY_SECONDS", "60", 1, kDay, &App::rateLimitDecaySeconds,
     "seconds of a window", "rate_limiting.decay_seconds"},
    {"REVERB_APP_RATE_LIMIT_TERMINATE", "false", 0, 0, &App::rateLimitTerminate,
     "close a client that exceeds the limit", "rate_limiting.terminate_on_limit"},
    {"REVERB_SERVER_PATH", "", 0, 0, &AppConfig::serverPath,
     "prefix of all routes, such as /ws; empty is none"},

    {"PREGON_APPS", "", 0, 0, &AppConfig::appsFile,
     "JSON file with further applications, each with its own limits"},
    {"PREGON_APP_ENABLED", "true", 0, 0, &App::enabled,
     "false refuses the application's clients and requests", "enabled"},
    {"PREGON_APP_TLS_REQUIRED", "false", 0, 0, &App::tlsRequired,
     "refuse clients that did not come over TLS (X-Forwarded-Proto)", "tls_required"},
    {"PREGON_APP_ALLOWED_ORIGINS", "*", 0, 0, &App::allowedOrigins,
     "origins of pages that may connect, with commas; * stands for any characters",
     "allowed_origins"},
    {"PREGON_APP_ALLOW_MISSING_ORIGIN", "false", 0, 0, &App::allowMissingOrigin,
     "also clients without Origin, such as native apps", "allow_missing_origin"},
    {"PREGON_APP_STRICT_PROTOCOL", "true", 0, 0, &App::strictProtocol,
     "refuse protocol versions other than 5 to 7; false takes any for 7", "strict_protocol"},
    {"PREGON_APP_CLIENT_EVENTS_ON_PUBLIC", "true", 0, 0, &App::clientEventsOnPublic,
     "client events on public channels too", "client_events_on_public"},
    {"PREGON_APP_CLIENT_EVENTS_PER_SECOND", "0", 0, 10'000, &App::clientEventsPerSecond,
     "client events of one client per second; 0 is unlimited", "client_events_per_second"},
    {"PREGON_APP_PRESENCE_MAX_MEMBERS", "0", 0, 1'000'000, &App::presenceMaxMembers,
     "users in one presence channel; 0 is unlimited", "presence_max_members"},
    {"PREGON_APP_PRESENCE_MAX_INFO_SIZE", "0", 0, 1 << 20, &App::presenceMaxInfoSize,
     "bytes of one user's user_info; 0 is unlimited", "presence_max_info_size"},
    {"PREGON_APP_CACHE_SECONDS", "1800", 1, kDay, &App::cacheSeconds,
     "seconds that a cache channel remembers its last event", "cache_seconds"},
    {"PREGON_APP_CACHE_MAX_CHANNELS", "10000", 1, 10'000'000, &App::cacheMaxChannels,
     "cache channels remembered at a time; the oldest event goes first", "cache_max_channels"},
    {"PREGON_APP_TERMINATE_CLOSE_CODE", "4009", 4000, 4299, &App::terminateCloseCode,
     "Close code of terminate_connections: 4009 stays away, 4200 comes back",
     "terminate_close_code"},
    {"PREGON_APP_SUBSCRIPTION_COUNT", "false", 0, 0, &App::subscriptionCount,
     "tell subscribers how many they are", "subscription_count"},
    {"PREGON_APP_WATCHLIST", "false", 0, 0, &App::watchlist,
     "tell signed-in users who of their watchlist is online", "watchlist"},
    {"PREGON_APP_USER_AUTHENTICATION", "false", 0, 0, &App::userAuthentication,
     "close clients that neither sign in nor join a private or presence channel",
     "user_authentication"},
    {"PREGON_APP_USER_AUTHENTICATION_TIMEOUT", "30", 1, kDay,
     &App::userAuthenticationTimeoutSeconds, "seconds that they have to do so",
     "user_authentication_timeout"},
    {"PREGON_APP_EMIT_SUBSCRIPTION_ERROR", "false", 0, 0, &App::emitSubscriptionError,
     "send pusher:subscription_error after a refused subscribe", "emit_subscription_error"},

    {"PREGON_WS_LISTEN", "unix:/run/pregon/ws.sock", 0, 0, &AppConfig::wsListen,
     "where WebSocket upgrades arrive: unix:PATH or HOST:PORT, several with commas"},
    {"PREGON_IPC_SOCKET", "/run/pregon/worker.sock", 0, 0, &AppConfig::ipcSocket,
     "Unix-domain socket from pregon-fcgi and pregonctl to pregon-worker"},
    {"PREGON_IPC_USERS", "", 0, 0, &AppConfig::ipcUsers,
     "users that may use that socket besides root and the worker's own, with commas"},
    {"PREGON_PONG_TIMEOUT", "30", 1, kDay, &AppConfig::pongTimeoutSeconds,
     "seconds that a probed client has to answer before it is closed"},
    {"PREGON_HANDSHAKE_TIMEOUT", "10", 1, 3600, &AppConfig::handshakeTimeoutSeconds,
     "seconds that a client has to complete its HTTP request"},
    {"PREGON_MAX_QUEUED_BYTES", "1048576", 4096, kGigabyte, &AppConfig::maxQueuedBytes,
     "bytes that may wait for one slow client before it is closed"},
    {"PREGON_MAX_CHANNELS_PER_CONNECTION", "1000", 0, 1'000'000,
     &AppConfig::maxChannelsPerConnection, "channels that one client may join; 0 is unlimited"},

    {"PREGON_MAX_CONNECTIONS", "0", 0, 10'000'000, &AppConfig::maxConnections,
     "clients of the worker; 0 is as many as it has descriptors"},
    {"PREGON_MAX_CONNECTIONS_PER_ADDRESS", "0", 0, 1'000'000, &AppConfig::maxConnectionsPerAddress,
     "clients from one address; 0 is unlimited"},
    {"PREGON_TRUSTED_PROXIES", "", 0, 0, &AppConfig::trustedProxies,
     "addresses of proxies over TCP whose X-Forwarded headers are believed, with commas"},
    {"PREGON_FIRST_MESSAGE_TIMEOUT", "0", 0, kDay, &AppConfig::firstMessageTimeoutSeconds,
     "seconds from the greeting to a client's first message; 0 is unlimited"},

    {"PREGON_FCGI_LISTEN", "unix:/run/pregon/fcgi.sock", 0, 0, &AppConfig::fcgiListen,
     "where FastCGI requests arrive, if neither systemd nor spawn-fcgi hands a socket over"},
    {"PREGON_FCGI_THREADS", "16", 1, 1024, &AppConfig::fcgiThreads,
     "requests that pregon-fcgi works on at a time"},
    {"PREGON_WORKER_TIMEOUT_MS", "2000", 1, 60'000, &AppConfig::workerTimeoutMs,
     "milliseconds that pregon-fcgi waits for the worker before it answers 503"},
    {"PREGON_MAX_BODY_SIZE", "1048576", 1024, 64 << 20, &AppConfig::maxBodySize,
     "bytes of one HTTP request body"},
    {"PREGON_MAX_EVENT_SIZE", "10240", 1, 1 << 20, &AppConfig::maxEventSize,
     "bytes of one event's data in the event API"},
    {"PREGON_MAX_BATCH_SIZE", "10", 1, 1000, &AppConfig::maxBatchSize,
     "events in one batch of the event API"},
    {"PREGON_AUTH_TIMESTAMP_WINDOW", "600", 0, kDay, &AppConfig::authTimestampWindowSeconds,
     "seconds that a signed request stays valid; 0 accepts any age (replays too)"},
    {"PREGON_UNAUTHENTICATED_STATUS", "403", 401, 403, &AppConfig::unauthenticatedStatus,
     "HTTP status of /broadcasting/auth without a valid token: 403 or 401"},
    {"PREGON_DATABASE", "sqlite:/var/lib/pregon/pregon.db", 0, 0, &AppConfig::database,
     "the store: sqlite:PATH"},
    {"PREGON_CHANNELS", "/etc/pregon/channels.json", 0, 0, &AppConfig::channelsFile,
     "who may join which private and presence channel"},
    {"PREGON_USER_TYPE", "App\\Models\\User", 0, 0, &AppConfig::userType,
     "tokenable_type of the Sanctum tokens that are accepted"},

    {"PREGON_LOG_LEVEL", "info", 0, 0, &AppConfig::logLevel,
     "error, warning, notice, info or debug"},
    {"PREGON_PID_DIR", "", 0, 0, &AppConfig::pidDirectory,
     "directory for the pid files `worker` and `fcgi`; none if empty"},
};

/// Options of Reverb's that only the Laravel application and its pages read.
const std::set<std::string_view> kClientSideKeys = {
    "REVERB_HOST", "REVERB_PORT", "REVERB_SCHEME", "REVERB_SERVER", "REVERB_SERVER_HOST",
    "REVERB_SERVER_PORT"};

const Setting *findSetting(std::string_view name) {
    for (const Setting &setting : kSettings)
        if (setting.name == name)
            return &setting;
    return nullptr;
}

std::string_view trim(std::string_view text) {
    const auto isSpace = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
    while (!text.empty() && isSpace(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && isSpace(text.back()))
        text.remove_suffix(1);
    return text;
}

std::vector<std::string> splitList(std::string_view text) {
    std::vector<std::string> parts;
    while (!text.empty()) {
        const std::size_t comma = std::min(text.find(','), text.size());
        if (const auto part = trim(text.substr(0, comma)); !part.empty())
            parts.emplace_back(part);
        text.remove_prefix(std::min(comma + 1, text.size()));
    }
    return parts;
}

Result<std::int64_t> parseNumber(const Setting &setting, std::string_view text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size())
        return failure(Errc::BadRequest, "not an integer");
    if (value < setting.minimum || value > setting.maximum)
        return failure(Errc::BadRequest, "must be " + std::to_string(setting.minimum) + " to " +
                                             std::to_string(setting.maximum));
    return value;
}

Result<bool> parseBoolean(std::string_view text) {
    for (std::string_view word : {"true", "1", "on", "yes"})
        if (text == word)
            return true;
    for (std::string_view word : {"false", "0", "off", "no"})
        if (text == word)
            return false;
    return failure(Errc::BadRequest, "must be true or false");
}

Result<std::vector<ListenAddress>> parseListenList(std::string_view text) {
    std::vector<ListenAddress> addresses;
    for (const std::string &part : splitList(text)) {
        const auto address = parseListenAddress(part);
        if (!address)
            return tl::unexpected<Error>(address.error());
        addresses.push_back(*address);
    }
    if (addresses.empty())
        return failure(Errc::BadRequest, "expected unix:PATH or HOST:PORT");
    return addresses;
}

/// Puts a value where the setting's target points: one overload per type of target.
struct Assign {
    AppConfig &config;
    App &app;
    const Setting &setting;
    std::string_view text;

    Result<Done> operator()(std::string AppConfig::*field) const {
        config.*field = text;
        return Done{};
    }
    Result<Done> operator()(std::string App::*field) const {
        app.*field = text;
        return Done{};
    }
    Result<Done> operator()(std::int64_t AppConfig::*field) const {
        return store(parseNumber(setting, text), config.*field);
    }
    Result<Done> operator()(std::int64_t App::*field) const {
        return store(parseNumber(setting, text), app.*field);
    }
    Result<Done> operator()(bool App::*field) const {
        return store(parseBoolean(text), app.*field);
    }
    Result<Done> operator()(std::vector<std::string> App::*field) const {
        app.*field = splitList(text);
        return Done{};
    }
    Result<Done> operator()(std::vector<ListenAddress> AppConfig::*field) const {
        return store(parseListenList(text), config.*field);
    }
    Result<Done> operator()(std::vector<std::string> AppConfig::*field) const {
        config.*field = splitList(text);
        return Done{};
    }

    template <class T>
    static Result<Done> store(Result<T> value, T &field) {
        if (!value)
            return tl::unexpected<Error>(value.error());
        field = std::move(*value);
        return Done{};
    }
};

Result<Done> assign(AppConfig &config, const Setting &setting, std::string_view text) {
    const auto done = std::visit(Assign{config, config.apps[0], setting, text}, setting.target);
    if (!done)
        return failure(Errc::BadRequest, std::string(setting.name) + ": " + done.error().reason);
    return Done{};
}

/// A JSON value as the text that an env file would hold; nullopt for what cannot be one.
std::optional<std::string> settingText(JsonValue value) {
    if (const auto boolean = value.asBoolean())
        return *boolean ? "true" : "false";
    if (const auto number = value.asNumberText())
        return number;
    if (!value.isArray())
        return value.asString();
    std::string list;
    value.forEach([&](std::string_view, JsonValue element) {
        list += (list.empty() ? "" : ",") + element.asString().value_or("");
    });
    return list;
}

/// An option by its name in the file, `rate_limiting.enabled` for a nested one.
const Setting *findAppOption(std::string_view name) {
    for (const Setting &setting : kSettings)
        if (!setting.appKey.empty() && (setting.appKey == name || (name == "id" && setting.appKey == "app_id")))
            return &setting;
    return nullptr;
}

Result<Done> readAppOption(App &app, const std::string &name, JsonValue value) {
    const Setting *setting = findAppOption(name);
    if (setting == nullptr)
        return failure(Errc::BadRequest, name + ": unknown option");
    if (value.isNull()) // as Laravel writes what is not set: the default stays
        return Done{};
    const auto text = settingText(value);
    const bool wantsText = std::holds_alternative<std::string App::*>(setting->target);
    if (!text || (wantsText && !value.isString() && !value.isNumber()))
        return failure(Errc::BadRequest, name + ": has the wrong type");
    AppConfig unused;
    const auto done = std::visit(Assign{unused, app, *setting, *text}, setting->target);
    if (!done)
        return failure(Errc::BadRequest, name + ": " + done.error().reason);
    return Done{};
}

Result<App> readApp(JsonValue entry) {
    AppConfig unused;
    App app;
    for (const Setting &setting : kSettings)
        if (!setting.appKey.empty() && !setting.defaultText.empty())
            (void)std::visit(Assign{unused, app, setting, setting.defaultText}, setting.target);
    Result<Done> result = Done{};
    entry.forEach([&](std::string_view name, JsonValue value) {
        if (name == "options" || !result) // of Reverb's own use
            return;
        if (!value.isObject())
            result = readAppOption(app, std::string(name), value);
        else
            value.forEach([&](std::string_view inner, JsonValue nested) {
                if (result)
                    result = readAppOption(app, std::string(name) + "." + std::string(inner), nested);
            });
    });
    if (!result)
        return tl::unexpected<Error>(result.error());
    if (app.id.empty() || app.key.empty() || app.secret.empty())
        return failure(Errc::BadRequest, "app_id, key and secret are required");
    return app;
}

Result<Done> checkDistinct(const std::vector<App> &apps) {
    std::set<std::string_view> ids, keys;
    for (const App &app : apps)
        if (!ids.insert(app.id).second || !keys.insert(app.key).second)
            return failure(Errc::BadRequest, "application " + app.id + ": id or key appears twice");
    return Done{};
}

/// `/ws/` and `ws` mean `/ws`.
std::string normalisedPath(std::string_view path) {
    while (path.ends_with('/'))
        path.remove_suffix(1);
    if (path.empty() || path.starts_with('/'))
        return std::string(path);
    return "/" + std::string(path);
}

/// A key that is no setting: an unknown one of ours is refused, since it is a misspelling; one of
/// Reverb's that has no counterpart here is remembered, to be warned about.
Result<Done> noteUnknownKey(AppConfig &config, const std::string &key, const std::string &value) {
    if (key.starts_with("PREGON_"))
        return failure(Errc::BadRequest, key + ": unknown setting");
    if (key.starts_with("REVERB_") && !value.empty() && !kClientSideKeys.contains(key))
        config.ignoredKeys.push_back(key);
    return Done{};
}

Result<Done> apply(AppConfig &config, const std::string &key, const std::string &value) {
    const Setting *setting = findSetting(key);
    if (setting == nullptr)
        return noteUnknownKey(config, key, value);
    return value.empty() ? Result<Done>(Done{}) : assign(config, *setting, value);
}

Result<Done> checkTogether(const AppConfig &config) {
    if (config.unauthenticatedStatus != 401 && config.unauthenticatedStatus != 403)
        return failure(Errc::BadRequest, "PREGON_UNAUTHENTICATED_STATUS: must be 401 or 403");
    for (std::string_view level : {"error", "warning", "notice", "info", "debug"})
        if (config.logLevel == level)
            return Done{};
    return failure(Errc::BadRequest,
                   "PREGON_LOG_LEVEL: expected error, warning, notice, info or debug");
}

/// The value that starts at `text`, unquoted. `${…}` would need the rest of the file: refused.
Result<std::string> parseValue(std::string_view text) {
    if (text.starts_with('\'')) {
        const std::size_t end = text.find('\'', 1);
        if (end == std::string_view::npos)
            return failure(Errc::BadRequest, "quote not closed");
        return std::string(text.substr(1, end - 1));
    }
    if (text.starts_with('#')) // `KEY= # nothing`
        return std::string();
    if (!text.starts_with('"')) {
        const std::size_t comment = std::min(text.find(" #"), text.find("\t#"));
        return std::string(trim(text.substr(0, comment)));
    }
    std::string value;
    for (std::size_t i = 1; i < text.size(); i++) {
        if (text[i] == '"')
            return value;
        if (text[i] == '\\' && i + 1 < text.size())
            value += text[++i] == 'n' ? '\n' : text[i];
        else
            value += text[i];
    }
    return failure(Errc::BadRequest, "quote not closed");
}

bool isKeyName(std::string_view key) {
    return !key.empty() && std::all_of(key.begin(), key.end(), isWordCharacter);
}

bool isOurs(std::string_view key) {
    return key.starts_with("PREGON_") || key.starts_with("REVERB_");
}

Result<Done> parseLine(std::string_view line, Environment &values) {
    line = trim(line);
    if (line.empty() || line.starts_with('#'))
        return Done{};
    if (line.starts_with("export "))
        line = trim(line.substr(7));
    const std::size_t equals = line.find('=');
    const std::string_view key = trim(line.substr(0, equals));
    if (equals == std::string_view::npos || !isKeyName(key))
        return failure(Errc::BadRequest, "expected KEY=value");
    if (!isOurs(key))
        return Done{};
    const auto value = parseValue(trim(line.substr(equals + 1)));
    if (!value)
        return failure(Errc::BadRequest, std::string(key) + ": " + value.error().reason);
    if (value->find("${") != std::string::npos)
        return failure(Errc::BadRequest, std::string(key) + ": ${…} is not replaced here");
    values[std::string(key)] = *value;
    return Done{};
}

/// Where in the file a key stands, for messages about its value.
std::string lineOfKey(std::string_view text, std::string_view key) {
    std::size_t number = 0;
    std::string found;
    while (!text.empty()) {
        number++;
        const std::size_t end = std::min(text.find('\n'), text.size());
        std::string_view line = trim(text.substr(0, end));
        if (line.starts_with("export "))
            line = trim(line.substr(7));
        if (line.starts_with(key) && trim(line.substr(key.size())).starts_with('='))
            found = std::to_string(number);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return found;
}

Environment processEnvironment() {
    Environment values;
    for (char **entry = environ; *entry != nullptr; entry++) {
        const std::string_view text(*entry);
        const std::size_t equals = text.find('=');
        if (equals != std::string_view::npos && isOurs(text))
            values[std::string(text.substr(0, equals))] = text.substr(equals + 1);
    }
    return values;
}

} // namespace

std::vector<SettingHelp> settings() {
    std::vector<SettingHelp> lines;
    for (const Setting &setting : kSettings)
        lines.push_back({setting.name, setting.defaultText, setting.help});
    return lines;
}

Result<Environment> parseEnvironmentFile(std::string_view text, std::string_view file) {
    Environment values;
    for (std::size_t number = 1; !text.empty(); number++) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        if (const auto parsed = parseLine(text.substr(0, end), values); !parsed)
            return failure(Errc::BadRequest, std::string(file) + ":" + std::to_string(number) +
                                                 ": " + parsed.error().reason);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return values;
}

Result<AppConfig> makeAppConfig(const Environment &fileValues, const Environment &environment) {
    AppConfig config;
    config.apps.resize(1);
    for (const Setting &setting : kSettings)
        if (const auto done = assign(config, setting, setting.defaultText);
            !done && !setting.defaultText.empty())
            return tl::unexpected<Error>(done.error());
    for (const Environment *values : {&fileValues, &environment})
        for (const auto &[key, value] : *values)
            if (const auto applied = apply(config, key, value); !applied)
                return tl::unexpected<Error>(applied.error());
    if (const auto valid = checkTogether(config); !valid)
        return tl::unexpected<Error>(valid.error());
    config.serverPath = normalisedPath(config.serverPath);
    return config;
}

Result<std::vector<App>> parseApps(std::string_view json) {
    const auto document = JsonDocument::parse(json);
    if (!document)
        return tl::unexpected<Error>(document.error());
    if (!document->root().isArray())
        return failure(Errc::BadRequest, "expected a list of applications");
    std::vector<App> apps;
    Result<Done> result = Done{};
    document->root().forEach([&](std::string_view, JsonValue entry) {
        auto app = readApp(entry);
        if (app)
            apps.push_back(std::move(*app));
        else if (result)
            result = failure(Errc::BadRequest, "application " + std::to_string(apps.size() + 1) + ": " +
                                                   app.error().reason);
    });
    if (!result)
        return tl::unexpected<Error>(result.error());
    return apps;
}

const App *AppConfig::findApp(std::string_view id) const {
    for (const App &app : apps)
        if (app.id == id)
            return &app;
    return nullptr;
}

namespace {

/// The applications of PREGON_APPS, behind the one of REVERB_APP_ID if that is set.
Result<Done> addAppsOfFile(AppConfig &config) {
    if (config.appsFile.empty())
        return Done{};
    const auto text = readSmallFile(config.appsFile);
    if (!text)
        return tl::unexpected<Error>(text.error());
    const auto apps = parseApps(*text);
    if (!apps)
        return tl::unexpected<Error>(apps.error());
    if (config.apps[0].id.empty() && !apps->empty())
        config.apps.clear();
    config.apps.insert(config.apps.end(), apps->begin(), apps->end());
    return checkDistinct(config.apps);
}

} // namespace

Result<AppConfig> loadAppConfig(const std::string &file) {
    Environment values;
    std::string text;
    if (!file.empty()) {
        auto content = readSmallFile(file);
        if (!content)
            return tl::unexpected<Error>(content.error());
        text = std::move(*content);
        auto parsed = parseEnvironmentFile(text, file);
        if (!parsed)
            return tl::unexpected<Error>(parsed.error());
        values = std::move(*parsed);
    }
    // The file must be good by itself, also where the environment replaces a value of it.
    if (const auto alone = makeAppConfig(values, {}); !alone) {
        const std::string key = alone.error().reason.substr(0, alone.error().reason.find(':'));
        return failure(alone.error().code,
                       file + ":" + lineOfKey(text, key) + ": " + alone.error().reason);
    }
    auto config = makeAppConfig(values, processEnvironment());
    if (!config)
        return failure(config.error().code, "environment: " + config.error().reason);
    if (const auto added = addAppsOfFile(*config); !added)
        return failure(added.error().code, config->appsFile + ": " + added.error().reason);
    return config;
}

Result<Done> requireCredentials(const AppConfig &config) {
    for (const App &app : config.apps) // an empty secret is one that everybody knows
        if (app.id.empty() || app.key.empty() || app.secret.empty())
            return failure(Errc::BadRequest, "REVERB_APP_ID, REVERB_APP_KEY and REVERB_APP_SECRET "
                                             "must be set (pregonctl keys makes them)");
    return Done{};
}

Result<std::string> readSmallFile(const std::string &path) {
    constexpr std::size_t kMaxSize = 1 << 20;
    std::ifstream file(path, std::ios::binary);
    if (!file)
        return failure(Errc::Unavailable, path + ": " + std::strerror(errno));
    std::string text(kMaxSize + 1, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (file.bad())
        return failure(Errc::Unavailable, path + ": cannot be read");
    text.resize(static_cast<std::size_t>(file.gcount()));
    if (text.size() > kMaxSize)
        return failure(Errc::TooLarge, path + ": larger than 1 MiB");
    return text;
}

} // namespace pregon
