// SPDX-License-Identifier: MIT
#include "ctl/doctor/doctor_command.h"

#include "ctl/doctor/doctor.h"
#include "shared/ascii.h"
#include "shared/protocol/channel_rules.h"
#include "shared/small_file.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
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

/// The first line of the file that --token-file names, else PREGONCTL_TOKEN; empty: neither is
/// given.
tl::expected<std::string, CommandError> userToken(const CommandOptions &options) {
    const char *variable = std::getenv("PREGONCTL_TOKEN");
    std::string token = variable != nullptr ? variable : "";
    const std::string file = options.value("--token-file");
    if (!file.empty()) {
        const auto text = readSmallFile(file);
        if (!text)
            return tl::unexpected<CommandError>(text.error());
        token = trimLine(std::string_view(*text).substr(0, text->find('\n')));
    }
    const bool isPlain =
        std::all_of(token.begin(), token.end(), [](char c) { return c > ' ' && c <= '~'; });
    if (!isPlain || (token.empty() && !file.empty()))
        return wrongUsage((file.empty() ? "PREGONCTL_TOKEN" : file) + ": holds no bearer token");
    return token;
}

} // namespace

Outcome runDoctor(const CommandOptions &options, std::ostream &out) {
    const auto idle = idleSeconds(options);
    if (!idle)
        return tl::unexpected<CommandError>(idle.error());
    auto token = userToken(options);
    if (!token)
        return tl::unexpected<CommandError>(token.error());
    const std::string channel = options.value("--channel");
    if (!channel.empty() && !ChannelRules::isValidName(channel))
        return wrongUsage("--channel: not a channel's name");
    DoctorOptions asked;
    asked.configFile = options.configFile;
    asked.url = options.value("--url");
    asked.laravelEnvFile = options.value("--laravel-env");
    asked.webServerFile = options.value("--web-server");
    asked.origin = options.value("--origin");
    asked.trustsAnyCertificate = options.has("--insecure");
    asked.token = std::move(*token);
    asked.channel = channel;
    asked.idle = *idle;
    const auto findings = examine(std::move(asked));
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
