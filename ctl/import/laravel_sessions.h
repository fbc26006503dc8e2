// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/import/laravel_env.h"
#include "ctl/import/php_config.h"

#include <string>

namespace pregon {

/// Where an application keeps its sessions, in our words.
struct LaravelSessions {
    std::string driver;  ///< database, redis, file, cookie; empty: `reason`
    std::string prefix;  ///< of the keys in Redis
    std::string files;   ///< folder of the sessions of `file`
    std::string reason;  ///< why they cannot be known
    std::string warning; ///< what is not certain; empty: nothing
};

/// `folder` is the application's; the files tell the prefixes of Redis where the .env does not, as
/// far as they are those that Laravel 8 to 12 ship.
LaravelSessions readLaravelSessions(const LaravelEnv &env, const std::string &folder);

} // namespace pregon
