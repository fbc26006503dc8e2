// SPDX-License-Identifier: MIT
#pragma once

#include "shared/address_prefix.h"
#include "shared/config/env_file.h"
#include "shared/result.h"
#include "shared/store/database.h"
#include "shared/unix_socket.h"
#include "shared/webhooks/webhook_settings.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace pregon {

/// One application: who may publish and connect, and its limits (spec reverb-config §1.2).
struct App {
    std::string id;
    std::string key;
    std::string secret;
    bool enabled = true;                     ///< false: clients get 4003, the HTTP API 403
    bool tlsRequired = false;                ///< plain connections get 4000
    std::int64_t activityTimeoutSeconds = 0; ///< told to the client: ping after that much silence
    std::int64_t pingIntervalSeconds = 0;    ///< the server probes a client silent for that long
    std::int64_t maxConnections = 0;         ///< kUnlimited or the number of open sockets
    std::int64_t maxMessageSize = 0;         ///< bytes of one client message
    std::vector<std::string> allowedOrigins; ///< patterns; `*` allows everybody
    bool allowMissingOrigin = false;         ///< clients without Origin, where `*` is not listed
    bool strictProtocol = true;              ///< false: any `protocol` parameter counts as 7
    std::string acceptClientEventsFrom;      ///< all, members or none
    bool clientEventsOnPublic = false;
    std::int64_t clientEventsPerSecond = 0; ///< per connection; 0: not limited
    std::int64_t maxRejectedMessages = 0;   ///< in a row, that close the connection; 0: never
    std::int64_t pongTimeoutSeconds = 0;    ///< 0: AppConfig's
    bool rateLimiting = false;              ///< of every message, by the next three
    std::int64_t rateLimitMaxAttempts = 0;
    std::int64_t rateLimitDecaySeconds = 0;
    bool rateLimitTerminate = false;
    std::int64_t presenceMaxMembers = 0;  ///< users in one channel; 0: not limited
    std::int64_t presenceMaxInfoSize = 0; ///< bytes of user_info; 0: not limited
    std::int64_t cacheSeconds = 0;        ///< how long a cache channel remembers its last event
    std::int64_t cacheMaxChannels = 0;    ///< remembered at a time; the oldest goes first
    std::int64_t terminateCloseCode = 0;  ///< Close code of terminate_connections
    bool subscriptionCount = false;       ///< tell subscribers of counts
    bool watchlist = false;               ///< tell signed-in users who of their list is online
    bool userAuthentication = false; ///< close who neither signs in nor joins a guarded channel
    std::int64_t userAuthenticationTimeoutSeconds = 0; ///< within this
    bool emitSubscriptionError = false;    ///< pusher:subscription_error after a refused subscribe
    std::vector<WebhookEndpoint> webhooks; ///< where its events are sent to; empty: nowhere
    std::int64_t webhookDelayMs = 0;       ///< from the last departure to vacated or removed
};

inline constexpr std::int64_t kUnlimited = -1;

/// A value that somebody has set, and where.
struct SettingSource {
    std::string value; ///< as it is written there
    std::string place; ///< `FILE:LINE` or `environment`
};

/// All settings, parsed and range-checked; immutable afterwards. Defaults, limits and help are in
/// shared/config/settings.h.
struct AppConfig {
    std::vector<App> apps;  ///< at least one; ids and keys are distinct
    std::string appsFile;   ///< empty: none
    std::string serverPath; ///< prefix of all routes, without a slash at the end; empty: none

    /// The application with that id; null if there is none.
    const App *findApp(std::string_view id) const;

    std::vector<ListenAddress> wsListen;
    std::string ipcSocket;
    std::vector<std::string> workerSockets; ///< that pregon-fcgi asks; empty: ipcSocket
    std::vector<std::string> ipcUsers;      ///< may use the IPC socket besides root and ourselves
    std::int64_t pongTimeoutSeconds = 0;
    std::int64_t handshakeTimeoutSeconds = 0;
    bool ioUring = true;                   ///< send by io_uring where it is allowed
    std::int64_t maxQueuedBytes = 0;       ///< per connection
    std::int64_t maxQueuedBytesTotal = 0;  ///< of all; 0: a quarter of the memory there is
    bool recovery = true;                  ///< of what pages with a resume token miss
    std::int64_t recoverySeconds = 0;      ///< that events and retained states are kept
    std::int64_t recoveryEvents = 0;       ///< kept of one channel
    std::int64_t recoveryChannelBytes = 0; ///< likewise
    std::int64_t recoveryBytes = 0;        ///< of all channels and retained states
    std::int64_t recoveryTokens = 0;       ///< retained states
    std::int64_t maxChannelsPerConnection = 0;
    std::int64_t maxConnections = 0;           ///< of the worker; 0: as many as it has descriptors
    std::int64_t maxConnectionsPerAddress = 0; ///< of one client; 0: not limited
    std::vector<AddressPrefix> trustedProxies; ///< whose X-Forwarded headers are believed
    std::int64_t firstMessageTimeoutSeconds = 0; ///< from greeting to first message; 0: any time
    std::int64_t drainSeconds = 0; ///< over which a worker that stops closes its clients

    // Several workers over Redis; shared/config/redis_settings.h reads these.
    bool scaling = false;
    std::string scalingChannel; ///< name in front of all keys and channels
    std::string redisUrl, redisHost, redisPort, redisUsername, redisPassword, redisDatabase;
    std::string redisPrefix; ///< in front of scalingChannel
    std::vector<std::string> redisSentinels;
    std::string redisSentinelService, redisSentinelPassword;
    std::string redisCaFile;
    std::int64_t redisTimeoutMs = 0;

