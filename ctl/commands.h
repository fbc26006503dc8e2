#pragma once

#include "shared/app_config.h"
#include "shared/result.h"

#include <iosfwd>
#include <span>
#include <string>

namespace pregon {

/// What the operator typed, besides the phrase.
struct CommandOptions {
    std::string configFile; ///< empty: only the process environment
    std::string pageFile;   ///< of `demo`: where the demo page's demo.json goes; empty: nowhere
    bool asJson = false;    ///< of `status`
};

/// One phrase of pregonctl. Handlers print their result to `out` and return an Error with what went
/// wrong and, where there is one, the next step.
struct Command {
    const char *phrase;
    const char *help;
    Result<Done> (*run)(const CommandOptions &options, std::ostream &out);
};

/// The table: read it and you know the program. Help texts come from it.
std::span<const Command> commands();

/// The lines that `status` prints for the worker's answer. BadRequest if it is not what a worker
/// says.
Result<std::string> describeStatus(const std::string &json);
/// The same for `drain`.
Result<std::string> describeDrain(const std::string &json);

} // namespace pregon
