// SPDX-License-Identifier: MIT
#include "ctl/import/laravel_settings.h"

#include "ctl/command/printable.h"
#include "ctl/import/laravel_database.h"
#include "ctl/import/laravel_sessions.h"
#include "shared/ascii.h"
#include "shared/config/app_key.h"
#include "shared/config/setting_type.h"
#include "shared/config/settings.h"
#include "shared/store/schema_names.h"

#include <algorithm>
#include <filesystem>
#include <set>

namespace pregon {
namespace {

/// Lines that are not taken, by the beginning of their names.
struct NotTaken {
    std::string_view prefix;
    bool isWarning; ///< what it says may restrict something
    const char *why;
};
constexpr NotTaken kNotTaken[] = {
    {"PREGON_", true, "is no setting"},
    {"REVERB_HOST", false, "the application's own side: where it and its pages reach Pregón"},
    {"REVERB_PORT", false, "the application's own side, as REVERB_HOST"},
    {"REVERB_SCHEME", false, "the application's own side, as REVERB_HOST"},
    {"REVERB_SERVER_", false,
     "where Reverb listens; here it is PREGON_WS_LISTEN, behind the web server"},
    {"REVERB_SCALING_", false, "off: one worker needs no Redis"},
    {"REVERB_PULSE_", false, "of Laravel's own monitoring"},
    {"REVERB_TELESCOPE_", false, "of Laravel's own monitoring"},
    {"REVERB_", true, "is not known here and has no effect"},
    {"VITE_REVERB_", false, "read by the application's pages, from its REVERB_ lines"},
    {"VITE_PUSHER_", false, "read by the application's pages, from its PUSHER_ lines"},
    {"PUSHER_HOST", false, "the application's own side: where it reaches Pregón"},
    {"PUSHER_PORT", false, "the application's own side, as PUSHER_HOST"},
    {"PUSHER_SCHEME", false, "the application's own side, as PUSHER_HOST"},
    {"PUSHER_", false, "of Pusher's service: applications of Pregón have REVERB_ lines"},
    {"SOKETI_", true, "of Soketi's own configuration"},
    {"LARAVEL_WEBSOCKETS_", true, "of laravel-websockets' own configuration"},
    {"BROADCAST_", false, "the application's own choice: it must be reverb, or pusher"},
    {"REDIS_", false, "only used where REVERB_SCALING_ENABLED is true, or sessions are there"},
    {"CACHE_", false, "the application's cache is not used"},
    {"DB_CHARSET", false, "utf8mb4 is used, which holds all the others"},
    {"DB_COLLATION", false, "the tables' own is used"},
    {"DB_FOREIGN_KEYS", false, "they are checked in any case"},
    {"DB_QUEUE", false, "the application's queue is not used"},
    {"DB_CACHE", false, "the application's cache is not used"},
    {"DB_", true, "is not used for Pregón's connection"},
    {"DATABASE_URL", true, "the application reads the DB_ lines instead"},
    {"MYSQL_ATTR_", true, "is not used for Pregón's connection"},
    {"SESSION_", false, "of the cookie, which the application makes"},
};

std::string joined(const std::vector<std::string> &parts) {
    std::string text;
    for (const std::string &part : parts)
        text += (text.empty() ? "" : ",") + part;
    return text;
}

class Reader {
  public:
    explicit Reader(const LaravelSource &source) : source_(source), env_(source.env) {}

    LaravelSettings read() {
        for (const std::string &name : env_.names())
            if (findSetting(name) != nullptr && isUsed(name))
                take(name, get(name), name);
        readPusherKeys();
        readAllowedOrigins();
        readClientEvents();
        warnOfKey();
        const LaravelDatabase database = readDatabase();
        readTables(database);
        readSession();
        readCors();
        for (const std::string &name : env_.names())
            if (!used_.contains(name))
                leaveOut(name);
        warnOfOwnSide();
        return std::move(settings_);
    }

  private:
    std::string get(const std::string &name, const std::string &otherwise = "") {
        used_.insert(name);
        const std::string value = env_.value(name);
        if (const std::string reference = env_.undefinedIn(name); !reference.empty())
            warn(name + ": no line above sets ${" + reference + "}: it is taken as it stands");
        return value.empty() ? otherwise : value;
    }

