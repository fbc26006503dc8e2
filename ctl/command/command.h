// SPDX-License-Identifier: MIT
#pragma once

#include "shared/result.h"

#include <iosfwd>
#include <map>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace pregon {

/// What pregonctl exits with; man/pregonctl.1 documents them.
enum class ExitCode {
    Success = 0,
    Problem = 1,     ///< it was done and something is wrong, or it could not be done
    Usage = 2,       ///< the command line is not understood; nothing was done
    Unreachable = 3, ///< the worker or the store does not answer: trying again later may work
    Impossible = 4,  ///< the running worker cannot do that as it is; nothing was done
};

/// Why a command failed: the text for stderr, and the exit code.
struct CommandError {
    CommandError(ExitCode exitCode, std::string text) : code(exitCode), reason(std::move(text)) {}
    CommandError(const Error &error)
        : code(error.code == Errc::Unavailable || error.code == Errc::Degraded
                   ? ExitCode::Unreachable
                   : ExitCode::Problem),
          reason(error.reason) {}

    ExitCode code;
    std::string reason;
};

using Outcome = tl::expected<Done, CommandError>;

inline tl::unexpected<CommandError> wrongUsage(std::string reason) {
    return tl::unexpected<CommandError>(CommandError(ExitCode::Usage, std::move(reason)));
}
/// The command has done its work and found something wrong.
inline tl::unexpected<CommandError> problem(std::string reason) {
    return tl::unexpected<CommandError>(CommandError(ExitCode::Problem, std::move(reason)));
}

/// What the operator typed, besides the phrase.
struct CommandOptions {
    std::string configFile; ///< empty: only the process environment
    /// By their names in Command::arguments: `CHANNEL`, `--app`; a flag has an empty value.
    std::map<std::string, std::string, std::less<>> values;
    std::istream *input = nullptr; ///< where a command reads what it is not told; not null

    bool has(std::string_view name) const { return values.contains(name); }
    std::string value(std::string_view name, std::string_view otherwise = "") const {
        const auto found = values.find(name);
        return found != values.end() ? found->second : std::string(otherwise);
    }
};

/// One phrase of pregonctl. Handlers print their result to `out` and return an error with what went
/// wrong and, where there is one, the next step.
struct Command {
    const char *phrase;
    /// What may follow, as the help shows it and the command line is read: `NAME` and `--name
    /// VALUE` are required; `[NAME]`, `[--flag]` and `[--name VALUE]` are not; `[NAME...]` takes
    /// all words that are left.
    const char *arguments;
    const char *help;
    Outcome (*run)(const CommandOptions &options, std::ostream &out);
};

} // namespace pregon
