// SPDX-License-Identifier: MIT
#include "ctl/config/configuration_commands.h"

#include "ctl/command/printable.h"
#include "ctl/host/as_daemon.h"
#include "ctl/nginx/nginx_limits.h"
#include "ctl/probe/fallback_check.h"
#include "ctl/store/store_as_daemon.h"
#include "ctl/store/store_files.h"
#include "ctl/worker/worker_commands.h"
#include "shared/auth/channel_authorizer.h"
#include "shared/auth/doubtful_rules.h"
#include "shared/config/app_config.h"
#include "shared/config/config_faults.h"
#include "shared/config/settings.h"
#include "shared/json/json.h"
#include "shared/protocol/hmac_signer.h"
#include "shared/small_file.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <ostream>
#include <pwd.h>
#include <set>
#include <sys/resource.h>
#include <sys/stat.h>

namespace pregon {
namespace {

constexpr const char *kNginxFile = "/etc/nginx/nginx.conf";

struct Shown {
    std::string value, place;
    bool isChanged = false;
};

/// The value in force as it may be shown: a store's address has a password, unless it is a file.
Shown shownValue(const Setting &setting, const AppConfig &config) {
    const auto found = config.sources.find(std::string(setting.name));
    if (found == config.sources.end())
        return {std::string(setting.defaultText), "default", false};
    const auto &[value, place] = found->second;
    const bool isHidden = isSecret(setting.name) && !value.starts_with("sqlite:");
    return {isHidden ? "(set)" : value, place, value != setting.defaultText};
}

/// What the store lacks, and what its files do not allow, for the daemons' user.
std::vector<std::string> storeWarnings(const std::string &configFile, const AppConfig &config) {
    const auto who = daemonUser(configFile);
    const std::string file = sqliteFile(config);
    const auto fault = who && !file.empty() ? findStoreFileFault(file, *who) : std::nullopt;
    const auto findings = askStore(configFile, config);
    if (!findings)
        return {"the store cannot be used" + (who ? " by " + who->name : "") + ": " +
                findings.error().reason + (fault ? " (" + fault->reason + ")" : "")};
    std::vector<std::string> warnings = findings->warnings;
    for (const std::string &what : findings->missing)
        warnings.push_back("the store lacks " + what +
                           (what.starts_with("column users.") ? " (PREGON_USER_COLUMNS)" : ""));
    if (fault)
        warnings.push_back(fault->reason);
    return warnings;
}

/// The rules of `config` that are wrong, each by itself; where all is wrong, that alone.
std::vector<std::string> ruleFaults(const AppConfig &config) {
    const auto text = readSmallFile(config.channelsFile);
    if (!text)
        return {text.error().reason};
    const auto whole = ChannelAuthorizer::parse(*text, config.userColumns);
    if (whole)
        return {};
    std::vector<std::string> faults;
    const auto document = JsonDocument::parse(*text);
    const JsonValue root = document ? document->root() : JsonValue();
    std::size_t number = 0;
    (root.isObject() ? root.find("rules") : root).forEach([&](std::string_view, JsonValue rule) {
        number++;
        const auto alone = ChannelAuthorizer::parse("[" + rule.print() + "]", config.userColumns);
        if (!alone) // "rule 1: …" there
            faults.push_back(config.channelsFile + ": rule " + std::to_string(number) +
                             alone.error().reason.substr(std::min(alone.error().reason.find(':'),
                                                                  alone.error().reason.size())));
    });
    if (faults.empty())
        faults.push_back(config.channelsFile + ": " + whole.error().reason);
    return faults;
}

std::vector<std::string> ruleWarnings(const AppConfig &config) {
    const auto text = readSmallFile(config.channelsFile);
    const auto rules = text ? ChannelAuthorizer::parse(*text, config.userColumns)
                            : tl::unexpected<Error>(text.error());
    std::vector<std::string> warnings;
    if (rules)
        for (const std::string &doubt : doubtfulRules(rules->rules()))
            warnings.push_back(config.channelsFile + ": " + doubt);
    return warnings;
}

/// Users of PREGON_IPC_USERS that this machine does not have; the worker does not start with them.
std::vector<std::string> userFaults(const AppConfig &config) {
    std::vector<std::string> faults;
    for (const std::string &name : config.ipcUsers)
        if (::getpwnam(name.c_str()) == nullptr)
            faults.push_back("PREGON_IPC_USERS: no user " + name);
    return faults;
}

/// Everything that keeps the daemons from starting; `config` is what loadAppConfig says of the
/// file.
std::vector<std::string> configurationFaults(const std::string &file,
                                             const Result<AppConfig> &config) {
    ConfigFaults found;
    if (config)
        found.rest = *config;
    else
        found = findConfigFaults(file);
    if (!config && found.faults.empty())
        found.faults.push_back(config.error().reason);
    if (!found.rest)
        return found.faults;
    if (const auto complete = requireCredentials(*found.rest); !complete)
        found.faults.push_back(complete.error().reason);
    for (const auto &more : {userFaults(*found.rest), ruleFaults(*found.rest)})
        found.faults.insert(found.faults.end(), more.begin(), more.end());
    return found.faults;
}

std::string lines(const std::vector<std::string> &texts) {
    std::string all;
    for (const std::string &text : texts)
        all += (all.empty() ? "" : "\n") + text;
    return all;
}

/// Files with secrets that root alone may read: only systemd's units hand them over.
std::vector<std::string> fileWarnings(const AppConfig &config) {
    const passwd *service = ::getpwnam("pregon");
    std::set<std::string> files;
    for (const auto &[key, source] : config.sources)
        if (isSecret(key) && source.place != "environment")
            files.insert(source.place.substr(0, source.place.rfind(':')));
    std::vector<std::string> warnings;
    for (const std::string &path : files) {
        struct stat file {};
        if (service == nullptr || ::stat(path.c_str(), &file) != 0)
            continue;
        const bool isReadable = (file.st_mode & S_IROTH) != 0 || file.st_uid == service->pw_uid ||
                                (file.st_gid == service->pw_gid && (file.st_mode & S_IRGRP) != 0);
        if (!isReadable)
            warnings.push_back(path + " cannot be read by the user pregon: systemd's units hand "
                                      "keys.env over; for others, and under supervisor, chgrp "
                                      "pregon and chmod 0640 it");
    }
    return warnings;
}

/// The soft limit of a process, from /proc; nullopt if it is not ours to look at.
std::optional<rlim_t> openFilesLimit(std::int64_t pid) {
    constexpr std::string_view kLine = "Max open files";
    std::ifstream limits("/proc/" + std::to_string(pid) + "/limits");
    for (std::string line; std::getline(limits, line);)
        if (line.starts_with(kLine))
            return std::strtoull(line.c_str() + kLine.size(), nullptr, 10);
    return std::nullopt;
}

std::vector<std::string> limitWarnings(const AppConfig &config) {
    constexpr rlim_t kFew = 4096,
                     kOwn = 64; // a socket per client, and what the worker itself opens
    const auto needed = std::max<rlim_t>(kFew, static_cast<rlim_t>(config.maxConnections) + kOwn);
    std::vector<std::string> warnings;
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_max < needed)
        warnings.push_back("a daemon started from here may open " + std::to_string(limit.rlim_max) +
                           " files, one for each client: raise ulimit -Hn, or LimitNOFILE= in its "
                           "unit, to " +
                           std::to_string(needed));
    const auto status = clientFor(config).status();
    const auto document = status ? JsonDocument::parse(*status) : failure(Errc::NotFound, "");
    const auto pid = document ? document->root().find("pid").asInteger() : std::nullopt;
    const auto files = pid ? openFilesLimit(*pid) : std::nullopt;
    if (files && *files < needed)
        warnings.push_back("the running worker (pid " + std::to_string(*pid) + ") may open " +
                           std::to_string(*files) +
                           " files, one for each client: LimitNOFILE= of "
                           "its unit, minfds of supervisord, or ulimit -n");
    return warnings;
}

} // namespace

