#pragma once

#include "ctl/command.h"
#include "ctl/laravel_env.h"

#include <string>
#include <vector>

namespace pregon {

/// What concerns Pregón in an application's `.env`.
struct LaravelSettings {
    struct Taken {
        std::string key, value; ///< ours
        std::string from;       ///< the application's names
    };
    std::vector<Taken> taken;
    std::vector<std::string> ignored;  ///< `NAME: why`
    std::vector<std::string> warnings; ///< about the application's own side
};

/// `folder` is the file's, for the relative path of a SQLite database. Pure.
LaravelSettings readLaravelSettings(const LaravelEnv &env, const std::string &folder);

/// `import`: shows what it takes and what it does not, secrets as `(set)`. Writes only with
/// --write.
Outcome importLaravel(const CommandOptions &options, std::ostream &out);

} // namespace pregon
