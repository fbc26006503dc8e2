#include "ctl/configuration_commands.h"

#include "shared/app_config.h"
#include "shared/channel_authorizer.h"
#include "shared/hmac_signer.h"
#include "shared/small_file.h"

#include <ostream>
#include <sys/stat.h>

namespace pregon {
namespace {

/// A file with the secret that everybody on the machine can read.
bool isWorldReadable(const std::string &path) {
    struct stat file {};
    return ::stat(path.c_str(), &file) == 0 && (file.st_mode & S_IROTH) != 0;
}

} // namespace

/// As `reverb:install` makes them (spec reverb-config §1.3).
Outcome makeKeys(const CommandOptions &, std::ostream &out) {
    constexpr std::string_view kAlphabet = "abcdefghijklmnopqrstuvwxyz0123456789";
    constexpr std::size_t kLength = 20;
    constexpr unsigned kSmallestId = 100'000;
    constexpr unsigned kIdCount = 900'000;
    out << "REVERB_APP_ID=" << kSmallestId + randomNumber(kIdCount) - 1 << '\n'
        << "REVERB_APP_KEY=" << randomText(kLength, kAlphabet) << '\n'
        << "REVERB_APP_SECRET=" << randomText(kLength, kAlphabet) << '\n';
    return Done{};
}

Outcome checkConfiguration(const CommandOptions &options, std::ostream &out) {
    const auto config = loadAppConfig(options.configFile);
    if (!config)
        return tl::unexpected<Error>(config.error());
    if (const auto complete = requireCredentials(*config); !complete)
        return tl::unexpected<Error>(complete.error());
    const auto rules = readSmallFile(config->channelsFile);
    if (!rules)
        return tl::unexpected<Error>(rules.error());
    if (const auto parsed = ChannelAuthorizer::parse(*rules, config->userColumns); !parsed)
        return failure(Errc::BadRequest, config->channelsFile + ": " + parsed.error().reason);
    if (const auto store = Database::open(databaseSettings(*config)); !store)
        out << "warning: the store cannot be used: " << store.error().reason << '\n';
    for (const auto &[key, reason] : configWarnings(*config))
        out << "warning: " << key << ": " << reason << '\n';
    if (!options.configFile.empty() && isWorldReadable(options.configFile))
        out << "warning: " << options.configFile << " is readable by everybody: chmod o-r it\n";
    out << "configuration ok\n";
    return Done{};
}

} // namespace pregon
