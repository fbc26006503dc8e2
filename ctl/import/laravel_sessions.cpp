// SPDX-License-Identifier: MIT
#include "ctl/import/laravel_sessions.h"

#include "shared/ascii.h"

#include <tuple>

namespace pregon {
namespace {

/// Laravel's Str::slug() of a name in ASCII; empty of one that is not.
std::string slug(std::string_view name, char separator) {
    std::string text;
    for (const char c : name) {
        if (static_cast<unsigned char>(c) >= 0x80)
            return {};
        const bool isPart = isWordCharacter(c) && c != '_';
        if (isPart)
            text += asciiLower(c);
        else if (!text.empty() && text.back() != separator)
            text += separator;
    }
    while (text.ends_with(separator))
        text.pop_back();
    return text;
}

/// A prefix that the .env does not set: the application's name, and what stands behind it in the
/// configuration file.
std::string shippedPrefix(const LaravelEnv &env, const PhpConfig &config, const std::string &what) {
    const std::string name = env.has("APP_NAME") ? env.value("APP_NAME") : "laravel";
    if (config.mentions("-" + what + "-"))
        return slug(name, '-') + "-" + what + "-";
    if (what == "cache" && config.mentions("_cache")) // before Laravel 10, whose store adds a colon
        return slug(name, '_') + "_cache:";
    return slug(name, '_') + "_" + what + "_";
}

LaravelSessions inRedis(const LaravelEnv &env, const std::string &folder) {
    LaravelSessions sessions{"redis", "", "", "", ""};
    if (const std::string connection = env.value("SESSION_CONNECTION");
        !connection.empty() && connection != "default")
        return {"", "", "",
                "SESSION_CONNECTION: the sessions are in another Redis connection than default",
                ""};
    for (const auto &[variable, what, file] : {std::tuple("REDIS_PREFIX", "database", "database"),
                                               std::tuple("CACHE_PREFIX", "cache", "cache")}) {
        const PhpConfig config = PhpConfig::read(folder + "/config/" + file + ".php", env);
        if (env.has(variable)) {
            sessions.prefix += env.value(variable);
            continue;
        }
        sessions.prefix += shippedPrefix(env, config, what);
        sessions.warning =
            "PREGON_SESSION_PREFIX: made of the application's name, as Laravel ships "
            "it; redis-cli --scan shows whether keys begin with it";
    }
    return sessions;
}

} // namespace

LaravelSessions readLaravelSessions(const LaravelEnv &env, const std::string &folder) {
    const std::string set = env.value("SESSION_DRIVER");
    const std::string driver = set.empty() ? "database" : set;
    const std::string connection = env.value("SESSION_CONNECTION");
    if (driver == "database" && !connection.empty() && connection != env.value("DB_CONNECTION"))
        return {"", "", "",
                "SESSION_CONNECTION: the sessions are in another database than the users, where "
                "they cannot be known",
                ""};
    if (driver == "database" || driver == "cookie")
        return {driver, "", "", "", ""};
    if (driver == "file")
        return {driver, "", folder + "/storage/framework/sessions", "", ""};
    if (driver == "redis")
        return inRedis(env, folder);
    return {"", "", "",
            "SESSION_DRIVER=" + driver +
                ": only sessions of database, redis, file and cookie can be known",
            ""};
}

} // namespace pregon
