// SPDX-License-Identifier: MIT
#include "ctl/worker/webhook_commands.h"

#include "ctl/command/printable.h"
#include "shared/ipc/worker_client.h"

#include <ostream>
#include <vector>

namespace pregon {
namespace {

constexpr std::chrono::milliseconds kPatience{2000};
constexpr std::chrono::milliseconds kTestPatience{65'000}; ///< more than any timeout_ms

Error webhookdError(const AppConfig &config, const Error &error) {
    if (error.code != Errc::Unavailable)
        return error;
    return {error.code,
            "pregon-webhookd does not answer on " + config.webhookSocket + ": " + error.reason};
}

using Ask = Result<std::string> (WorkerClient::*)(const AppQuery &);

Result<JsonDocument> ask(const AppConfig &config, Ask question, const std::string &appId,
                         std::chrono::milliseconds patience = kPatience) {
    if (!appId.empty() && config.findApp(appId) == nullptr)
        return failure(Errc::NotFound, "no application " + appId);
    WorkerClient webhookd(config.webhookSocket, patience);
    const auto answer = (webhookd.*question)({appId, ""});
    if (!answer)
        return tl::unexpected<Error>(webhookdError(config, answer.error()));
    auto document = JsonDocument::parse(*answer);
    if (!document)
        return failure(Errc::BadRequest, "the answer of pregon-webhookd is not understood");
    return document;
}

std::string text(JsonValue entry, const char *name) {
    const auto number = entry.find(name).asInteger();
    return number ? std::to_string(*number) : printable(entry.find(name).asString().value_or("-"));
}

std::int64_t number(JsonValue entry, const char *name) {
    return entry.find(name).asInteger().value_or(0);
}

std::string nextAttempt(JsonValue endpoint) {
    if (endpoint.find("gone").asBoolean().value_or(false))
        return "never (410)";
    const auto milliseconds = endpoint.find("next_attempt_ms").asInteger();
    return milliseconds ? "in " + std::to_string((*milliseconds + 999) / 1000) + " s" : "-";
}

void printEndpoints(JsonValue endpoints, std::ostream &out) {
    std::vector<std::vector<std::string>> rows = {
        {"APP", "NO", "URL", "WAITING", "LAST", "NEXT ATTEMPT", "DELIVERED", "DROPPED"}};
    endpoints.forEach([&](std::string_view, JsonValue one) {
        const std::string last = one.find("last").asString().value_or("");
        rows.push_back(
            {text(one, "app"), text(one, "endpoint"), text(one, "url"), text(one, "waiting"),
             last.empty() ? "-" : printable(last), nextAttempt(one), text(one, "delivered"),
             std::to_string(number(one, "dropped_too_old") + number(one, "dropped_too_many") +
                            number(one, "dropped_refused"))});
    });
    out << aligned(rows);
}

void printTest(JsonValue endpoint, std::ostream &out) {
    const std::string error = endpoint.find("error").asString().value_or("");
    out << text(endpoint, "app") << " " << text(endpoint, "endpoint") << " "
        << text(endpoint, "url") << ": "
        << (error.empty() ? "HTTP " + text(endpoint, "status") : printable(error)) << " after "
        << text(endpoint, "milliseconds") << " ms";
    if (const auto answer = endpoint.find("answer").asString(); answer && !answer->empty())
        out << ": " << printable(*answer);
    out << '\n';
    if (const std::string advice = webhookAdvice(endpoint); !advice.empty())
        out << "  " << advice << '\n';
}

std::string ofNoEndpoint(const AppConfig &config) {
    for (const App &app : config.apps)
        if (!app.webhooks.empty())
            return "pregon-webhookd knows no webhook there: reload it after a change";
    return "no webhook is configured (PREGON_WEBHOOK_URL, or webhooks in the file of PREGON_APPS)";
}

} // namespace

std::string webhookAdvice(JsonValue endpoint) {
    const std::int64_t status = number(endpoint, "status");
    const bool isFine = endpoint.find("ok").asBoolean().value_or(false);
    if (status == 419)
        return "419: the route is not exempt from Laravel's CSRF check";
    if (status == 302 || status == 301 || status == 303)
        return "a redirect is not followed: a login or another address stands in front of the "
               "route";
    if (status == 401 || status == 403)
        return "the receiver refuses the request: its key, its secret or the raw body that it "
               "signs "
               "differ, or a login stands in front";
    if (status == 410)
        return "410: the receiver wants nothing more; nothing is sent until a reload";
    if (isFine && number(endpoint, "milliseconds") > kSlowWebhookMs)
        return "slower than 4 s: queue the work and answer at once";
    return isFine ? "" : "no 2xx: each event is sent again until max_age is over";
}

Result<JsonDocument> askWebhookTest(const AppConfig &config, const std::string &appId) {
    return ask(config, &WorkerClient::testWebhooks, appId, kTestPatience);
}

Outcome listWebhooks(const CommandOptions &options, std::ostream &out) {
    const auto config = loadAppConfig(options.configFile);
    if (!config)
        return tl::unexpected<CommandError>(config.error());
    const auto answer = ask(*config, &WorkerClient::webhooks, options.value("--app"));
    if (!answer)
        return tl::unexpected<CommandError>(answer.error());
    if (options.has("--json"))
        out << answer->root().print() << '\n';
    else if (answer->root().find("endpoints").size() == 0)
        out << ofNoEndpoint(*config) << '\n';
    else
        printEndpoints(answer->root().find("endpoints"), out);
    return Done{};
}

Outcome testWebhooks(const CommandOptions &options, std::ostream &out) {
    const auto config = loadAppConfig(options.configFile);
    if (!config)
        return tl::unexpected<CommandError>(config.error());
    const auto answer = askWebhookTest(*config, options.value("--app"));
    if (!answer)
        return tl::unexpected<CommandError>(answer.error());
    const JsonValue endpoints = answer->root().find("endpoints");
    if (endpoints.size() == 0)
        return problem(ofNoEndpoint(*config));
    std::size_t failed = 0;
    endpoints.forEach([&](std::string_view, JsonValue one) {
        failed += one.find("ok").asBoolean().value_or(false) ? 0 : 1;
        if (!options.has("--json"))
            printTest(one, out);
    });
    if (options.has("--json"))
        out << answer->root().print() << '\n';
    if (failed > 0)
        return problem(std::to_string(failed) + " of " + std::to_string(endpoints.size()) +
                       " webhooks did not arrive");
    return Done{};
}

Outcome resendWebhooks(const CommandOptions &options, std::ostream &out) {
    const auto config = loadAppConfig(options.configFile);
    if (!config)
        return tl::unexpected<CommandError>(config.error());
    const auto answer = ask(*config, &WorkerClient::resendWebhooks, options.value("--app"));
    if (!answer)
        return tl::unexpected<CommandError>(answer.error());
    out << text(answer->root(), "waiting") << " events wait for "
        << text(answer->root(), "endpoints") << " webhooks and are tried now\n";
    return Done{};
}

} // namespace pregon
