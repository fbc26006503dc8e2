#include "ctl/doctor_command.h"

#include "ctl/doctor.h"

#include <algorithm>
#include <charconv>
#include <ostream>

namespace pregon {
namespace {

constexpr std::int64_t kLongestIdle = 3600;

/// 0 if it is not asked for.
tl::expected<std::chrono::seconds, CommandError> idleSeconds(const CommandOptions &options) {
    const std::string text = options.value("--idle", "0");
    std::int64_t seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (error != std::errc() || end != text.data() + text.size() || seconds < 0 ||
        seconds > kLongestIdle)
        return wrongUsage("--idle: 1 to " + std::to_string(kLongestIdle) + " seconds");
    return std::chrono::seconds(seconds);
}

} // namespace

Outcome runDoctor(const CommandOptions &options, std::ostream &out) {
    const auto idle = idleSeconds(options);
    if (!idle)
        return tl::unexpected<CommandError>(idle.error());
    const auto findings = examine({options.configFile, options.value("--url"),
                                   options.value("--laravel-env"), options.value("--web-server"),
                                   options.value("--origin"), options.has("--insecure"), *idle});
    if (!findings && findings.error().code == Errc::BadRequest)
        return wrongUsage(findings.error().reason);
    if (!findings)
        return tl::unexpected<CommandError>(findings.error());
    out << (options.has("--json") ? findingsJson(*findings) + "\n" : describeFindings(*findings));
    if (!isGreen(*findings))
        return problem("not all is well: see the failures above");
    return Done{};
}

} // namespace pregon
