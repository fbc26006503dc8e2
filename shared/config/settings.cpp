// SPDX-License-Identifier: MIT
#include "shared/config/settings.h"

#include "shared/nearest_name.h"
#include "shared/number_text.h"

#include <algorithm>
#include <iterator>

namespace pregon {
namespace {

constexpr std::int64_t kDay = 86400;
constexpr std::int64_t kGigabyte = 1 << 30;

using Kind = SettingType::Kind;

constexpr SettingType kAddresses{Kind::Addresses};
constexpr SettingType kCookieName{Kind::CookieName};
constexpr SettingType kModels{Kind::Models};
constexpr SettingType kBoolean{Kind::Boolean};
constexpr SettingType kHttpUrl{Kind::HttpUrl};
constexpr SettingType kKey32{Kind::Key32};
constexpr SettingType kList{Kind::List};
constexpr SettingType kListenAddresses{Kind::ListenAddresses};
constexpr SettingType kOrigins{Kind::Origins};
constexpr SettingType kPath{Kind::Path};
constexpr SettingType kRoutePrefix{Kind::RoutePrefix};
constexpr SettingType kSocketPath{Kind::SocketPath};
constexpr SettingType kSocketPaths{Kind::SocketPaths};
constexpr SettingType kStoreUrl{Kind::StoreUrl};
constexpr SettingType kText{Kind::Text};
constexpr SettingType kTimeZone{Kind::TimeZone};

constexpr SettingType number(std::int64_t minimum, std::int64_t maximum,
                             std::string_view unit = {}) {
    return {Kind::Number, minimum, maximum, unit, {}};
}
constexpr SettingType bytes(std::int64_t minimum, std::int64_t maximum) {
    return number(minimum, maximum, "bytes");
}
constexpr SettingType milliseconds(std::int64_t minimum, std::int64_t maximum) {
    return number(minimum, maximum, "milliseconds");
}
constexpr SettingType seconds(std::int64_t minimum, std::int64_t maximum) {
    return number(minimum, maximum, "seconds");
}
constexpr SettingType minutes(std::int64_t minimum, std::int64_t maximum) {
    return number(minimum, maximum, "minutes");
}
constexpr SettingType oneOf(std::string_view words) {
    return {Kind::Word, 0, 0, {}, words};
}
constexpr SettingType oneOfAnyCase(std::string_view words) {
    return {Kind::WordOfAnyCase, 0, 0, {}, words};
}
constexpr SettingType ofRedis(std::string_view what) {
    return {Kind::OfRedis, 0, 0, {}, what};
}

constexpr Setting kSettings[] = {
    // name, default, type, field, help, option of PREGON_APPS
    {"REVERB_APP_ID", "", kText, &App::id, "application id, as in the application's .env",
     "app_id"},
    {"REVERB_APP_KEY", "", kText, &App::key, "application key: clients connect with it", "key"},
    {"REVERB_APP_SECRET", "", kText, &App::secret, "signs; keep it to the two daemons and Laravel",
     "secret"},
    {"REVERB_APP_ACTIVITY_TIMEOUT", "30", seconds(1, kDay), &App::activityTimeoutSeconds,
     "seconds of silence after which a client should ping", "activity_timeout"},
    {"REVERB_APP_PING_INTERVAL", "60", seconds(1, kDay), &App::pingIntervalSeconds,
     "seconds of silence after which the server probes a client", "ping_interval"},
    {"REVERB_APP_MAX_CONNECTIONS", "-1", number(-1, 10'000'000), &App::maxConnections,
     "open sockets of the application; -1 is unlimited", "max_connections"},
    {"REVERB_APP_MAX_MESSAGE_SIZE", "10000", bytes(1, 16 << 20), &App::maxMessageSize,
     "bytes of one message from a client", "max_message_size"},
    {"REVERB_APP_ACCEPT_CLIENT_EVENTS_FROM", "members", oneOf("members all none"),
     &App::acceptClientEventsFrom,
     "whose client events are passed on: members of the channel, all, or none",
     "accept_client_events_from"},
    {"REVERB_APP_RATE_LIMITING_ENABLED", "false", kBoolean, &App::rateLimiting,
     "limit the messages of each client", "rate_limiting.enabled"},
    {"REVERB_APP_RATE_LIMIT_MAX_ATTEMPTS", "60", number(1, 1'000'000), &App::rateLimitMaxAttempts,
     "messages of one client in one window", "rate_limiting.max_attempts"},
    {"REVERB_APP_RATE_LIMIT_DECAY_SECONDS", "60", seconds(1, kDay), &App::rateLimitDecaySeconds,
     "seconds of a window", "rate_limiting.decay_seconds"},
    {"REVERB_APP_RATE_LIMIT_TERMINATE", "false", kBoolean, &App::rateLimitTerminate,
     "close a client that exceeds the limit", "rate_limiting.terminate_on_limit"},
    {"REVERB_SERVER_PATH", "", kRoutePrefix, &AppConfig::serverPath,
     "prefix of all routes, such as /ws; empty is none"},

    {"REVERB_SCALING_ENABLED", "false", kBoolean, &AppConfig::scaling,
     "share channels and clients with other workers through Redis"},
    {"REVERB_SCALING_CHANNEL", "reverb", kText, &AppConfig::scalingChannel,
     "name in front of every key and channel in Redis; workers with the same one share"},
    {"REDIS_URL", "", ofRedis("redis:// or rediss:// URL"), &AppConfig::redisUrl,
     "redis://USER:PASSWORD@HOST:PORT/DB, or rediss:// for TLS; wins over the next six"},
    {"REDIS_HOST", "127.0.0.1", ofRedis("host"), &AppConfig::redisHost,
     "host of Redis; tls:// before it means TLS, a path is a Unix-domain socket"},
    {"REDIS_PORT", "6379", ofRedis("port"), &AppConfig::redisPort, "port of Redis"},
    {"REDIS_USERNAME", "", ofRedis("text"), &AppConfig::redisUsername,
     "user of Redis; null is none"},
    {"REDIS_PASSWORD", "", ofRedis("text"), &AppConfig::redisPassword,
     "its password; null is none"},
    {"REDIS_DB", "0", ofRedis("number, 0 to 65535"), &AppConfig::redisDatabase,
     "number of the database"},
    {"REDIS_PREFIX", "", ofRedis("text"), &AppConfig::redisPrefix,
     "further name in front of REVERB_SCALING_CHANNEL"},

    {"PREGON_APPS", "", kPath, &AppConfig::appsFile,
     "JSON file with further applications, each with its own limits"},
    {"PREGON_APP_ENABLED", "true", kBoolean, &App::enabled,
     "false refuses the application's clients and requests", "enabled"},
    {"PREGON_APP_TLS_REQUIRED", "false", kBoolean, &App::tlsRequired,
     "refuse clients that did not come over TLS (X-Forwarded-Proto)", "tls_required"},
    {"PREGON_APP_ALLOWED_ORIGINS", "*", kOrigins, &App::allowedOrigins,
     "origins of pages that may connect, with commas; * stands for any characters",
     "allowed_origins"},
    {"PREGON_APP_ALLOW_MISSING_ORIGIN", "false", kBoolean, &App::allowMissingOrigin,
     "also clients without Origin, such as native apps", "allow_missing_origin"},
    {"PREGON_APP_STRICT_PROTOCOL", "true", kBoolean, &App::strictProtocol,
     "refuse protocol versions other than 5 to 7; false takes any for 7", "strict_protocol"},
    {"PREGON_APP_CLIENT_EVENTS_ON_PUBLIC", "false", kBoolean, &App::clientEventsOnPublic,
     "client events on public channels too", "client_events_on_public"},
    {"PREGON_APP_CLIENT_EVENTS_PER_SECOND", "10", number(0, 10'000), &App::clientEventsPerSecond,
     "client events of one client per second; 0 is unlimited", "client_events_per_second"},
    {"PREGON_APP_MAX_REJECTED_MESSAGES", "300", number(0, 1'000'000), &App::maxRejectedMessages,
     "rejected messages in a row that close a client; 0 never does", "max_rejected_messages"},
    {"PREGON_APP_PONG_TIMEOUT", "0", seconds(0, kDay), &App::pongTimeoutSeconds,
     "seconds that a probed client has to answer; 0 is PREGON_PONG_TIMEOUT", "pong_timeout"},
    {"PREGON_APP_PRESENCE_MAX_MEMBERS", "0", number(0, 1'000'000), &App::presenceMaxMembers,
     "users in one presence channel; 0 is unlimited", "presence_max_members"},
    {"PREGON_APP_PRESENCE_MAX_INFO_SIZE", "0", bytes(0, 1 << 20), &App::presenceMaxInfoSize,
     "bytes of one user's user_info; 0 is unlimited", "presence_max_info_size"},
    {"PREGON_APP_CACHE_SECONDS", "1800", seconds(1, kDay), &App::cacheSeconds,
     "seconds that a cache channel remembers its last event", "cache_seconds"},
    {"PREGON_APP_CACHE_MAX_CHANNELS", "10000", number(1, 10'000'000), &App::cacheMaxChannels,
     "cache channels remembered at a time; the oldest event goes first", "cache_max_channels"},
    {"PREGON_APP_TERMINATE_CLOSE_CODE", "4009", number(4000, 4299), &App::terminateCloseCode,
     "Close code of terminate_connections: 4009 stays away, 4200 comes back",
     "terminate_close_code"},
    {"PREGON_APP_SUBSCRIPTION_COUNT", "false", kBoolean, &App::subscriptionCount,
     "tell subscribers how many they are", "subscription_count"},
    {"PREGON_APP_WATCHLIST", "false", kBoolean, &App::watchlist,
     "tell signed-in users who of their watchlist is online", "watchlist"},
    {"PREGON_APP_USER_AUTHENTICATION", "false", kBoolean, &App::userAuthentication,
     "close clients that neither sign in nor join a private or presence channel",
     "user_authentication"},
    {"PREGON_APP_USER_AUTHENTICATION_TIMEOUT", "30", seconds(1, kDay),
     &App::userAuthenticationTimeoutSeconds, "seconds that they have to do so",
     "user_authentication_timeout"},
    {"PREGON_APP_EMIT_SUBSCRIPTION_ERROR", "false", kBoolean, &App::emitSubscriptionError,
     "send pusher:subscription_error after a refused subscribe", "emit_subscription_error"},

    {"PREGON_WS_LISTEN", "unix:/run/pregon/ws.sock", kListenAddresses, &AppConfig::wsListen,
     "where WebSocket upgrades arrive: unix:PATH or HOST:PORT, several with commas"},
    {"PREGON_IPC_SOCKET", "/run/pregon/worker.sock", kSocketPath, &AppConfig::ipcSocket,
     "Unix-domain socket from pregon-fcgi and pregonctl to pregon-worker"},
    {"PREGON_IPC_USERS", "", kList, &AppConfig::ipcUsers,
     "users that may use that socket besides root and the worker's own, with commas"},
    {"PREGON_PONG_TIMEOUT", "30", seconds(1, kDay), &AppConfig::pongTimeoutSeconds,
     "seconds that a probed client has to answer before it is closed"},
    {"PREGON_HANDSHAKE_TIMEOUT", "10", seconds(1, 3600), &AppConfig::handshakeTimeoutSeconds,
     "seconds that a client has to complete its HTTP request"},
    {"PREGON_IO_URING", "true", kBoolean, &AppConfig::ioUring,
     "send to many clients in one system call where the kernel allows it"},
    {"PREGON_MAX_QUEUED_BYTES", "1048576", bytes(4096, kGigabyte), &AppConfig::maxQueuedBytes,
     "bytes that may wait for one slow client before it is closed"},
    {"PREGON_MAX_QUEUED_BYTES_TOTAL", "0", bytes(0, 1024 * kGigabyte),
     &AppConfig::maxQueuedBytesTotal,
     "bytes that may wait for all clients; 0 is a quarter of the memory"},
    {"PREGON_RECOVERY", "true", kBoolean, &AppConfig::recovery,
     "give pages with a resume token in their key what they missed while they were away"},
    {"PREGON_RECOVERY_SECONDS", "120", seconds(1, 3600), &AppConfig::recoverySeconds,
     "seconds that a page may be away and still get what it missed"},
    {"PREGON_RECOVERY_EVENTS", "256", number(1, 65'536), &AppConfig::recoveryEvents,
     "events that are kept of one channel for pages that are away"},
    {"PREGON_RECOVERY_CHANNEL_BYTES", "262144", bytes(4096, kGigabyte),
     &AppConfig::recoveryChannelBytes, "bytes of memory that these may take"},
    {"PREGON_RECOVERY_BYTES", "67108864", bytes(4096, 1024 * kGigabyte), &AppConfig::recoveryBytes,
     "bytes of memory that recovery may take in the worker"},
    {"PREGON_RECOVERY_TOKENS", "100000", number(1, 10'000'000), &AppConfig::recoveryTokens,
     "pages that are away of which the worker remembers where they were"},
    {"PREGON_MAX_CHANNELS_PER_CONNECTION", "1000", number(0, 1'000'000),
     &AppConfig::maxChannelsPerConnection, "channels that one client may join; 0 is unlimited"},

    {"PREGON_MAX_CONNECTIONS", "0", number(0, 10'000'000), &AppConfig::maxConnections,
     "clients of the worker; 0 is as many as it has descriptors"},
    {"PREGON_MAX_CONNECTIONS_PER_ADDRESS", "0", number(0, 1'000'000),
     &AppConfig::maxConnectionsPerAddress,
     "clients from one address, or one /64 of IPv6; 0 is unlimited"},
    {"PREGON_TRUSTED_PROXIES", "", kAddresses, &AppConfig::trustedProxies,
     "addresses (10.0.0.0/8 too) of proxies over TCP whose X-Forwarded headers are believed"},
    {"PREGON_DRAIN_SECONDS", "10", seconds(0, 3600), &AppConfig::drainSeconds,
     "seconds over which a worker that stops closes its clients; 0 closes all at once"},
    {"PREGON_FIRST_MESSAGE_TIMEOUT", "0", seconds(0, kDay), &AppConfig::firstMessageTimeoutSeconds,
     "seconds from the greeting to a client's first message; 0 is unlimited"},

    {"PREGON_FCGI_LISTEN", "unix:/run/pregon/fcgi.sock", kListenAddresses, &AppConfig::fcgiListen,
     "where FastCGI requests arrive, if neither systemd nor spawn-fcgi hands a socket over"},
    {"PREGON_FCGI_THREADS", "16", number(2, 1024), &AppConfig::fcgiThreads,
     "requests that pregon-fcgi works on at a time"},
    {"PREGON_WORKER_TIMEOUT_MS", "2000", milliseconds(1, 60'000), &AppConfig::workerTimeoutMs,
     "milliseconds that pregon-fcgi waits for the worker before it answers 503"},
    {"PREGON_MAX_BODY_SIZE", "1048576", bytes(1024, 64 << 20), &AppConfig::maxBodySize,
     "bytes of one HTTP request body"},
    {"PREGON_MAX_EVENT_SIZE", "10240", bytes(1, 1 << 20), &AppConfig::maxEventSize,
     "bytes of one event's data in the event API"},
    {"PREGON_MAX_BATCH_SIZE", "10", number(1, 1000), &AppConfig::maxBatchSize,
     "events in one batch of the event API"},
    {"PREGON_AUTH_TIMESTAMP_WINDOW", "600", seconds(0, kDay),
     &AppConfig::authTimestampWindowSeconds,
     "seconds that a signed request stays valid; 0 accepts any age (replays too)"},
    {"PREGON_UNAUTHENTICATED_STATUS", "403", oneOf("403 401"), &AppConfig::unauthenticatedStatus,
     "HTTP status of /broadcasting/auth without a valid token: 403 or 401"},
    {"PREGON_ENCRYPTION_MASTER_KEY", "", kKey32, &AppConfig::encryptionMasterKey,
     "base64 of the 32 bytes that encrypted channels' keys are made of; none signs none of them"},
    {"PREGON_AUTH_FALLBACK", "", kHttpUrl, &AppConfig::authFallback,
     "http://HOST:PORT of the application that decides where the channel rules do not"},
    {"PREGON_AUTH_FALLBACK_TIMEOUT_MS", "3000", milliseconds(100, 20'000),
     &AppConfig::authFallbackTimeoutMs, "milliseconds that the application has for an answer"},
    {"PREGON_AUTH_FALLBACK_MAX", "8", number(1, 1024), &AppConfig::authFallbackMax,
     "questions to the application at a time; keep it below PREGON_FCGI_THREADS"},
    {"PREGON_AUTH_BATCH_MAX", "100", number(1, 1000), &AppConfig::authBatchMax,
     "channels in one request for channel auth"},
    {"PREGON_AUTH_RATE_PER_MINUTE", "0", number(0, 1'000'000), &AppConfig::authRatePerMinute,
     "auth requests of one client address in a minute; 0 is unlimited"},
    {"PREGON_AUTH_JSONP", "false", kBoolean, &AppConfig::authJsonp,
     "answer auth requests with a callback as JSONP"},
    {"PREGON_CORS_ORIGINS", "", kOrigins, &AppConfig::corsOrigins,
     "origins of other sites' pages that may use auth and /api, with commas, as allowed origins"},
    {"PREGON_CORS_CREDENTIALS", "false", kBoolean, &AppConfig::corsCredentials,
     "let these pages send cookies"},
    {"PREGON_DATABASE", "sqlite:/var/lib/pregon/pregon.db", kStoreUrl, &AppConfig::database,
     "the store: sqlite:PATH, postgresql://USER:PASSWORD@HOST/NAME or mariadb://…"},
    {"PREGON_DATABASE_TIMEOUT_MS", "5000", milliseconds(100, 60'000), &AppConfig::databaseTimeoutMs,
     "milliseconds that one statement, or connecting, may take"},
    {"PREGON_DATABASE_TIME_ZONE", "", kText, &AppConfig::databaseTimeZone,
     "time zone of the session, as the `timezone` of Laravel's connection; empty: the server's"},
    {"PREGON_TABLES", "", kList, &AppConfig::tables,
     "tables that the application calls otherwise: users=clients, with commas"},
    {"PREGON_COLUMNS", "", kList, &AppConfig::columns,
     "columns likewise: notifications.commerce_id=shop_id, with commas"},
    {"PREGON_CHANNELS", "/etc/pregon/channels.json", kPath, &AppConfig::channelsFile,
     "who may join which private and presence channel"},

    {"PREGON_USER_TYPE", "App\\Models\\User", kModels, &AppConfig::userTypes,
     "tokenable_types of the Sanctum tokens that are accepted, with commas"},
    {"PREGON_USER_COLUMNS", "id,name,email,commerce_id,role", kList, &AppConfig::userColumns,
     "columns of the users table that rules and answers may use, with commas"},
    {"PREGON_USER_SOFT_DELETES", "true", kBoolean, &AppConfig::userSoftDeletes,
     "a user whose deleted_at is set does not exist"},
    {"PREGON_TOKEN_EXPIRATION_MINUTES", "0", minutes(0, 10 * 366 * 1440),
     &AppConfig::tokenExpirationMinutes,
     "minutes that a token is valid after it was made, as sanctum.expiration; 0 is for ever"},
    {"PREGON_TOUCH_LAST_USED", "true", kBoolean, &AppConfig::touchLastUsed,
     "keep the last_used_at of tokens, once a minute"},
    {"PREGON_APP_TIMEZONE", "UTC", kTimeZone, &AppConfig::appTimeZone,
     "time zone of the times in the tables, as Laravel's app.timezone"},
    {"PREGON_APP_KEY", "", kText, &AppConfig::appKey,
     "Laravel's APP_KEY, which encrypts its cookies"},
    {"PREGON_APP_PREVIOUS_KEYS", "", kList, &AppConfig::appPreviousKeys,
     "Laravel's APP_PREVIOUS_KEYS, with commas"},
    {"PREGON_APP_CIPHER", "AES-256-CBC",
     oneOfAnyCase("AES-256-CBC AES-128-CBC AES-256-GCM AES-128-GCM"), &AppConfig::appCipher,
     "AES-256-CBC, AES-128-CBC, AES-256-GCM or AES-128-GCM, as Laravel's app.cipher"},
    {"PREGON_SESSION_COOKIE", "", kCookieName, &AppConfig::sessionCookie,
     "name of Laravel's session cookie; empty: nobody is known by a session"},
    {"PREGON_SESSION_DRIVER", "database", oneOf("database redis file cookie"),
     &AppConfig::sessionDriver,
     "where Laravel keeps its sessions: database, redis, file or cookie, as SESSION_DRIVER"},
    {"PREGON_SESSION_PREFIX", "", kText, &AppConfig::sessionPrefix,
     "what stands before a session's id in Redis: REDIS_PREFIX, then CACHE_PREFIX"},
    {"PREGON_SESSION_FILES", "", kPath, &AppConfig::sessionFiles,
     "the application's folder storage/framework/sessions"},
    {"PREGON_SESSION_LIFETIME_MINUTES", "120", minutes(1, 10 * 366 * 1440),
     &AppConfig::sessionLifetimeMinutes, "minutes that a session lasts, as SESSION_LIFETIME"},
    {"PREGON_SESSION_TOUCH", "false", kBoolean, &AppConfig::sessionTouch,
     "keep the last_activity of sessions, once a minute"},
    {"PREGON_REMEMBER_ME", "false", kBoolean, &AppConfig::rememberMe,
     "take Laravel's remember-me cookie where the session has no user"},
    {"PREGON_JWT_ALGORITHM", "", oneOf("RS256 ES256 HS256"), &AppConfig::jwtAlgorithm,
     "how bearer tokens that are JSON Web Tokens are signed: RS256, ES256 or HS256; empty: none "
     "are known"},
    {"PREGON_JWT_SECRET", "", kText, &AppConfig::jwtSecret,
     "the secret of HS256, at least 32 bytes"},
    {"PREGON_JWT_KEY_FILE", "", kPath, &AppConfig::jwtKeyFile,
     "public key of RS256 or ES256 in PEM, or a JSON Web Key Set"},
    {"PREGON_JWT_ISSUER", "", kText, &AppConfig::jwtIssuer,
     "iss that tokens must have; empty: any"},
    {"PREGON_JWT_AUDIENCE", "", kText, &AppConfig::jwtAudience,
     "aud that tokens must have; empty: any"},
    {"PREGON_JWT_LEEWAY_SECONDS", "30", seconds(0, 300), &AppConfig::jwtLeewaySeconds,
     "seconds by which the issuer's clock may differ"},
    {"PREGON_JWT_CLAIM", "sub", kText, &AppConfig::jwtClaim, "claim that tells the user"},
    {"PREGON_JWT_COLUMN", "id", kText, &AppConfig::jwtColumn,
     "column of the users table that the claim is compared with"},
    {"PREGON_JWT_GUARD", "api", kText, &AppConfig::jwtGuard,
     "Laravel's guard that these tokens are of, for the rules' guards"},
    {"PREGON_JWT_PASSPORT", "false", kBoolean, &AppConfig::jwtPassport,
     "the tokens are Laravel Passport's: refuse those that oauth_access_tokens calls revoked"},
    {"PREGON_IDENTITY_CACHE_SECONDS", "5", seconds(0, 300), &AppConfig::identityCacheSeconds,
     "seconds that pregon-fcgi remembers whose a token or session is; 0 asks each time"},
    {"PREGON_IDENTITY_CACHE_SIZE", "10000", number(1, 1'000'000), &AppConfig::identityCacheSize,
     "tokens and sessions that it remembers at a time"},

    {"PREGON_WORKER_SOCKETS", "", kSocketPaths, &AppConfig::workerSockets,
     "IPC sockets of the workers that pregon-fcgi asks, with commas; empty: PREGON_IPC_SOCKET"},
    {"PREGON_REDIS_SENTINELS", "", ofRedis("HOST:PORT, several with commas"),
     &AppConfig::redisSentinels,
     "HOST:PORT of each Sentinel that knows where Redis is, with commas; empty: REDIS_HOST"},
    {"PREGON_REDIS_SENTINEL_SERVICE", "mymaster", kText, &AppConfig::redisSentinelService,
     "name of the master there"},
    {"PREGON_REDIS_SENTINEL_PASSWORD", "", kText, &AppConfig::redisSentinelPassword,
     "password of the Sentinels themselves"},
    {"PREGON_REDIS_CA_FILE", "", kPath, &AppConfig::redisCaFile,
     "PEM file of the authorities to believe with TLS; empty: the system's"},
    {"PREGON_REDIS_TIMEOUT_MS", "2000", milliseconds(100, 4000), &AppConfig::redisTimeoutMs,
     "milliseconds for connecting to Redis, and for any of its answers"},

    {"PREGON_WEBHOOK_URL", "", kText, &AppConfig::webhookUrl,
     "https://HOST/PATH that the application's webhooks are sent to"},
    {"PREGON_WEBHOOK_EVENTS", "", kList, &AppConfig::webhookEvents,
     "kinds of events for it, with commas; empty: all"},
    {"PREGON_WEBHOOK_PREFIX", "", kText, &AppConfig::webhookPrefix,
     "only of channels whose names begin with this"},
    {"PREGON_WEBHOOK_BATCH_MS", "0", milliseconds(0, 10'000), &AppConfig::webhookBatchMs,
     "milliseconds over which events are gathered for one request; 0 sends each alone"},
    {"PREGON_WEBHOOK_MAX_AGE", "300", seconds(1, kDay), &AppConfig::webhookMaxAgeSeconds,
     "seconds for which a webhook is tried again"},
    {"PREGON_WEBHOOKS", "", kText, &AppConfig::webhooksJson,
     "JSON list of webhooks, as in the file of PREGON_APPS; in place of PREGON_WEBHOOK_URL"},
    {"PREGON_WEBHOOK_DELAY", "3000", milliseconds(0, 60'000), &App::webhookDelayMs,
     "milliseconds after which a channel or user that does not return counts as gone",
     "webhook_delay"},
    {"PREGON_WEBHOOK_SPOOL", "/var/lib/pregon/webhooks", kPath, &AppConfig::webhookSpool,
     "directory in which pregon-webhookd keeps what is not delivered yet"},
    {"PREGON_WEBHOOK_SOCKET", "/run/pregon-webhookd/webhookd.sock", kSocketPath,
     &AppConfig::webhookSocket,
     "Unix-domain socket from pregon-worker and pregonctl to pregon-webhookd"},

    {"PREGON_LOG_LEVEL", "info", oneOf("error warning notice info debug"), &AppConfig::logLevel,
     "error, warning, notice, info or debug"},
    {"PREGON_PID_DIR", "", kPath, &AppConfig::pidDirectory,
     "directory for the pid files `worker`, `keep-listening`, `fcgi`, `webhookd`; none if empty"},
};

Result<std::vector<ListenAddress>> parseListenList(std::string_view text) {
    std::vector<ListenAddress> addresses;
    for (const std::string &part : splitList(text)) {
        const auto address = parseListenAddress(part);
        if (!address)
            return tl::unexpected<Error>(address.error());
        addresses.push_back(*address);
    }
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

/// Puts a value that is good where the setting's target points: one overload per type of target.
struct Assign {
    AppConfig &config;
    App &app;
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
        config.*field = wholeNumber(text).value_or(0);
        return Done{};
    }
    Result<Done> operator()(std::int64_t App::*field) const {
        app.*field = wholeNumber(text).value_or(0);
        return Done{};
    }
    Result<Done> operator()(bool AppConfig::*field) const {
        config.*field = switchValue(text).value_or(false);
        return Done{};
    }
    Result<Done> operator()(bool App::*field) const {
        app.*field = switchValue(text).value_or(false);
        return Done{};
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

namespace {

/// A name as of Reverb's whose setting is ours: REVERB_ALLOWED_ORIGINS, REVERB_APP_ALLOWED_ORIGINS.
std::string ourNameOf(std::string_view name) {
    for (const std::string_view prefix : {"REVERB_APP_", "REVERB_"})
        if (name.starts_with(prefix))
            for (const char *own : {"PREGON_APP_", "PREGON_"})
                if (const std::string ours = own + std::string(name.substr(prefix.size()));
                    findSetting(ours) != nullptr)
                    return "; did you mean " + ours + "?";
    return "";
}

} // namespace

std::string nearestSettings(std::string_view name) {
    std::vector<std::string_view> names;
    for (const Setting &setting : kSettings)
        names.push_back(setting.name);
    const std::string near = didYouMean(name, names);
    return near.empty() ? ourNameOf(name) : near;
}

std::string nearestAppOptions(std::string_view name) {
    std::vector<std::string_view> names;
    for (const Setting &setting : kSettings)
        if (!setting.appKey.empty())
            names.push_back(setting.appKey);
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
    for (std::string_view secret : {"REVERB_APP_SECRET", "PREGON_ENCRYPTION_MASTER_KEY",
                                    "PREGON_APP_KEY", "PREGON_APP_PREVIOUS_KEYS", "PREGON_DATABASE",
                                    "REDIS_URL", "REDIS_PASSWORD", "PREGON_REDIS_SENTINEL_PASSWORD",
                                    "PREGON_WEBHOOK_URL", "PREGON_WEBHOOKS", "PREGON_JWT_SECRET"})
        if (name == secret)
            return true;
    return false;
}

Result<Done> assign(AppConfig &config, App &app, const Setting &setting, std::string_view text) {
    if (auto good = checkValue(setting.type, text); !good)
        return good;
    return std::visit(Assign{config, app, text}, setting.target);
}

} // namespace pregon