    /// Laravel uses Redis for much else: its settings are ours only with several workers, or for
    /// sessions.
    bool isUsed(const std::string &name) const {
        const bool isOfSessions = name.starts_with("REDIS_") && name != "REDIS_PREFIX" &&
                                  env_.value("SESSION_DRIVER") == "redis" &&
                                  !env_.value("SESSION_COOKIE").empty();
        return (!name.starts_with("REDIS_") && !name.starts_with("REVERB_SCALING_")) ||
               isOfSessions || env_.value("REVERB_SCALING_ENABLED") == "true";
    }

    void take(const std::string &key, const std::string &value, const std::string &from) {
        settings_.taken.push_back({key, value, from});
    }
    void ignore(const std::string &text) { settings_.ignored.push_back(text); }
    void warn(const std::string &text) { settings_.warnings.push_back(text); }

    void leaveOut(const std::string &name) {
        for (const NotTaken &one : kNotTaken)
            if (name.starts_with(one.prefix))
                return one.isWarning ? warn(name + ": " + one.why) : ignore(name + ": " + one.why);
    }

    /// An application that used Pusher's service, Soketi or laravel-websockets.
    void readPusherKeys() {
        const std::string reverb = "REVERB_APP_", pusher = "PUSHER_APP_";
        for (const char *part : {"ID", "KEY", "SECRET"})
            if (env_.has(reverb + part) || env_.value(pusher + part).empty())
                return;
        for (const char *part : {"ID", "KEY", "SECRET"})
            take(reverb + part, get(pusher + part), pusher + part);
        settings_.isPusher = true;
    }

    /// Reverb's own file has no variable for them; applications add one.
    void readAllowedOrigins() {
        for (const char *name : {"REVERB_APP_ALLOWED_ORIGINS", "REVERB_ALLOWED_ORIGINS"})
            if (!env_.value(name).empty())
                return take("PREGON_APP_ALLOWED_ORIGINS", get(name), name);
        if (!source_.reverb.has("allowed_origins"))
            return;
        const auto origins = source_.reverb.items("allowed_origins");
        if (!origins)
            warn("config/reverb.php: allowed_origins is more than a list: put the origins into "
                 "PREGON_APP_ALLOWED_ORIGINS, otherwise every page may connect");
        else if (!origins->empty() && *origins != std::vector<std::string>{"*"})
            take("PREGON_APP_ALLOWED_ORIGINS", joined(*origins), "config/reverb.php");
    }

    /// Members of a public channel may whisper there with Reverb; here that must be set.
    void readClientEvents() {
        for (const char *name : {"REVERB_APP_ID", "REVERB_APP_KEY", "REVERB_APP_SECRET"})
            if (env_.value(name).empty())
                return;
        const char *key = "PREGON_APP_CLIENT_EVENTS_ON_PUBLIC";
        if (env_.has(key) || env_.value("REVERB_APP_ACCEPT_CLIENT_EVENTS_FROM") == "none")
            return;
        take(key, "true", "as Reverb has it");
        warn(std::string(key) + ": every visitor of a page can send to all others on a public "
                                "channel; take the line out unless pages whisper there");
    }

    void warnOfKey() {
        if (!isPlainAppKey(settings_.valueOf("REVERB_APP_KEY")))
            warn("REVERB_APP_KEY: holds characters that some clients alter in /app/KEY");
    }

    LaravelDatabase readDatabase() {
        LaravelDatabase database = readLaravelDatabase(env_, source_.folder, source_.database);
        for (const char *name :
             {"DB_URL", "DB_CONNECTION", "DB_HOST", "DB_PORT", "DB_DATABASE", "DB_USERNAME",
              "DB_PASSWORD", "DB_SOCKET", "DB_SSLMODE", "DB_PREFIX", "MYSQL_ATTR_SSL_CA"})
            used_.insert(name);
        if (database.from == "DATABASE_URL")
            used_.insert(database.from);
        if (!database.url.empty())
            take("PREGON_DATABASE", database.url, database.from);
        else if (!database.reason.empty())
            warn(printable(database.reason) + "; no PREGON_DATABASE is written");
        for (const std::string &warning : database.warnings)
            warn(printable(warning));
        const bool isPgsql = database.url.starts_with("postgresql:");
        if (!isPgsql && !env_.value("DB_SSLMODE").empty())
            warn("DB_SSLMODE: counts for PostgreSQL only: this connection is not encrypted by it");
        if (!database.url.starts_with("mariadb:") && !env_.value("MYSQL_ATTR_SSL_CA").empty())
            warn("MYSQL_ATTR_SSL_CA: counts for MySQL and MariaDB only");
        return database;
    }

