#include "ctl/laravel_import.h"

#include "ctl/printable.h"
#include "ctl/private_file.h"
#include "shared/app_config.h"
#include "shared/config_files.h"
#include "shared/daemon.h"
#include "shared/database_url.h"
#include "shared/dotenv_line.h"
#include "shared/env_file.h"
#include "shared/settings.h"

#include <filesystem>
#include <ostream>
#include <set>

namespace pregon {
namespace {

/// Lines that are not taken, by the beginning of their names.
struct Ignored {
    std::string_view prefix;
    const char *why;
};
constexpr Ignored kIgnored[] = {
    {"REVERB_HOST", "the application's own side: where it and its pages reach Pregón"},
    {"REVERB_PORT", "the application's own side, as REVERB_HOST"},
    {"REVERB_SCHEME", "the application's own side, as REVERB_HOST"},
    {"REVERB_SERVER_", "where Reverb listens; here it is PREGON_WS_LISTEN, behind the web server"},
    {"REVERB_SCALING_", "off: one worker needs no Redis"},
    {"REVERB_", "this option of Reverb has no effect here"},
    {"VITE_REVERB_", "read by the application's pages, from its REVERB_ lines"},
    {"PUSHER_", "of Pusher's service: applications of Pregón have REVERB_ lines"},
    {"BROADCAST_", "the application's own choice: it must be reverb"},
    {"REDIS_", "only used where REVERB_SCALING_ENABLED is true"},
    {"CACHE_", "the application's cache is not used"},
};

std::string percentEncode(std::string_view text) {
    constexpr std::string_view kHex = "0123456789ABCDEF";
    std::string encoded;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const bool isPlain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
                             (c >= 'a' && c <= 'z') ||
                             std::string_view("-._~").find(c) != std::string_view::npos;
        if (isPlain) {
            encoded += c;
            continue;
        }
        encoded += '%';
        encoded += kHex[byte / 16];
        encoded += kHex[byte % 16];
    }
    return encoded;
}

class Reader {
  public:
    Reader(const LaravelEnv &env, std::string folder) : env_(env), folder_(std::move(folder)) {}

    LaravelSettings read() {
        for (const std::string &name : env_.names())
            if (findSetting(name) != nullptr && isUsed(name))
                take(name, get(name), name);
        readDatabase();
        readSession();
        for (const std::string &name : env_.names())
            if (!used_.contains(name))
                ignore(name);
        warnOfOwnSide();
        for (const std::string &surprise : env_.surprises())
            settings_.warnings.push_back(surprise);
        return std::move(settings_);
    }

  private:
    std::string get(const std::string &name, const std::string &otherwise = "") {
        used_.insert(name);
        const std::string value = env_.value(name);
        return value.empty() ? otherwise : value;
    }

    /// Laravel uses Redis for much else: its settings are ours only with several workers.
    bool isUsed(const std::string &name) const {
        return (!name.starts_with("REDIS_") && !name.starts_with("REVERB_SCALING_")) ||
               env_.value("REVERB_SCALING_ENABLED") == "true";
    }

    void take(const std::string &key, const std::string &value, const std::string &from) {
        settings_.taken.push_back({key, value, from});
    }

    void ignore(const std::string &name) {
        for (const Ignored &one : kIgnored)
            if (name.starts_with(one.prefix)) {
                settings_.ignored.push_back(name + ": " + one.why);
                return;
            }
    }

    void readDatabase() {
        const std::string kind = get("DB_CONNECTION"), url = get("DB_URL", get("DATABASE_URL"));
        const std::string host = get("DB_HOST", "127.0.0.1"), port = get("DB_PORT");
        const std::string name = get("DB_DATABASE"), user = get("DB_USERNAME");
        const std::string password = get("DB_PASSWORD"), socket = get("DB_SOCKET");
        if (!url.empty() && parseDatabaseUrl(url)) {
            take("PREGON_DATABASE", url, "DB_URL");
        } else if (kind == "sqlite") {
            const std::filesystem::path path(name.empty() ? "database/database.sqlite" : name);
            take("PREGON_DATABASE", "sqlite:" + (folder_ / path).string(), "DB_DATABASE");
        } else if (kind == "mysql" || kind == "mariadb" || kind == "pgsql") {
            const bool isLocal = !socket.empty() || host.starts_with('/');
            std::string text = kind == "pgsql" ? "postgresql://" : "mariadb://";
            text +=
                percentEncode(user) + (password.empty() ? "" : ":" + percentEncode(password)) + "@";
            if (!isLocal)
                text += host + (port.empty() ? "" : ":" + port);
            text += "/" + percentEncode(name);
            if (isLocal)
                text += "?socket=" + percentEncode(socket.empty() ? host : socket);
            take("PREGON_DATABASE", text, "DB_CONNECTION, DB_HOST, DB_DATABASE …");
        } else if (!kind.empty()) {
            settings_.ignored.push_back("DB_CONNECTION: " + printable(kind) +
                                        " is not supported: sqlite, mysql, mariadb or pgsql");
        }
    }