/// As `reverb:install` makes them (spec reverb-config §1.3).
Outcome makeKeys(const CommandOptions &, std::ostream &out) {
    constexpr std::string_view kAlphabet = "abcdefghijklmnopqrstuvwxyz0123456789";
    constexpr std::size_t kLength = 20;
    constexpr unsigned kSmallestId = 100'000;
    constexpr unsigned kIdCount = 900'000;
    out << "REVERB_APP_ID=" << kSmallestId + randomNumber(kIdCount) - 1 << '\n'
        << "REVERB_APP_KEY=" << randomText(kLength, kAlphabet) << '\n'
        << "REVERB_APP_SECRET=" << randomText(kLength, kAlphabet) << '\n';
    return Done{};
}

Outcome checkConfiguration(const CommandOptions &options, std::ostream &out) {
    const auto config = loadAppConfig(options.configFile);
    if (const auto faults = configurationFaults(options.configFile, config); !faults.empty())
        return problem(lines(faults));
    std::vector<std::string> warnings = storeWarnings(options.configFile, *config);
    if (const std::string fault = fallbackFault(*config); !fault.empty())
        warnings.push_back(fault);
    for (const auto &[key, reason] : configWarnings(*config))
        warnings.push_back(key + ": " + reason);
    for (const auto &more : {ruleWarnings(*config), fileWarnings(*config), limitWarnings(*config),
                             nginxWarnings(options.value("--nginx", kNginxFile))})
        warnings.insert(warnings.end(), more.begin(), more.end());
    if (options.has("--json")) {
        JsonWriter json;
        json.beginObject().key("warnings").beginArray();
        for (const std::string &warning : warnings)
            json.string(warning);
        out << json.endArray().endObject().text() << '\n';
        return Done{};
    }
    for (const std::string &warning : warnings)
        out << "warning: " << warning << '\n';
    out << "configuration ok\n";
    return Done{};
}

Outcome showConfiguration(const CommandOptions &options, std::ostream &out) {
    const auto config = loadAppConfig(options.configFile);
    if (!config)
        return tl::unexpected<CommandError>(config.error());
    const std::string key = options.value("KEY");
    if (!key.empty() && findSetting(key) == nullptr)
        return wrongUsage(key + ": unknown setting" + nearestSettings(key));
    if (!key.empty()) {
        out << shownValue(*findSetting(key), *config).value << '\n';
        return Done{};
    }
    JsonWriter json;
    json.beginArray();
    std::vector<std::vector<std::string>> rows;
    for (const Setting &setting : settings()) {
        const Shown shown = shownValue(setting, *config);
        if (options.has("--changed") && !shown.isChanged)
            continue;
        const std::string name(setting.name);
        rows.push_back({name + "=" + printable(shown.value), "# " + shown.place});
        json.beginObject().key("key").string(name).key("value").string(shown.value);
        json.key("source").string(shown.place).key("changed").boolean(shown.isChanged).endObject();
    }
    json.endArray();
    out << (options.has("--json") ? json.text() + "\n" : aligned(rows));
    return Done{};
}

} // namespace pregon