    void readTables(const LaravelDatabase &database) {
        const std::string sessions = get("SESSION_TABLE", "sessions");
        std::vector<std::string> renamed;
        for (const std::string table : {"users", "commerces", "devices", "notifications",
                                        "personal_access_tokens", "sessions", "app_instances"}) {
            const std::string name = database.prefix + (table == "sessions" ? sessions : table);
            if (name != table)
                renamed.push_back(table + "=" + name);
        }
        if (renamed.empty())
            return;
        if (const auto valid = SchemaNames::parse(renamed, {}); !valid)
            return warn("DB_PREFIX, SESSION_TABLE: " + valid.error().reason);
        take("PREGON_TABLES", joined(renamed),
             database.prefix.empty() ? "SESSION_TABLE" : "DB_PREFIX");
    }

    void readSession() {
        const std::string key = get("APP_KEY"), previous = get("APP_PREVIOUS_KEYS");
        if (!key.empty())
            take("PREGON_APP_KEY", key, "APP_KEY");
        if (!previous.empty())
            take("PREGON_APP_PREVIOUS_KEYS", previous, "APP_PREVIOUS_KEYS");
        const std::string zone = get("APP_TIMEZONE");
        if (!zone.empty())
            take("PREGON_APP_TIMEZONE", zone, "APP_TIMEZONE");
        const std::string minutes = get("SESSION_LIFETIME");
        if (!minutes.empty())
            take("PREGON_SESSION_LIFETIME_MINUTES", minutes, "SESSION_LIFETIME");
        for (const char *name : {"SESSION_DRIVER", "SESSION_CONNECTION"})
            used_.insert(name);
        const std::string cookie = get("SESSION_COOKIE");
        const LaravelSessions sessions = readLaravelSessions(env_, source_.folder);
        if (sessions.driver.empty())
            warn(sessions.reason + "; browsers need a bearer token, or PREGON_AUTH_FALLBACK");
        else if (cookie.empty())
            ignore("SESSION_COOKIE: not set; to know browsers by their session, put the cookie's "
                   "name, which a browser shows, into PREGON_SESSION_COOKIE");
        else if (!key.empty())
            takeSessions(sessions, cookie);
    }

    void takeSessions(const LaravelSessions &sessions, const std::string &cookie) {
        take("PREGON_SESSION_COOKIE", cookie, "SESSION_COOKIE");
        if (sessions.driver != "database")
            take("PREGON_SESSION_DRIVER", sessions.driver, "SESSION_DRIVER");
        if (!sessions.prefix.empty())
            take("PREGON_SESSION_PREFIX", sessions.prefix, "REDIS_PREFIX, CACHE_PREFIX");
        if (!sessions.files.empty())
            take("PREGON_SESSION_FILES", sessions.files, "SESSION_DRIVER");
        if (!sessions.warning.empty())
            warn(sessions.warning);
    }

    /// The origins of pages that are not the API's own.
    void readCors() {
        std::vector<std::string> origins;
        std::string from;
        const auto add = [&](const std::string &origin, const std::string &name) {
            if (origin.empty() ||
                std::find(origins.begin(), origins.end(), origin) != origins.end())
                return;
            origins.push_back(origin);
            if (!from.ends_with(name))
                from += (from.empty() ? "" : ", ") + name;
        };
        for (const std::string &origin : splitList(get("FRONTEND_URL")))
            add(originOf(origin), "FRONTEND_URL");
        for (const std::string &domain : splitList(get("SANCTUM_STATEFUL_DOMAINS")))
            add(originOfDomain(domain), "SANCTUM_STATEFUL_DOMAINS");
        for (const std::string &origin : corsFileOrigins())
            add(originOf(origin), "config/cors.php");
        if (origins.empty())
            return;
        take("PREGON_CORS_ORIGINS", joined(origins), from);
        if (source_.cors.items("supports_credentials") == std::vector<std::string>{"true"})
            take("PREGON_CORS_CREDENTIALS", "true", "config/cors.php");
    }

