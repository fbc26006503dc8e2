// SPDX-License-Identifier: MIT
#pragma once

#include "ctl/command/command.h"
#include "shared/clock.h"
#include "shared/config/app_config.h"

namespace pregon {

/// The commands about the configured store as a whole. Unreachable if it does not answer.
Outcome initStore(const CommandOptions &options, std::ostream &out);
Outcome checkStore(const CommandOptions &options, std::ostream &out);
Outcome migrateStore(const CommandOptions &options, std::ostream &out);
Outcome makeDemo(const CommandOptions &options, std::ostream &out);

/// Opens the configured store, unless it is a pool without sessions, for `work`, an Outcome of
/// (Database &, const AppConfig &).
template <class Work>
Outcome withDatabase(const CommandOptions &options, const Work &work) {
    const auto config = loadAppConfig(options.configFile);
    if (!config)
        return tl::unexpected<CommandError>(config.error());
    useTimeZone(config->appTimeZone);
    if (const auto checked = Database::checkSessions(databaseSettings(*config)); !checked)
        return tl::unexpected<CommandError>(checked.error());
    auto database = Database::open(databaseSettings(*config));
    if (!database)
        return tl::unexpected<CommandError>(database.error());
    return work(*database, *config);
}

} // namespace pregon
