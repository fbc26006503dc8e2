// SPDX-License-Identifier: MIT
#include "shared/process/daemon.h"

#include "shared/log/log.h"

#include <algorithm>
#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace pregon {

const char *const kVersion = PREGON_VERSION;

namespace {

LogLevel levelOf(const std::string &name) {
    constexpr std::pair<std::string_view, LogLevel> kLevels[] = {{"error", LogLevel::Error},
                                                                 {"warning", LogLevel::Warning},
                                                                 {"notice", LogLevel::Notice},
                                                                 {"info", LogLevel::Info},
                                                                 {"debug", LogLevel::Debug}};
    for (const auto &[text, level] : kLevels)
        if (text == name)
            return level;
    return LogLevel::Info;
}

tl::unexpected<Error> invalid(const Error &error) {
    log(LogLevel::Error, "config invalid", {{"reason", error.reason}});
    return tl::unexpected<Error>(error);
}

} // namespace

DaemonOptions parseDaemonOptions(int argc, char **argv, const std::string &program,
                                 const std::string &purpose, const std::vector<DaemonFlag> &flags) {
    DaemonOptions options;
    CLI::App app(purpose, program);
    app.set_version_flag("--version", std::string(program) + " " + kVersion);
    app.add_option("--config", options.configFile, "file of KEY=value lines")->type_name("FILE");
    app.add_flag("--check-config", options.checkOnly, "read the configuration and stop");
    for (const DaemonFlag &flag : flags)
        app.add_flag(flag.name, flag.isGiven, flag.help);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError &error) {
        std::exit(app.exit(error));
    }
    if (options.configFile.empty() && std::filesystem::exists(kDefaultConfigFile))
        options.configFile = kDefaultConfigFile;
    return options;
}

Result<AppConfig> readConfiguration(const DaemonOptions &options) {
    auto config = loadAppConfig(options.configFile);
    if (!config)
        return invalid(config.error());
    if (const auto complete = requireCredentials(*config); !complete)
        return invalid(complete.error());
    setLogLevel(levelOf(config->logLevel));
    return config;
}

void keepSecretsOutOfCores() {
    rlimit limit{};
    ::getrlimit(RLIMIT_CORE, &limit);
    limit.rlim_cur = 0;
    ::setrlimit(RLIMIT_CORE, &limit);
    ::prctl(PR_SET_DUMPABLE, 0); // a core_pattern that is a program does not ask for the limit
}

Result<AppConfig> startConfiguration(const DaemonOptions &options) {
    keepSecretsOutOfCores();
    auto config = readConfiguration(options);
    if (!config)
        return config;
    for (const auto &[key, reason] : configWarnings(*config))
        log(LogLevel::Warning, "config warning", {{"key", key}, {"reason", reason}});
    return config;
}

std::size_t raiseFileLimit() {
    constexpr rlim_t kEnough = 1 << 20;
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return 0;
    limit.rlim_cur = std::min(limit.rlim_max, kEnough);
    ::setrlimit(RLIMIT_NOFILE, &limit);
    ::getrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_cur;
}

Result<Done> writePidFile(const AppConfig &config, const std::string &name) {
    if (config.pidDirectory.empty())
        return Done{};
    const std::string path = config.pidDirectory + "/" + name;
    const std::string fresh = path + ".new"; // a reader never sees half a number
    std::ofstream file(fresh);
    file << ::getpid() << '\n';
    file.close();
    if (!file || std::rename(fresh.c_str(), path.c_str()) != 0)
        return failure(Errc::Unavailable, path + ": cannot be written");
    return Done{};
}

void removePidFile(const AppConfig &config, const std::string &name) {
    if (config.pidDirectory.empty())
        return;
    const std::string path = config.pidDirectory + "/" + name;
    pid_t written = 0;
    if (std::ifstream(path) >> written && written == ::getpid())
        ::unlink(path.c_str());
}

} // namespace pregon