    void readSession() {
        const std::string key = get("APP_KEY"), previous = get("APP_PREVIOUS_KEYS");
        const std::string driver = get("SESSION_DRIVER", "database"),
                          cookie = get("SESSION_COOKIE");
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
        if (driver != "database")
            settings_.ignored.push_back("SESSION_DRIVER: only sessions in the database can be "
                                        "known; browsers need a bearer token, or "
                                        "PREGON_AUTH_FALLBACK");
        else if (cookie.empty())
            settings_.ignored.push_back("SESSION_COOKIE: not set; to know browsers by their "
                                        "session, put the cookie's name, which a browser shows, "
                                        "into PREGON_SESSION_COOKIE");
        else if (!key.empty())
            take("PREGON_SESSION_COOKIE", cookie, "SESSION_COOKIE");
    }

    void warnOfOwnSide() {
        const std::string host = get("REVERB_HOST"), port = get("REVERB_PORT");
        const std::string scheme = get("REVERB_SCHEME");
        if (host == "0.0.0.0" || host == "localhost" || host == "127.0.0.1" || host == "::")
            settings_.warnings.push_back(
                "REVERB_HOST=" + host + ": browsers cannot reach that name; it is no bind address");
        if ((port == "443" && scheme == "http") || (port == "80" && scheme == "https"))
            settings_.warnings.push_back("REVERB_PORT=" + port + " with REVERB_SCHEME=" + scheme +
                                         ": https has port 443, http has port 80");
    }

    const LaravelEnv &env_;
    std::filesystem::path folder_;
    std::set<std::string> used_;
    LaravelSettings settings_;
};

void show(const LaravelSettings &settings, std::ostream &out) {
    for (const auto &[key, value, from] : settings.taken) {
        const bool isHidden = isSecret(key) && !value.starts_with("sqlite:");
        out << "taken:   " << key << '=' << (isHidden ? "(set)" : printable(value)) << "  # "
            << from << '\n';
    }
    for (const std::string &line : settings.ignored)
        out << "ignored: " << line << '\n';
    for (const std::string &line : settings.warnings)
        out << "warning: " << line << '\n';
    out << "\nThe application itself should have, with the name by which browsers reach the web "
           "server:\n  BROADCAST_CONNECTION=reverb\n  REVERB_HOST=NAME\n  REVERB_PORT=443\n  "
           "REVERB_SCHEME=https\n\n";
}

} // namespace

LaravelSettings readLaravelSettings(const LaravelEnv &env, const std::string &folder) {
    return Reader(env, folder).read();
}

Outcome importLaravel(const CommandOptions &options, std::ostream &out) {
    const std::string file = options.value("FILE");
    if (!options.has("--write") && (options.has("--output") || options.has("--force")))
        return wrongUsage("import: --output and --force go with --write");
    const auto env = LaravelEnv::read(file);
    if (!env)
        return problem(env.error().reason);
    if (const std::string refusal = env->refusal(); !refusal.empty())
        return problem(refusal);
    const auto folder = std::filesystem::absolute(file).parent_path().string();
    const LaravelSettings settings = readLaravelSettings(*env, folder);
    show(settings, out);
    std::string lines = "# From " + file + " by pregonctl import.\n";
    for (const auto &taken : settings.taken)
        lines += dotenvLine(taken.key, taken.value);
    const auto written = parseEnvironmentFile(lines, file);
    const auto valid = written ? makeAppConfig(*written, {})
                               : Result<AppConfig>(tl::unexpected<Error>(written.error()));
    if (!valid)
        return problem(valid.error().reason);
    if (!options.has("--write")) {
        out << "nothing written; --write does\n";
        return Done{};
    }
    const std::string config =
        options.configFile.empty() ? std::string(kDefaultConfigFile) : options.configFile;
    const std::string target = options.value("--output", dropInFolder(config) + "/laravel.env");
    const auto done = writePrivateFile(target, lines,
                                       options.has("--force") ? IfThere::Replace : IfThere::Refuse);
    if (!done)
        return problem(done.error().reason);
    out << "written: " << target << '\n';
    return Done{};
}

} // namespace pregon
