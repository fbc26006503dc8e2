// SPDX-License-Identifier: MIT
#include "ctl/import/laravel_import.h"

#include "ctl/command/printable.h"
#include "ctl/host/private_file.h"
#include "ctl/import/laravel_settings.h"
#include "shared/config/app_config.h"
#include "shared/config/config_files.h"
#include "shared/config/dotenv_line.h"
#include "shared/config/env_file.h"
#include "shared/config/settings.h"
#include "shared/process/daemon.h"
#include "shared/small_file.h"

#include <filesystem>
#include <ostream>

namespace pregon {
namespace {

/// Laravel publishes to the plain port of its own machine, which spares it the TLS.
void showOwnSide(bool isPusher, std::ostream &out) {
    out << "\nThe application itself should have, NAME being the one by which browsers reach the "
           "web "
           "server:\n";
    if (isPusher)
        out << "  REVERB_APP_ID=\"${PUSHER_APP_ID}\"\n  REVERB_APP_KEY=\"${PUSHER_APP_KEY}\"\n"
               "  REVERB_APP_SECRET=\"${PUSHER_APP_SECRET}\"\n";
    out << "  BROADCAST_CONNECTION=reverb\n"
           "  REVERB_HOST=127.0.0.1\n  REVERB_PORT=8080\n  REVERB_SCHEME=http\n"
           "  VITE_REVERB_HOST=NAME\n  VITE_REVERB_PORT=443\n  VITE_REVERB_SCHEME=https\n"
           "On another machine than the web server it publishes to NAME, 443 and https as "
           "well.\n\n";
}

void show(const LaravelSettings &settings, std::ostream &out) {
    for (const auto &[key, value, from] : settings.taken) {
        const bool isHidden = isSecret(key) && !value.starts_with("sqlite:");
        out << "taken:   " << key << '=' << (isHidden ? "(set)" : printable(value)) << "  # "
            << from << '\n';
    }
    for (const std::string &line : settings.ignored)
        out << "ignored: " << line << '\n';
    for (const std::string &line : settings.warnings)
        out << "warning: " << printable(line) << '\n';
    showOwnSide(settings.isPusher, out);
}

/// The settings of the file that is there, but for those that are written anew.
Result<std::string> keptLines(const std::string &target, const LaravelSettings &settings,
                              std::ostream &out) {
    std::error_code error;
    if (!std::filesystem::exists(target, error))
        return std::string();
    const auto text = readSmallFile(target);
    const auto values =
        text ? parseEnvironmentFile(*text, target) : tl::unexpected<Error>(text.error());
    if (!values)
        return tl::unexpected<Error>(values.error());
    std::string lines;
    for (const auto &[key, value] : *values)
        if (settings.valueOf(key).empty() && !value.empty()) {
            lines += dotenvLine(key, value);
            out << "kept:    " << key << "  # of " << target << '\n';
        }
    return lines.empty() ? lines : "\n# Not from that file: kept by import --force.\n" + lines;
}

/// The lines, once the daemons would start with them.
Result<std::string> validLines(const std::string &file, const LaravelSettings &settings,
                               std::ostream &out) {
    std::string lines = "# From " + printable(file) + " by pregonctl import.\n";
    for (const auto &taken : settings.taken)
        lines += dotenvLine(taken.key, taken.value);
    const auto written = parseEnvironmentFile(lines, file);
    if (!written)
        return tl::unexpected<Error>(written.error());
    for (const auto &taken : settings.taken)
        if (const auto found = written->find(taken.key);
            found == written->end() || found->second != taken.value)
            return failure(Errc::BadRequest,
                           taken.key + ": holds characters that cannot be written");
    const auto config = makeAppConfig(*written, {});
    if (!config)
        return tl::unexpected<Error>(config.error());
    for (const auto &[key, reason] : configWarnings(*config))
        out << "warning: " << key << ": " << reason << '\n';
    return lines;
}

/// The reason with the line of the application's file that the setting is from.
std::string withPlace(const std::string &reason, const LaravelSource &source,
                      const LaravelSettings &settings) {
    const std::string key = reason.substr(0, reason.find(':'));
    for (const auto &taken : settings.taken)
        if (taken.key == key && source.env.has(taken.from))
            return source.env.where(taken.from) + ": " +
                   (taken.from == key ? "" : taken.from + ": ") + reason;
    return reason;
}

Outcome write(const CommandOptions &options, const LaravelSettings &settings,
              const std::string &lines, std::ostream &out) {
    const std::string config =
        options.configFile.empty() ? std::string(kDefaultConfigFile) : options.configFile;
    const std::string target = options.value("--output", dropInFolder(config) + "/laravel.env");
    const bool isForced = options.has("--force");
    const auto kept = isForced ? keptLines(target, settings, out) : Result<std::string>("");
    if (!kept)
        return problem(kept.error().reason);
    const auto done = writePrivateFile(target, lines + *kept,
                                       isForced ? IfThere::Replace : IfThere::Refuse, config);
    if (!done)
        return problem(done.error().reason);
    out << "written: " << target << '\n';
    if (done->isRootsAlone)
        out << "warning: " << target
            << ": only root can read it, and there is no group pregon: give it to the daemons' "
               "group with chgrp\n";
    return Done{};
}

} // namespace

Outcome importLaravel(const CommandOptions &options, std::ostream &out) {
    const std::string file = options.value("FILE");
    if (!options.has("--write") && (options.has("--output") || options.has("--force")))
        return wrongUsage("import: --output and --force go with --write");
    const auto source = LaravelSource::read(file);
    if (!source)
        return problem(source.error().reason);
    if (const std::string refusal = source->env.refusal(); !refusal.empty())
        return problem(refusal);
    const LaravelSettings settings = readLaravelSettings(*source);
    show(settings, out);
    const auto lines = validLines(file, settings, out);
    if (!lines)
        return problem(withPlace(lines.error().reason, *source, settings));
    if (options.has("--write"))
        return write(options, settings, *lines, out);
    out << "nothing written; --write does\n";
    return Done{};
}

} // namespace pregon
