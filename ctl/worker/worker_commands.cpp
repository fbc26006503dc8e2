// SPDX-License-Identifier: MIT
#include "ctl/worker/worker_commands.h"

#include "shared/json/json.h"

#include <chrono>
#include <ostream>
#include <thread>

namespace pregon {
namespace {

tl::unexpected<Error> notUnderstood() {
    return failure(Errc::BadRequest, "the worker's answer is not understood");
}

std::string number(JsonValue value, const char *name) {
    return std::to_string(value.find(name).asInteger().value_or(0));
}

/// Nothing where no page has a resume token.
std::string describeRecovery(const JsonValue &recovery) {
    std::int64_t gaps = 0;
    recovery.find("gaps").forEach(
        [&](std::string_view, JsonValue count) { gaps += count.asInteger().value_or(0); });
    const auto count = [&](const char *name) {
        return recovery.find(name).asInteger().value_or(0);
    };
    if (count("pages") + count("retained") + count("replays") + gaps == 0)
        return "";
    return "recovery: " + number(recovery, "pages") + " pages, " + number(recovery, "retained") +
           " away, " + number(recovery, "channels") + " channels in " + number(recovery, "bytes") +
           " bytes of " + number(recovery, "max_bytes") +
           "\nrecovery: " + number(recovery, "replayed_events") + " events in " +
           number(recovery, "replays") + " replays, " + std::to_string(gaps) + " gaps told" +
           (count("shared_tokens") > 0
                ? ", " + number(recovery, "shared_tokens") + " tokens used by several pages"
                : "") +
           "\n";
}

} // namespace

CommandError workerError(const AppConfig &config, const Error &error) {
    if (error.code != Errc::Unavailable)
        return error;
    return Error{error.code,
                 "pregon-worker does not answer on " + config.ipcSocket + ": " + error.reason};
}

WorkerClient clientFor(const AppConfig &config) {
    constexpr std::chrono::milliseconds kPatience{2000};
    return {config.ipcSocket, kPatience};
}

Outcome showStatus(const CommandOptions &options, std::ostream &out) {
    const auto config = loadAppConfig(options.configFile);
    if (!config)
        return tl::unexpected<Error>(config.error());
    const auto answer = clientFor(*config).status();
    if (!answer)
        return tl::unexpected<CommandError>(workerError(*config, answer.error()));
    if (options.has("--json")) {
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
Outcome drainWorker(const CommandOptions &options, std::ostream &out) {
    const auto config = loadAppConfig(options.configFile);
    if (!config)
        return tl::unexpected<Error>(config.error());
    const auto answer = clientFor(*config).drain();
    if (!answer)
        return tl::unexpected<CommandError>(workerError(*config, answer.error()));
    const auto text = describeDrain(*answer);
    if (!text)
        return tl::unexpected<Error>(text.error());
    out << *text;
    return Done{};
}

/// Returns when the new program serves, or the old one goes on.
Outcome upgradeWorker(const CommandOptions &options, std::ostream &out) {
    constexpr std::chrono::milliseconds kBetween{50};
    constexpr std::chrono::seconds kPatience{60};
    constexpr std::chrono::seconds kAtMost{10}; // a worker that changes hands answers afterwards
    const auto config = loadAppConfig(options.configFile);
    if (!config)
        return tl::unexpected<Error>(config.error());
    WorkerClient worker(config->ipcSocket, kAtMost);
    const auto begun = worker.upgrade();
    if (!begun && begun.error().code == Errc::BadRequest)
        return problem("not upgraded: " + begun.error().reason);
    if (!begun && begun.error().code == Errc::Forbidden)
        return tl::unexpected<CommandError>(
            CommandError(ExitCode::Impossible, "not upgraded: " + begun.error().reason));
    if (!begun)
        return tl::unexpected<CommandError>(workerError(*config, begun.error()));
    const auto before = JsonDocument::parse(*begun);
    if (!before)
        return notUnderstood();
    const std::int64_t upgrades = before->root().find("upgrades").asInteger().value_or(0);
    const auto until = std::chrono::steady_clock::now() + kPatience;
    while (std::chrono::steady_clock::now() < until) {
        std::this_thread::sleep_for(kBetween);
        const auto answer = worker.status();
        if (!answer)
            return tl::unexpected<CommandError>(workerError(*config, answer.error()));
        const auto status = JsonDocument::parse(*answer);
        if (!status)
            return notUnderstood();
        const JsonValue root = status->root();
        if (root.find("upgrading").asBoolean().value_or(false))
            continue;
        if (root.find("upgrades").asInteger().value_or(0) <= upgrades)
            return problem("not upgraded, the running worker goes on: " +
                           root.find("upgrade_failure").asString().value_or(""));
        out << "upgraded: pregon-worker " << root.find("version").asString().value_or("")
            << " serves " << number(root, "connections") << " connections, pid "
            << number(root, "pid") << " as before\n";
        return Done{};
    }
    return problem("the upgrade has not ended: see the worker's log");
}

Result<std::string> describeStatus(const std::string &json) {
    const auto document = JsonDocument::parse(json);
    if (!document || !document->root().find("apps").isArray())
        return notUnderstood();
    const JsonValue root = document->root();
    std::string text =
        "worker running, pid " + number(root, "pid") + ", for " + number(root, "uptime_seconds") +
        " s, version " + root.find("version").asString().value_or("?") + ", upgraded " +
        number(root, "upgrades") + " times\n" + number(root, "connections") + " connections, " +
        number(root, "clients_refused") + " refused, " + number(root, "slow_consumers_closed") +
        " closed because too slow\n" + number(root, "events_published") + " events, " +
        number(root, "deliveries") + " deliveries, " + number(root, "frames_sent") +
        " frames sent\n" + number(root, "queued_bytes") + " bytes queued, " +
        number(root, "heap_bytes") + " bytes of memory in use\n";
    if (const JsonValue recovery = root.find("recovery"); recovery.exists())
        text += describeRecovery(recovery);
    if (root.find("draining").asBoolean().value_or(false))
        text += "draining: " + number(root, "connections") + " connections left, " +
                number(root, "closing") + " closing\n";
    if (const JsonValue cluster = root.find("cluster"); cluster.exists()) {
        const std::string redis = cluster.find("redis").asString().value_or("");
        text += cluster.find("degraded").asBoolean().value_or(false)
                    ? "degraded: alone, no answer from Redis at " + redis + "\n"
                    : "one of several workers, over Redis at " + redis + "\n";
    }
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
