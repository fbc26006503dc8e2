// SPDX-License-Identifier: MIT
#pragma once

#include "shared/config/app_config.h"
#include "shared/result.h"

#include <string>
#include <vector>

namespace pregon {

/// What both daemons do around their work.
struct DaemonOptions {
    std::string configFile; ///< empty: only the process environment
    bool checkOnly = false; ///< stop after the configuration was read
};

/// An option of one daemon alone.
struct DaemonFlag {
    std::string name, help;
    bool &isGiven;
};

/// Reads `--config FILE`, `--check-config`, `--version`, `--help` and `flags`. Ends the process
/// itself after an answer to --version or --help, or a wrong option. Without --config,
/// /etc/pregon/pregon.env is read if it is there.
DaemonOptions parseDaemonOptions(int argc, char **argv, const std::string &program,
                                 const std::string &purpose,
                                 const std::vector<DaemonFlag> &flags = {});

/// The configuration, checked for both daemons' needs, and the log level set. On an error it logs
/// `config invalid …` and returns nothing: main returns 1.
Result<AppConfig> readConfiguration(const DaemonOptions &options);

/// Neither core dumps nor other processes of the same user may see this one's memory: it holds the
/// secrets of the configuration. Root still may.
void keepSecretsOutOfCores();

/// The same as readConfiguration, with the configuration's warnings logged and secrets kept out of
/// cores.
Result<AppConfig> startConfiguration(const DaemonOptions &options);

/// The soft limit of open files becomes the hard one (at most about a million: libwebsockets keeps
/// a table of that size). Returns the limit.
std::size_t raiseFileLimit();

/// Writes the process id to `NAME` in the configured directory, if one is. Unavailable if it
/// cannot.
Result<Done> writePidFile(const AppConfig &config, const std::string &name);
/// Unless another process has written its own meanwhile.
void removePidFile(const AppConfig &config, const std::string &name);

extern const char *const kVersion; ///< of this release: the file VERSION
inline constexpr const char *kDefaultConfigFile = "/etc/pregon/pregon.env";

} // namespace pregon