    std::vector<std::string> corsFileOrigins() {
        const auto listed = source_.cors.items("allowed_origins");
        const auto patterns = source_.cors.items("allowed_origins_patterns");
        if (!listed)
            warn("config/cors.php: allowed_origins is more than a list: add what is missing to "
                 "PREGON_CORS_ORIGINS");
        if (!patterns || !patterns->empty())
            warn("config/cors.php: allowed_origins_patterns are regular expressions, which "
                 "PREGON_CORS_ORIGINS does not have: write them with *");
        std::vector<std::string> origins = listed.value_or(std::vector<std::string>());
        if (std::find(origins.begin(), origins.end(), "*") == origins.end())
            return origins;
        ignore("config/cors.php: every page of any origin may ask the API; PREGON_CORS_ORIGINS=* "
               "would allow that here, the dashboard's own origin is enough");
        return {};
    }

    /// `https://app.example.com` of a URL; empty if the text is not a URL.
    static std::string originOf(std::string_view url) {
        const std::size_t scheme = url.find("://");
        if (scheme == std::string_view::npos)
            return {};
        return asciiLower(std::string(url.substr(0, url.find_first_of("/?#", scheme + 3))));
    }

    /// Sanctum's domains have no scheme. Its default names of a developer's machine stay out where
    /// the application itself is elsewhere.
    std::string originOfDomain(const std::string &domain) const {
        const std::string app = originOf(env_.value("APP_URL"));
        const auto isLocal = [](std::string_view host) {
            return host.starts_with("localhost") || host.starts_with("127.0.0.1") ||
                   host.starts_with("::1") || host.starts_with("[::1]");
        };
        const bool isAppLocal =
            app.empty() || isLocal(std::string_view(app).substr(app.find("://") + 3));
        if (isLocal(domain))
            return isAppLocal && !domain.starts_with("::1") ? "http://" + domain : "";
        const std::string origin = (app.starts_with("http:") ? "http://" : "https://") + domain;
        return origin == app ? "" : origin;
    }

    void warnOfOwnSide() {
        const std::string host = env_.value("REVERB_HOST"), port = env_.value("REVERB_PORT");
        const std::string scheme = env_.value("REVERB_SCHEME");
        if (host == "0.0.0.0" || host == "localhost" || host == "127.0.0.1" || host == "::")
            warn("REVERB_HOST=" + host +
                 ": browsers cannot reach that name; it is no bind address");
        if (host.find('/') != std::string::npos)
            warn(env_.where("REVERB_HOST") +
                 ": REVERB_HOST is a name without scheme and path: ws.example.com");
        if ((port == "443" && scheme == "http") || (port == "80" && scheme == "https"))
            warn("REVERB_PORT=" + port + " with REVERB_SCHEME=" + scheme +
                 ": https has port 443, http has port 80");
        for (const std::string name : {"DB_HOST", "REDIS_HOST", "REVERB_HOST", "PUSHER_HOST"})
            if (isContainerName(env_.value(name)) && (name != "REDIS_HOST" || isUsed(name)))
                warn(name + "=" + env_.value(name) +
                     ": a name inside Docker; from outside it is 127.0.0.1 with the port that the "
                     "container publishes");
        for (const std::string &surprise : env_.surprises())
            warn(surprise);
    }

    const LaravelSource &source_;
    const LaravelEnv &env_;
    std::set<std::string> used_;
    LaravelSettings settings_;
};

} // namespace

bool isContainerName(std::string_view host) {
    static constexpr std::string_view kNames[] = {
        "mysql",    "mariadb", "pgsql",  "postgres",     "postgresql",           "db",
        "database", "redis",   "valkey", "laravel.test", "host.docker.internal", "reverb",
        "soketi",   "app"};
    return std::find(std::begin(kNames), std::end(kNames), host) != std::end(kNames);
}

Result<LaravelSource> LaravelSource::read(const std::string &file) {
    auto env = LaravelEnv::read(file);
    if (!env)
        return tl::unexpected<Error>(env.error());
    LaravelSource source;
    source.env = std::move(*env);
    source.folder = std::filesystem::absolute(file).parent_path().string();
    for (const auto &[name, config] :
         {std::pair("cors", &LaravelSource::cors), std::pair("database", &LaravelSource::database),
          std::pair("reverb", &LaravelSource::reverb)})
        source.*config = PhpConfig::read(source.folder + "/config/" + name + ".php", source.env);
    return source;
}

std::string LaravelSettings::valueOf(std::string_view key) const {
    for (const Taken &one : taken)
        if (one.key == key)
            return one.value;
    return "";
}

LaravelSettings readLaravelSettings(const LaravelSource &source) {
    return Reader(source).read();
}

} // namespace pregon
