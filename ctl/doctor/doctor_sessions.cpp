// SPDX-License-Identifier: MIT
#include "ctl/doctor/doctor_checks.h"
#include "ctl/import/laravel_sessions.h"
#include "shared/config/setting_type.h"
#include "shared/store/schema_names.h"

#include <filesystem>

namespace pregon {
namespace {

/// Something of the application's that Pregón must have too.
struct Counterpart {
    const char *key; ///< ours
    std::string ours;
    const char *consequence;
};

/// The name that a list of PREGON_TABLES gives to a table; empty: the list is none.
std::string tableIn(const std::string &list, std::string_view table) {
    const auto names =
        SchemaNames::parse(list.empty() ? std::vector<std::string>() : splitList(list), {});
    return names ? names->apply("{" + std::string(table) + "}") : "";
}

/// Why the application's sessions cannot be known at all; empty: they can.
std::string sessionFault(const LaravelEnv &env, const std::string &folder, const AppConfig &config,
                         std::string &line) {
    if (config.sessionCookie.empty())
        return "";
    const LaravelSessions theirs = readLaravelSessions(env, folder);
    line =
        theirs.reason.starts_with("SESSION_CONNECTION") ? "SESSION_CONNECTION" : "SESSION_DRIVER";
    if (theirs.driver.empty())
        return theirs.reason;
    if (theirs.driver != config.sessionDriver)
        return "SESSION_DRIVER=" + theirs.driver +
               " of the application, here PREGON_SESSION_DRIVER is " + config.sessionDriver +
               ": no session is found; pregonctl import takes it over";
    line = "";
    return "";
}

} // namespace

Diagnosis checkLaravelSessions(Visit &visit) {
    const AppConfig &config = *visit.config;
    const LaravelSettings &theirs = visit.laravelSettings;
    std::string line;
    if (const std::string fault = sessionFault(*visit.laravel, visit.laravelFolder, config, line);
        !fault.empty())
        return broken(fault, visit.laravel->where(line));
    const bool hasSessions = !config.sessionCookie.empty();
    for (const auto &[key, ours, consequence] :
         {Counterpart{"PREGON_APP_KEY", config.appKey, "no session cookie can be opened"},
          Counterpart{"PREGON_SESSION_COOKIE", config.sessionCookie, "no session is found"}}) {
        const std::string value = theirs.valueOf(key);
        if (hasSessions && !value.empty() && value != ours)
            return broken(std::string(key) + " differs from the application's: " + consequence +
                              "; pregonctl import takes it over",
                          visit.whereIs(key));
    }
    if (const std::string zone = theirs.valueOf("PREGON_APP_TIMEZONE");
        !zone.empty() && zone != config.appTimeZone)
        return broken("PREGON_APP_TIMEZONE=" + config.appTimeZone +
                          " differs from the application's APP_TIMEZONE=" + zone +
                          ": times in the tables are read wrongly",
                      visit.whereIs("PREGON_APP_TIMEZONE"));
    const std::string tables = theirs.valueOf("PREGON_TABLES");
    for (const std::string_view table : {"users", "sessions"})
        if (const std::string theirName = tableIn(tables, table);
            !tables.empty() &&
            (table != "sessions" || (hasSessions && config.sessionDriver == "database")) &&
            theirName != config.schemaNames.apply("{" + std::string(table) + "}"))
            return broken("the application's table is " + theirName +
                              " (DB_PREFIX, SESSION_TABLE), ours is " +
                              config.schemaNames.apply("{" + std::string(table) + "}") +
                              ": write PREGON_TABLES=" + tables,
                          visit.whereIs("PREGON_TABLES"));
    const std::string minutes = theirs.valueOf("PREGON_SESSION_LIFETIME_MINUTES");
    if (hasSessions && !minutes.empty() && minutes != std::to_string(config.sessionLifetimeMinutes))
        return warning("SESSION_LIFETIME is " + minutes + " minutes, here it is " +
                           std::to_string(config.sessionLifetimeMinutes),
                       visit.whereIs("PREGON_SESSION_LIFETIME_MINUTES"));
    if (!hasSessions)
        return ok("time zone and tables are the application's; sessions are not in use "
                  "(PREGON_SESSION_COOKIE)");
    return ok("keys of cookies, sessions, time zone and tables are the application's");
}

Diagnosis checkLaravelCache(Visit &visit) {
    const std::string file = visit.laravelFolder + "/bootstrap/cache/config.php";
    std::error_code error;
    if (!std::filesystem::exists(file, error))
        return ok("the application reads its .env anew for each process (no config:cache)");
    const PhpConfig cached = PhpConfig::read(file, LaravelEnv());
    for (const std::string name : {"APP_ID", "APP_KEY", "APP_SECRET"}) {
        const std::string key = laravelKey(*visit.laravel, name);
        const std::string value = visit.laravel->value(key);
        if (!value.empty() && !cached.mentions(value))
            return broken("the application's cached configuration is older than " + key +
                              " of its .env: php artisan config:cache, then restart php-fpm and "
                              "php artisan queue:restart",
                          file);
    }
    return ok("the application's cached configuration has the keys of its .env");
}

} // namespace pregon
