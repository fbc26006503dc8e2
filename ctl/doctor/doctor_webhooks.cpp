// SPDX-License-Identifier: MIT
#include "ctl/doctor/doctor_checks.h"
#include "ctl/worker/webhook_commands.h"

namespace pregon {
namespace {

std::string nameOf(JsonValue endpoint) {
    return endpoint.find("app").asString().value_or("") + " " +
           std::to_string(endpoint.find("endpoint").asInteger().value_or(0)) + " (" +
           endpoint.find("url").asString().value_or("") + ")";
}

bool hasWebhooks(const AppConfig &config) {
    for (const App &app : config.apps)
        if (!app.webhooks.empty())
            return true;
    return false;
}

} // namespace

/// One test event to each endpoint, as `pregonctl webhook test` sends it.
Diagnosis checkWebhooks(Visit &visit) {
    if (!hasWebhooks(*visit.config))
        return notChecked("no webhook is configured");
    const auto answer = askWebhookTest(*visit.config, "");
    if (!answer)
        return broken(answer.error().reason + ": nothing is delivered while it is away");
    std::string faults, slow;
    std::size_t count = 0;
    answer->root().find("endpoints").forEach([&](std::string_view, JsonValue one) {
        count++;
        const std::string advice = webhookAdvice(one);
        if (advice.empty())
            return;
        const std::string error = one.find("error").asString().value_or("");
        const bool isFine = one.find("ok").asBoolean().value_or(false);
        std::string &to = isFine ? slow : faults;
        to += (to.empty() ? "" : "; ") + nameOf(one) + ": " + (error.empty() ? "" : error + ", ") +
              advice;
    });
    if (!faults.empty())
        return broken(faults, visit.whereIs("PREGON_WEBHOOK_URL"));
    if (!slow.empty())
        return warning(slow);
    return ok("each of the " + std::to_string(count) + " webhooks took a test event");
}

} // namespace pregon