    std::vector<ListenAddress> fcgiListen;
    std::int64_t fcgiThreads = 0;
    std::int64_t workerTimeoutMs = 0; ///< how long pregon-fcgi waits for the worker's answer
    std::int64_t maxBodySize = 0;
    std::int64_t maxEventSize = 0;
    std::int64_t maxBatchSize = 0;               ///< events in one batch
    std::int64_t authTimestampWindowSeconds = 0; ///< 0: the age of a signature is not checked
    std::int64_t unauthenticatedStatus = 0;      ///< of /broadcasting/auth: 401 or 403
    std::string encryptionMasterKey;             ///< base64 of 32 bytes; empty: none
    std::string authFallback; ///< base URL of the application, no slash at its end; empty: none
    std::int64_t authFallbackTimeoutMs = 0;
    std::int64_t authFallbackMax = 0;   ///< questions under way at a time, in the process
    std::int64_t authBatchMax = 0;      ///< channels in one request
    std::int64_t authRatePerMinute = 0; ///< of one client address; 0: not limited
    bool authJsonp = false;
    std::vector<std::string> corsOrigins; ///< patterns as of allowedOrigins; empty: no CORS
    bool corsCredentials = false;
    std::string database;
    std::vector<std::string> tables;    ///< as SchemaNames::parse takes them
    std::vector<std::string> columns;   ///< likewise
    SchemaNames schemaNames;            ///< of these two
    std::string databaseTimeZone;       ///< of a PostgreSQL or MariaDB session; empty: its own
    std::string appTimeZone;            ///< of the times in the application's tables
    std::int64_t databaseTimeoutMs = 0; ///< for one statement, or for connecting
    std::string channelsFile;

    std::vector<std::string>
        userTypes; ///< tokenable_types of the tokens that are accepted; not empty
    std::vector<std::string> userColumns;    ///< that rules and answers may use
    bool userSoftDeletes = true;             ///< a user with a deleted_at is none
    std::int64_t tokenExpirationMinutes = 0; ///< after its created_at; 0: none
    bool touchLastUsed = false;              ///< keep last_used_at of tokens
    std::string appKey;                      ///< Laravel's APP_KEY; empty: none
    std::vector<std::string> appPreviousKeys;
    std::string appCipher;
    std::string sessionCookie; ///< its name; empty: nobody is known by a session
    std::string sessionDriver; ///< database, redis, file, cookie
    std::string sessionPrefix; ///< of the keys of sessions in Redis
    std::string sessionFiles;  ///< folder of the sessions of `file`
    std::int64_t sessionLifetimeMinutes = 0;
    std::string jwtAlgorithm; ///< RS256, ES256, HS256; empty: no JSON Web Tokens
    std::string jwtSecret, jwtKeyFile, jwtIssuer, jwtAudience, jwtClaim, jwtColumn, jwtGuard;
    std::int64_t jwtLeewaySeconds = 0;
    bool jwtPassport = false;
    bool sessionTouch = false;             ///< keep last_activity of sessions
    bool rememberMe = false;               ///< also Laravel's remember-me cookie
    std::int64_t identityCacheSeconds = 0; ///< how long who somebody is may be remembered; 0: off
    std::int64_t identityCacheSize = 0;    ///< credentials remembered at a time

    // Of the one application of REVERB_APP_ID; they become its App::webhooks.
    std::string webhookUrl, webhookPrefix, webhooksJson;
    std::vector<std::string> webhookEvents;
    std::int64_t webhookBatchMs = 0, webhookMaxAgeSeconds = 0;
    WebhookDefaults webhookDefaults;
    std::string webhookSpool;  ///< directory of what pregon-webhookd has not delivered yet
    std::string webhookSocket; ///< where pregon-webhookd hears the worker and pregonctl

    std::string logLevel;
    std::string pidDirectory; ///< empty: no pid file

    std::map<std::string, SettingSource> sources; ///< by key; what is at its default is not in it
    std::vector<std::string> ignoredKeys; ///< options of Reverb's that are set but have no effect
};

/// The configuration out of `fileValues` and `environment`, which wins. Keys that are neither
/// REVERB_ nor PREGON_ are ignored, so that a whole `.env` may be pasted. BadRequest with the key
/// and the reason: an unknown PREGON_ key, a value out of range. Options of Reverb's that have no
/// counterpart here end up in ignoredKeys; those that only its clients read are passed over.
Result<AppConfig> makeAppConfig(const Environment &fileValues, const Environment &environment);

/// Reads `file` (empty: none), its drop-ins (shared/config/config_files.h) and the process
/// environment, each of which wins over the one before; fills `sources`. makeAppConfig's errors
/// with the file and line of the key. Also Unavailable if a file cannot be read.
Result<AppConfig> loadAppConfig(const std::string &file);

/// What an operator should know about a configuration that is valid all the same.
struct ConfigWarning {
    std::string key;
    std::string reason;
};
std::vector<ConfigWarning> configWarnings(const AppConfig &config);

/// The sockets of the workers to ask; not empty.
std::vector<std::string> workerSockets(const AppConfig &config);

/// How to open the store that `config` names.
DatabaseSettings databaseSettings(const AppConfig &config);

/// BadRequest unless the application's id, key and secret are there; both daemons need them.
Result<Done> requireCredentials(const AppConfig &config);

} // namespace pregon
