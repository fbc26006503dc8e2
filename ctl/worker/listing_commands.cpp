// SPDX-License-Identifier: MIT
#include "ctl/worker/listing_commands.h"

#include "ctl/command/printable.h"
#include "ctl/worker/worker_commands.h"
#include "shared/clock.h"
#include "shared/json/json.h"

#include <map>
#include <ostream>

namespace pregon {
namespace {

/// Entries by application and id or name: one that two pages have, since the worker's table grew
/// between them, counts once.
using Entries = std::map<std::string, JsonDocument>;
using AskPage = Result<std::string> (WorkerClient::*)(const ListQuery &);

std::uint32_t number32(JsonValue value) {
    return static_cast<std::uint32_t>(value.asInteger().value_or(0));
}

Result<Done> takePage(const std::string &json, const char *list, const char *key, Entries &entries,
                      WalkPlace &place) {
    const auto page = JsonDocument::parse(json);
    if (!page || !page->root().find(list).isArray())
        return failure(Errc::BadRequest, "the worker's answer is not understood");
    page->root().find(list).forEach([&](std::string_view, JsonValue entry) {
        auto copy = JsonDocument::parse(entry.print());
        const std::string name = entry.find("app").asString().value_or("") + " " +
                                 entry.find(key).asString().value_or("");
        if (copy)
            entries.insert_or_assign(name, std::move(*copy));
    });
    place = {number32(page->root().find("buckets")), number32(page->root().find("next"))};
    return Done{};
}

/// All pages of `list`, into `entries`.
Result<Done> walk(WorkerClient &worker, AskPage ask, ListQuery query, const char *list,
                  const char *key, Entries &entries) {
    do {
        const auto page = (worker.*ask)(query);
        if (!page)
            return tl::unexpected<Error>(page.error());
        if (const auto taken = takePage(*page, list, key, entries, query.from); !taken)
            return taken;
    } while (query.from.next > 0);
    return Done{};
}

std::string text(JsonValue entry, const char *name) {
    const JsonValue value = entry.find(name);
    const auto number = value.asInteger();
    return number ? std::to_string(*number) : printable(value.asString().value_or("-"));
}

void printJson(const char *list, const Entries &entries, std::ostream &out) {
    JsonWriter json;
    json.beginObject().key(list).beginArray();
    for (const auto &[key, entry] : entries)
        json.raw(entry.root().print());
    json.endArray().endObject();
    out << json.text() << '\n';
}

void printConnections(const Entries &entries, std::ostream &out) {
    std::vector<std::vector<std::string>> rows = {
        {"ID", "APP", "ADDRESS", "SINCE (UTC)", "CHANNELS", "QUEUED", "USER", "RESUME"}};
    std::multimap<std::int64_t, JsonValue> byAge;
    for (const auto &[id, entry] : entries)
        byAge.emplace(entry.root().find("since").asInteger().value_or(0), entry.root());
    for (const auto &[since, entry] : byAge)
        rows.push_back({text(entry, "id"), text(entry, "app"), text(entry, "address"),
                        formatSqlTime(since), text(entry, "channel_count"),
                        text(entry, "queued_bytes"), text(entry, "user_id"),
                        text(entry, "resume")});
    out << aligned(rows);
}

void printChannels(const Entries &entries, std::ostream &out) {
    std::vector<std::vector<std::string>> rows = {{"APP", "CHANNEL", "SUBSCRIPTIONS", "USERS"}};
    for (const auto &[key, entry] : entries)
        rows.push_back({text(entry.root(), "app"), text(entry.root(), "name"),
                        text(entry.root(), "subscriptions"), text(entry.root(), "users")});
    out << aligned(rows);
}

} // namespace

Outcome listConnections(const CommandOptions &options, std::ostream &out) {
    const auto config = loadAppConfig(options.configFile);
    if (!config)
        return tl::unexpected<CommandError>(config.error());
    WorkerClient worker = clientFor(*config);
    Entries entries;
    const auto done = walk(worker, &WorkerClient::listConnections, {options.value("--app"), ""},
                           "connections", "id", entries);
    if (!done)
        return tl::unexpected<CommandError>(workerError(*config, done.error()));
    options.has("--json") ? printJson("connections", entries, out) : printConnections(entries, out);
    return Done{};
}

Outcome listChannels(const CommandOptions &options, std::ostream &out) {
    const auto config = loadAppConfig(options.configFile);
    if (!config)
        return tl::unexpected<CommandError>(config.error());
    WorkerClient worker = clientFor(*config);
    Entries entries;
    std::vector<std::string> apps;
    for (const App &app : config->apps)
        apps.push_back(app.id);
    if (options.has("--app"))
        apps = {options.value("--app")};
    for (const std::string &app : apps) {
        const auto done = walk(worker, &WorkerClient::listChannels, {app, options.value("PREFIX")},
                               "channels", "name", entries);
        if (!done)
            return tl::unexpected<CommandError>(workerError(*config, done.error()));
    }
    options.has("--json") ? printJson("channels", entries, out) : printChannels(entries, out);
    return Done{};
}

} // namespace pregon
