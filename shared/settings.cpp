#include "shared/settings.h"

#include "shared/ascii.h"
#include "shared/nearest_name.h"

#include <algorithm>
#include <charconv>
#include <iterator>

namespace pregon {
namespace {

constexpr std::int64_t kDay = 86400;
constexpr std::int64_t kGigabyte = 1 << 30;

constexpr Setting kSettings[] = {
    // name, default, minimum, maximum, field, help
    {"REVERB_APP_ID", "", 0, 0, &App::id, "application id, as in the application's .env", "app_id"},
    {"REVERB_APP_KEY", "", 0, 0, &App::key, "application key: clients connect with it", "key"},
    {"REVERB_APP_SECRET", "", 0, 0, &App::secret, "signs; keep it to the two daemons and Laravel",
     "secret"},
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

    {"REVERB_SCALING_ENABLED", "false", 0, 0, &AppConfig::scaling,
     "share channels and clients with other workers through Redis"},
    {"REVERB_SCALING_CHANNEL", "reverb", 0, 0, &AppConfig::scalingChannel,
     "name in front of every key and channel in Redis; workers with the same one share"},
    {"REDIS_URL", "", 0, 0, &AppConfig::redisUrl,
     "redis://USER:PASSWORD@HOST:PORT/DB, or rediss:// for TLS; wins over the next six"},
    {"REDIS_HOST", "127.0.0.1", 0, 0, &AppConfig::redisHost,
     "host of Redis; tls:// before it means TLS, a path is a Unix-domain socket"},
    {"REDIS_PORT", "6379", 0, 0, &AppConfig::redisPort, "port of Redis"},
    {"REDIS_USERNAME", "", 0, 0, &AppConfig::redisUsername, "user of Redis; null is none"},
    {"REDIS_PASSWORD", "", 0, 0, &AppConfig::redisPassword, "its password; null is none"},
    {"REDIS_DB", "0", 0, 0, &AppConfig::redisDatabase, "number of the database"},
    {"REDIS_PREFIX", "", 0, 0, &AppConfig::redisPrefix,
     "further name in front of REVERB_SCALING_CHANNEL"},

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
    {"PREGON_IO_URING", "true", 0, 0, &AppConfig::ioUring,
     "send to many clients in one system call where the kernel allows it"},
    {"PREGON_MAX_QUEUED_BYTES", "1048576", 4096, kGigabyte, &AppConfig::maxQueuedBytes,
     "bytes that may wait for one slow client before it is closed"},
    {"PREGON_MAX_CHANNELS_PER_CONNECTION", "1000", 0, 1'000'000,
     &AppConfig::maxChannelsPerConnection, "channels that one client may join; 0 is unlimited"},

    {"PREGON_MAX_CONNECTIONS", "0", 0, 10'000'000, &AppConfig::maxConnections,
     "clients of the worker; 0 is as many as it has descriptors"},
    {"PREGON_MAX_CONNECTIONS_PER_ADDRESS", "0", 0, 1'000'000, &AppConfig::maxConnectionsPerAddress,
     "clients from one address; 0 is unlimited"},
    {"PREGON_TRUSTED_PROXIES", "", 0, 0, &AppConfig::trustedProxies,
     "addresses (10.0.0.0/8 too) of proxies over TCP whose X-Forwarded headers are believed"},
    {"PREGON_DRAIN_SECONDS", "10", 0, 3600, &AppConfig::drainSeconds,
     "seconds over which a worker that stops closes its clients; 0 closes all at once"},
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
    {"PREGON_ENCRYPTION_MASTER_KEY", "", 0, 0, &AppConfig::encryptionMasterKey,
     "base64 of the 32 bytes that encrypted channels' keys are made of; none signs none of them"},
    {"PREGON_AUTH_FALLBACK", "", 0, 0, &AppConfig::authFallback,
     "http://HOST:PORT of the application that decides where the channel rules do not"},
    {"PREGON_AUTH_FALLBACK_TIMEOUT_MS", "3000", 100, 20'000, &AppConfig::authFallbackTimeoutMs,
     "milliseconds that the application has for an answer"},
    {"PREGON_AUTH_FALLBACK_MAX", "8", 1, 1024, &AppConfig::authFallbackMax,
     "questions to the application at a time; keep it below PREGON_FCGI_THREADS"},
    {"PREGON_AUTH_BATCH_MAX", "100", 1, 1000, &AppConfig::authBatchMax,
     "channels in one request for channel auth"},
    {"PREGON_AUTH_RATE_PER_MINUTE", "0", 0, 1'000'000, &AppConfig::authRatePerMinute,
     "auth requests of one client address in a minute; 0 is unlimited"},
    {"PREGON_AUTH_JSONP", "false", 0, 0, &AppConfig::authJsonp,
     "answer auth requests with a callback as JSONP"},
    {"PREGON_CORS_ORIGINS", "", 0, 0, &AppConfig::corsOrigins,
     "origins of other sites' pages that may use auth and /api, with commas, as allowed origins"},
    {"PREGON_CORS_CREDENTIALS", "false", 0, 0, &AppConfig::corsCredentials,
     "let these pages send cookies"},
    {"PREGON_DATABASE", "sqlite:/var/lib/pregon/pregon.db", 0, 0, &AppConfig::database,
     "the store: sqlite:PATH, postgresql://USER:PASSWORD@HOST/NAME or mariadb://…"},
    {"PREGON_DATABASE_TIMEOUT_MS", "5000", 100, 60'000, &AppConfig::databaseTimeoutMs,
     "milliseconds that one statement, or connecting, may take"},
    {"PREGON_DATABASE_TIME_ZONE", "", 0, 0, &AppConfig::databaseTimeZone,
     "time zone of the session, as the `timezone` of Laravel's connection; empty: the server's"},
    {"PREGON_TABLES", "", 0, 0, &AppConfig::tables,
     "tables that the application calls otherwise: users=clients, with commas"},
    {"PREGON_COLUMNS", "", 0, 0, &AppConfig::columns,
     "columns likewise: notifications.commerce_id=shop_id, with commas"},
    {"PREGON_CHANNELS", "/etc/pregon/channels.json", 0, 0, &AppConfig::channelsFile,
     "who may join which private and presence channel"},

    {"PREGON_USER_TYPE", "App\\Models\\User", 0, 0, &AppConfig::userTypes,
     "tokenable_types of the Sanctum tokens that are accepted, with commas"},
    {"PREGON_USER_COLUMNS", "id,name,email,commerce_id,role", 0, 0, &AppConfig::userColumns,
     "columns of the users table that rules and answers may use, with commas"},
    {"PREGON_USER_SOFT_DELETES", "false", 0, 0, &AppConfig::userSoftDeletes,
     "a user whose deleted_at is set does not exist"},
    {"PREGON_TOKEN_EXPIRATION_MINUTES", "0", 0, 10 * 366 * 1440, &AppConfig::tokenExpirationMinutes,
     "minutes that a token is valid after it was made, as sanctum.expiration; 0 is for ever"},
    {"PREGON_TOUCH_LAST_USED", "true", 0, 0, &AppConfig::touchLastUsed,
     "keep the last_used_at of tokens, once a minute"},
    {"PREGON_APP_TIMEZONE", "UTC", 0, 0, &AppConfig::appTimeZone,
     "time zone of the times in the tables, as Laravel's app.timezone"},
    {"PREGON_APP_KEY", "", 0, 0, &AppConfig::appKey,
     "Laravel's APP_KEY, which encrypts its cookies"},
    {"PREGON_APP_PREVIOUS_KEYS", "", 0, 0, &AppConfig::appPreviousKeys,
     "Laravel's APP_PREVIOUS_KEYS, with commas"},
    {"PREGON_APP_CIPHER", "AES-256-CBC", 0, 0, &AppConfig::appCipher,
     "AES-256-CBC, AES-128-CBC, AES-256-GCM or AES-128-GCM, as Laravel's app.cipher"},
    {"PREGON_SESSION_COOKIE", "", 0, 0, &AppConfig::sessionCookie,
     "name of Laravel's session cookie; empty: nobody is known by a session"},
    {"PREGON_SESSION_LIFETIME_MINUTES", "120", 1, 10 * 366 * 1440,
     &AppConfig::sessionLifetimeMinutes, "minutes that a session lasts, as SESSION_LIFETIME"},
    {"PREGON_SESSION_TOUCH", "false", 0, 0, &AppConfig::sessionTouch,
     "keep the last_activity of sessions, once a minute"},
    {"PREGON_REMEMBER_ME", "false", 0, 0, &AppConfig::rememberMe,
     "take Laravel's remember-me cookie where the session has no user"},
    {"PREGON_IDENTITY_CACHE_SECONDS", "5", 0, 300, &AppConfig::identityCacheSeconds,
     "seconds that pregon-fcgi remembers whose a token or session is; 0 asks each time"},
    {"PREGON_IDENTITY_CACHE_SIZE", "10000", 1, 1'000'000, &AppConfig::identityCacheSize,
     "tokens and sessions that it remembers at a time"},

    {"PREGON_WORKER_SOCKETS", "", 0, 0, &AppConfig::workerSockets,
     "IPC sockets of the workers that pregon-fcgi asks, with commas; empty: PREGON_IPC_SOCKET"},
    {"PREGON_REDIS_SENTINELS", "", 0, 0, &AppConfig::redisSentinels,
     "HOST:PORT of each Sentinel that knows where Redis is, with commas; empty: REDIS_HOST"},
    {"PREGON_REDIS_SENTINEL_SERVICE", "mymaster", 0, 0, &AppConfig::redisSentinelService,
     "name of the master there"},
    {"PREGON_REDIS_SENTINEL_PASSWORD", "", 0, 0, &AppConfig::redisSentinelPassword,
     "password of the Sentinels themselves"},
    {"PREGON_REDIS_CA_FILE", "", 0, 0, &AppConfig::redisCaFile,
     "PEM file of the authorities to believe with TLS; empty: the system's"},
    {"PREGON_REDIS_TIMEOUT_MS", "2000", 100, 4000, &AppConfig::redisTimeoutMs,
     "milliseconds for connecting to Redis, and for any of its answers"},

    {"PREGON_LOG_LEVEL", "info", 0, 0, &AppConfig::logLevel,
     "error, warning, notice, info or debug"},
    {"PREGON_PID_DIR", "", 0, 0, &AppConfig::pidDirectory,
     "directory for the pid files `worker`, `keep-listening` and `fcgi`; none if empty"},
};

std::vector<std::string> splitList(std::string_view text) {
    std::vector<std::string> parts;
    while (!text.empty()) {
        const std::size_t comma = std::min(text.find(','), text.size());
        if (const auto part = trimLine(text.substr(0, comma)); !part.empty())
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

Result<std::vector<AddressPrefix>> parsePrefixList(std::string_view text) {
    std::vector<AddressPrefix> prefixes;
    for (const std::string &part : splitList(text)) {
        const auto prefix = AddressPrefix::parse(part);
        if (!prefix)
            return tl::unexpected<Error>(prefix.error());
        prefixes.push_back(*prefix);
    }
    return prefixes;
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
    Result<Done> operator()(bool AppConfig::*field) const {
        return store(parseBoolean(text), config.*field);
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
    Result<Done> operator()(std::vector<AddressPrefix> AppConfig::*field) const {
        return store(parsePrefixList(text), config.*field);
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

} // namespace

std::span<const Setting> settings() {
    return kSettings;
}

const Setting *findSetting(std::string_view name) {
    for (const Setting &setting : kSettings)
        if (setting.name == name)
            return &setting;
    return nullptr;
}

std::string nearestSettings(std::string_view name) {
    std::vector<std::string_view> names;
    for (const Setting &setting : kSettings)
        names.push_back(setting.name);
    return didYouMean(name, names);
}

const Setting *findAppOption(std::string_view name) {
    for (const Setting &setting : kSettings)
        if (!setting.appKey.empty() &&
            (setting.appKey == name || (name == "id" && setting.appKey == "app_id")))
            return &setting;
    return nullptr;
}

bool isSecret(std::string_view name) {
    for (std::string_view secret :
         {"REVERB_APP_SECRET", "PREGON_ENCRYPTION_MASTER_KEY", "PREGON_APP_KEY",
          "PREGON_APP_PREVIOUS_KEYS", "PREGON_DATABASE", "REDIS_URL", "REDIS_PASSWORD",
          "PREGON_REDIS_SENTINEL_PASSWORD"})
        if (name == secret)
            return true;
    return false;
}

Result<Done> assign(AppConfig &config, App &app, const Setting &setting, std::string_view text) {
    return std::visit(Assign{config, app, setting, text}, setting.target);
}

} // namespace pregon
