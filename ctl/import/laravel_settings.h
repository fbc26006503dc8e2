// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/import/laravel_env.h"
#include "ctl/import/php_config.h"

#include <string>
#include <vector>

namespace pregon {

/// What `pregonctl import` reads of an application.
struct LaravelSource {
    LaravelEnv env;
    std::string folder; ///< the application's, for the relative path of a SQLite database
    PhpConfig cors, database, reverb; ///< config/NAME.php; empty where there is none

    /// `file` is the `.env`; its folder is the application's. Unavailable, TooLarge.
    static Result<LaravelSource> read(const std::string &file);
};

/// What concerns Pregón in an application's configuration.
struct LaravelSettings {
    struct Taken {
        std::string key, value; ///< ours
        std::string from;       ///< the application's names
    };
    std::vector<Taken> taken;
    std::vector<std::string> ignored; ///< `NAME: why`
    /// What restricts and is not taken, what contradicts itself, what would not work here.
    std::vector<std::string> warnings;
    bool isPusher = false; ///< the keys are those of PUSHER_ lines

    /// The value that is taken for a key; empty: none.
    std::string valueOf(std::string_view key) const;
};

/// A name that Docker Compose or Laravel Sail gives to a container.
bool isContainerName(std::string_view host);

/// What Laravel itself makes of each line, or nothing and why. Pure.
LaravelSettings readLaravelSettings(const LaravelSource &source);

} // namespace pregon
