// SPDX-License-Identifier: MIT
#include "ctl/store/store_as_daemon.h"

#include "ctl/host/as_daemon.h"
#include "shared/json/json.h"

namespace pregon {
namespace {

std::string toText(const DatabaseFindings &findings) {
    JsonWriter json;
    json.beginObject();
    for (const auto &[name, list] : {std::pair("missing", &DatabaseFindings::missing),
                                     std::pair("warnings", &DatabaseFindings::warnings)}) {
        json.key(name).beginArray();
        for (const std::string &one : findings.*list)
            json.string(one);
        json.endArray();
    }
    return json.endObject().text();
}

DatabaseFindings fromText(const std::string &text) {
    DatabaseFindings findings;
    const auto document = JsonDocument::parse(text);
    if (!document)
        return findings;
    for (const auto &[name, list] : {std::pair("missing", &DatabaseFindings::missing),
                                     std::pair("warnings", &DatabaseFindings::warnings)})
        document->root().find(name).forEach([&, to = list](std::string_view, JsonValue one) {
            (findings.*to).push_back(one.asString().value_or(""));
        });
    return findings;
}

} // namespace

std::string sqliteFile(const AppConfig &config) {
    const auto url = parseDatabaseUrl(config.database);
    return url && url->kind == DatabaseKind::Sqlite ? url->path : "";
}

Result<Done> tryStore(const AppConfig &config) {
    if (const auto checked = Database::checkSessions(databaseSettings(config)); !checked)
        return checked;
    auto database = Database::open(databaseSettings(config));
    if (!database)
        return tl::unexpected<Error>(database.error());
    if (database->kind() != DatabaseKind::Sqlite)
        return Done{};
    // A file that may only be read begins a transaction all the same: it takes a change to tell.
    const auto done = database->transaction<Done>([&]() -> Result<Done> {
        const auto made = database->execute("CREATE TABLE pregon_attempt (id integer)");
        return made ? failure(Errc::NotFound, "to be rolled back") : made;
    });
    return done || done.error().code == Errc::NotFound ? Result<Done>(Done{}) : done;
}

Result<DatabaseFindings> askStore(const std::string &configFile, const AppConfig &config) {
    const auto text = asUser(daemonUser(configFile), [&]() -> Result<std::string> {
        if (const auto usable = tryStore(config); !usable)
            return tl::unexpected<Error>(usable.error());
        auto database = Database::open(databaseSettings(config));
        if (!database)
            return tl::unexpected<Error>(database.error());
        const auto findings = checkDatabase(*database, config);
        if (!findings)
            return tl::unexpected<Error>(findings.error());
        return toText(*findings);
    });
    if (!text)
        return tl::unexpected<Error>(text.error());
    return fromText(*text);
}

} // namespace pregon
