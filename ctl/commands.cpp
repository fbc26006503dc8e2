#include "ctl/commands.h"

#include "ctl/database_check.h"
#include "ctl/demo_store.h"
#include "shared/channel_authorizer.h"
#include "shared/clock.h"
#include "shared/daemon.h"
#include "shared/hmac_signer.h"
#include "shared/json.h"
#include "shared/outbox_schema.h"
#include "shared/small_file.h"
#include "shared/worker_client.h"

#include <fcntl.h>
#include <ostream>
#include <sys/stat.h>
#include <unistd.h>

namespace pregon {
namespace {

constexpr std::chrono::milliseconds kPatience{2000};

/// A value for a shell or an env file: in single quotes, which none of our values contains.
std::string quoted(const std::string &text) {
    return "'" + text + "'";
}

/// As `reverb:install` makes them (spec reverb-config §1.3).
Result<Done> makeKeys(const CommandOptions &, std::ostream &out) {
    constexpr std::string_view kAlphabet = "abcdefghijklmnopqrstuvwxyz0123456789";
    constexpr std::size_t kLength = 20;
    constexpr unsigned kSmallestId = 100'000;
    constexpr unsigned kIdCount = 900'000;
    out << "REVERB_APP_ID=" << kSmallestId + randomNumber(kIdCount) - 1 << '\n'
        << "REVERB_APP_KEY=" << randomText(kLength, kAlphabet) << '\n'
        << "REVERB_APP_SECRET=" << randomText(kLength, kAlphabet) << '\n';
    return Done{};
}

/// A file with the secret that everybody on the machine can read.
bool isWorldReadable(const std::string &path) {
    struct stat file {};
    return ::stat(path.c_str(), &file) == 0 && (file.st_mode & S_IROTH) != 0;
}

Result<Done> check(const CommandOptions &options, std::ostream &out) {
    const auto config = loadAppConfig(options.configFile);
    if (!config)
        return tl::unexpected<Error>(config.error());
    if (const auto complete = requireCredentials(*config); !complete)
        return complete;
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

tl::unexpected<Error> silent(const AppConfig &config, const Error &error) {
    return failure(error.code,
                   "pregon-worker does not answer on " + config.ipcSocket + ": " + error.reason);
}

Result<Done> status(const CommandOptions &options, std::ostream &out) {
    const auto config = loadAppConfig(options.configFile);
    if (!config)
        return tl::unexpected<Error>(config.error());
    WorkerClient worker(config->ipcSocket, kPatience);
    const auto answer = worker.status();
    if (!answer)
        return silent(*config, answer.error());
    if (options.asJson) {
        out << *answer << '\n';
        return Done{};
    }
    const auto text = describeStatus(*answer);
    if (!text)
        return tl::unexpected<Error>(text.error());
    out << *text;
    return Done{};
}

/// Returns when the drain has begun: it lasts longer than anybody would wait for an answer.
Result<Done> drain(const CommandOptions &options, std::ostream &out) {
    const auto config = loadAppConfig(options.configFile);
    if (!config)
        return tl::unexpected<Error>(config.error());
    const auto answer = WorkerClient(config->ipcSocket, kPatience).drain();
    if (!answer)
        return silent(*config, answer.error());
    const auto text = describeDrain(*answer);
    if (!text)
        return tl::unexpected<Error>(text.error());
    out << *text;
    return Done{};
}

/// demo.json: what the demo page needs to act as a shop. It holds tokens: the shops are not real.
std::string pageJson(const AppConfig &config, const DemoStore &demo) {
    JsonWriter json;
    json.beginObject().key("appKey").string(config.apps[0].key).key("wsPath").string("");
    json.key("shops").beginArray();
    for (const DemoShop &shop : demo.shops) {
        json.beginObject().key("name").string(shop.name).key("user").string(shop.ownerName);
        json.key("commerceId").string(shop.commerceId).key("token").string(shop.ownerToken);
        json.key("deviceId").string(shop.ownerDevice).endObject();
    }
    json.endArray().endObject();
    return json.take();
}

Result<Done> writePrivately(const std::string &path, const std::string &text) {
    constexpr mode_t kMode = 0640; // the web server's group may read it
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kMode);
    const bool written =
        fd >= 0 && ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    if (fd >= 0)
        ::close(fd);
    if (!written)
        return failure(Errc::Unavailable, path + ": cannot be written");
    return Done{};
}

Result<Done> makeDemo(const CommandOptions &options, std::ostream &out) {
    const auto config = loadAppConfig(options.configFile);
    if (!config)
        return tl::unexpected<Error>(config.error());
    useTimeZone(config->appTimeZone);
    auto database = Database::open(databaseSettings(*config), Database::IfMissing::Create);
    if (!database)
        return tl::unexpected<Error>(database.error());
    const SystemClock clock;
    const auto demo = makeDemoStore(*database, clock, config->userTypes.front());
    if (!demo)
        return tl::unexpected<Error>(demo.error());
    for (std::size_t i = 0; i < demo->shops.size(); i++) {
        const DemoShop &shop = demo->shops[i];
        const std::string letter(1, static_cast<char>('A' + i));
        out << "COMMERCE_" << letter << '=' << quoted(shop.commerceId) << '\n'
            << "TOKEN_" << letter << '=' << quoted(shop.ownerToken) << '\n'
            << "DEVICE_" << letter << '=' << quoted(shop.ownerDevice) << '\n'
            << "TOKEN_" << letter << "2=" << quoted(shop.cashierToken) << '\n'
            << "DEVICE_" << letter << "2=" << quoted(shop.cashierDevice) << '\n';
    }
    return options.pageFile.empty() ? Result<Done>(Done{})
                                    : writePrivately(options.pageFile, pageJson(*config, *demo));
}

Result<Done> reportDatabase(Database &database, const AppConfig &config, std::ostream &out) {
    const auto findings = checkDatabase(database, config);
    if (!findings)
        return tl::unexpected<Error>(findings.error());
    for (const std::string &warning : findings->warnings)
        out << "warning: " << warning << '\n';
    for (const std::string &what : findings->missing)
        out << "missing: " << what << '\n';
    if (!findings->missing.empty())
        return failure(Errc::NotFound, "the store lacks what is listed above; what the application "
                                       "calls otherwise belongs in PREGON_TABLES, PREGON_COLUMNS");
    out << "database ok\n";
    return Done{};
}

/// Opens the configured store for `work`.
template <class Work>
Result<Done> withDatabase(const CommandOptions &options, const Work &work) {
    const auto config = loadAppConfig(options.configFile);
    if (!config)
        return tl::unexpected<Error>(config.error());
    auto database = Database::open(databaseSettings(*config));
    if (!database)
        return tl::unexpected<Error>(database.error());
    return work(*database, *config);
}

Result<Done> checkStore(const CommandOptions &options, std::ostream &out) {
    return withDatabase(options, [&](Database &database, const AppConfig &config) {
        return reportDatabase(database, config, out);
    });
}

Result<Done> migrateStore(const CommandOptions &options, std::ostream &out) {
    return withDatabase(options, [&](Database &database, const AppConfig &config) -> Result<Done> {
        if (const auto made = makeOutbox(database); !made)
            return made;
        return reportDatabase(database, config, out);
    });
}

constexpr Command kCommands[] = {
    {"keys", "make an application id, key and secret, as lines for pregon.env", makeKeys},
    {"check", "read the configuration and say what is wrong with it", check},
    {"status", "ask the worker: connections, channels, events", status},
    {"drain", "make the worker close its clients, spread over a while, and end", drain},
    {"database check", "say what the store lacks for Pregón, and what may lose a commit",
     checkStore},
    {"database migrate", "make our own table in the store, then check it", migrateStore},
    {"demo", "fill an empty store for a demonstration: two shops, users, tokens, devices",
     makeDemo},
};

tl::unexpected<Error> notUnderstood() {
    return failure(Errc::BadRequest, "the worker's answer is not understood");
}

std::string number(JsonValue value, const char *name) {
    return std::to_string(value.find(name).asInteger().value_or(0));
}

} // namespace

std::span<const Command> commands() {
    return kCommands;
}

Result<std::string> describeStatus(const std::string &json) {
    const auto document = JsonDocument::parse(json);
    if (!document || !document->root().find("apps").isArray())
        return notUnderstood();
    const JsonValue root = document->root();
    std::string text = "worker running, pid " + number(root, "pid") + ", for " +
                       number(root, "uptime_seconds") + " s\n" + number(root, "connections") +
                       " connections, " + number(root, "clients_refused") + " refused, " +
                       number(root, "slow_consumers_closed") + " closed because too slow\n" +
                       number(root, "events_published") + " events, " + number(root, "deliveries") +
                       " deliveries, " + number(root, "frames_sent") + " frames sent\n";
    if (root.find("draining").asBoolean().value_or(false))
        text += "draining: " + number(root, "connections") + " connections left, " +
                number(root, "closing") + " closing\n";
    root.find("apps").forEach([&](std::string_view, JsonValue app) {
        text += "app " + app.find("id").asString().value_or("") + ": " +
                number(app, "connections") + " connections, " + number(app, "channels") +
                " channels\n";
    });
    return text;
}

Result<std::string> describeDrain(const std::string &json) {
    const auto document = JsonDocument::parse(json);
    if (!document || !document->root().find("connections").asInteger())
        return notUnderstood();
    return "draining " + number(document->root(), "connections") + " connections over " +
           number(document->root(), "seconds") + " s; the worker ends when they are gone\n";
}

} // namespace pregon
