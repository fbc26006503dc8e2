// SPDX-License-Identifier: MIT
#include "ctl/store/store_commands.h"

#include "ctl/host/as_daemon.h"
#include "ctl/store/database_check.h"
#include "ctl/store/demo_store.h"
#include "ctl/store/store_as_daemon.h"
#include "ctl/store/store_files.h"
#include "shared/clock.h"
#include "shared/config/app_config.h"
#include "shared/json/json.h"
#include "shared/store/outbox_schema.h"

#include <fcntl.h>
#include <filesystem>
#include <ostream>
#include <sys/stat.h>
#include <unistd.h>

namespace pregon {
namespace {

/// A value for a shell or an env file: in single quotes, which none of our values contains.
std::string quoted(const std::string &text) {
    return "'" + text + "'";
}

/// Opens the store. A missing SQLite file is made, readable by the daemon only: if root makes it,
/// it belongs to the owner of the folder.
Result<Database> createStore(const AppConfig &config) {
    useTimeZone(config.appTimeZone);
    const mode_t before = ::umask(0077);
    ::umask(before | 0027);
    auto database = Database::open(databaseSettings(config), Database::IfMissing::Create);
    ::umask(before);
    if (!database || database->kind() != DatabaseKind::Sqlite || ::geteuid() != 0)
        return database;
    struct stat folder {};
    const auto path = std::filesystem::absolute(database->file());
    if (::stat(path.parent_path().c_str(), &folder) == 0)
        for (const char *suffix : {"", "-wal", "-shm"})
            (void)::lchown((path.string() + suffix).c_str(), folder.st_uid, folder.st_gid);
    return database;
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

Result<Done> report(const Result<DatabaseFindings> &findings, std::ostream &out) {
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

} // namespace

Outcome initStore(const CommandOptions &options, std::ostream &out) {
    const auto config = loadAppConfig(options.configFile);
    if (!config)
        return tl::unexpected<CommandError>(config.error());
    auto database = createStore(*config);
    if (!database)
        return tl::unexpected<CommandError>(database.error());
    if (database->kind() != DatabaseKind::Sqlite)
        return problem("the tables of this store are made by the application's migrations; "
                       "pregonctl database migrate makes ours");
    const auto made = database->transaction<Done>([&] { return createEmbeddedSchema(*database); });
    if (!made)
        return tl::unexpected<CommandError>(made.error());
    out << "store ready: " << database->file() << '\n';
    return Done{};
}

Outcome checkStore(const CommandOptions &options, std::ostream &out) {
    const auto config = loadAppConfig(options.configFile);
    if (!config)
        return tl::unexpected<CommandError>(config.error());
    useTimeZone(config->appTimeZone);
    if (const std::string file = sqliteFile(*config); !file.empty())
        if (const auto who = daemonUser(options.configFile))
            if (const auto fault = findStoreFileFault(file, *who))
                out << "warning: " << fault->reason << '\n';
    return report(askStore(options.configFile, *config), out);
}

Outcome migrateStore(const CommandOptions &options, std::ostream &out) {
    return withDatabase(options, [&](Database &database, const AppConfig &config) -> Outcome {
        if (const auto made = makeOutbox(database); !made)
            return tl::unexpected<CommandError>(made.error());
        return report(checkDatabase(database, config), out);
    });
}

Outcome makeDemo(const CommandOptions &options, std::ostream &out) {
    const auto config = loadAppConfig(options.configFile);
    if (!config)
        return tl::unexpected<Error>(config.error());
    auto database = createStore(*config);
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
    return options.has("--page") ? writePrivately(options.value("--page"), pageJson(*config, *demo))
                                 : Result<Done>(Done{});
}

} // namespace pregon
