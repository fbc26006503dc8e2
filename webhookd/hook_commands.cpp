// SPDX-License-Identifier: MIT
#include "webhookd/hook_commands.h"

#include "shared/json/json.h"
#include "shared/log/log.h"
#include "webhookd/hook_body.h"

#include <memory>
#include <utility>
#include <vector>

namespace pregon {
namespace {

constexpr std::string_view kTestChannel = "pregon-test";

std::int64_t signedOf(std::uint64_t number) {
    return static_cast<std::int64_t>(number);
}

void addTarget(JsonWriter &json, const HookTarget &target) {
    json.key("app").string(target.appId);
    json.key("endpoint").number(signedOf(target.number));
    json.key("url").string(shownUrl(target.settings.url));
}

void addEndpoint(JsonWriter &json, const Endpoint &endpoint, HookTime now) {
    const Endpoint::Counters &counters = endpoint.counters();
    json.beginObject();
    addTarget(json, endpoint.target());
    json.key("waiting").number(signedOf(endpoint.waitingEvents()));
    json.key("bytes").number(signedOf(endpoint.waiting().bytes()));
    json.key("last").string(endpoint.lastOutcome());
    json.key("failures").number(endpoint.failures());
    json.key("gone").boolean(endpoint.isGone());
    json.key("next_attempt_ms");
    if (endpoint.failures() > 0 && !endpoint.isGone())
        json.number(std::max<std::int64_t>(endpoint.notBefore() - now.steady, 0));
    else
        json.null();
    json.key("delivered").number(signedOf(counters.delivered));
    json.key("failed_attempts").number(signedOf(counters.failed));
    json.key("dropped_too_old").number(signedOf(counters.tooOld));
    json.key("dropped_too_many").number(signedOf(counters.overflowed));
    json.key("dropped_refused").number(signedOf(counters.refused));
    json.endObject();
}

void addOutcome(JsonWriter &json, const HookTarget &target, const HookOutcome &outcome) {
    json.beginObject();
    addTarget(json, target);
    json.key("status").number(outcome.status);
    json.key("ok").boolean(outcome.isSuccess());
    json.key("error").string(outcome.error);
    json.key("milliseconds").number(outcome.tookMs);
    json.key("answer").string(outcome.firstLine);
    json.endObject();
}

/// The tests of one question. The last one to end answers.
struct Tests {
    HookServer::Answer answer;
    std::vector<std::pair<HookTarget, HookOutcome>> outcomes;
    std::size_t open = 0;

    void answerIfDone() const {
        if (open > 0)
            return;
        JsonWriter json;
        json.beginObject().key("endpoints").beginArray();
        for (const auto &[target, outcome] : outcomes)
            addOutcome(json, target, outcome);
        answer({std::nullopt, json.endArray().endObject().take()});
    }
};

} // namespace

void HookCommands::handle(const IpcFrame &frame, const HookServer::Answer &answer) {
    if (frame.type == IpcType::HookEvents)
        return takeEvents(frame, answer);
    const auto query = AppQuery::decode(frame.payload);
    if (!query)
        return answer({query.error().code, query.error().reason});
    switch (frame.type) {
    case IpcType::HookList:
        return answer({std::nullopt, list(query->appId)});
    case IpcType::HookTest:
        return test(query->appId, answer);
    case IpcType::HookResend:
        return answer({std::nullopt, resend(query->appId)});
    default:
        answer({Errc::BadRequest, "not asked of pregon-webhookd"});
    }
}

void HookCommands::takeEvents(const IpcFrame &frame, const HookServer::Answer &answer) {
    const auto batch = HookBatch::decode(frame.payload);
    if (!batch) {
        log(LogLevel::Warning, "webhook events refused", {{"reason", batch.error().reason}});
        return answer({batch.error().code, batch.error().reason});
    }
    endpoints_.take(*batch, now_());
    const std::uint64_t last = batch->first + batch->events.size();
    unacknowledged_.push_back({answer, batch->appId, batch->origin, last == 0 ? 0 : last - 1});
}

void HookCommands::acknowledge() {
    std::erase_if(unacknowledged_, [&](const Unacknowledged &one) {
        const bool isStored =
            one.answer.isWanted() && endpoints_.hasStored(one.appId, one.origin, one.last);
        if (isStored)
            one.answer({std::nullopt, ""});
        return isStored || !one.answer.isWanted();
    });
}

std::string HookCommands::list(const std::string &appId) {
    JsonWriter json;
    json.beginObject().key("endpoints").beginArray();
    endpoints_.forEach(appId,
                       [&](const Endpoint &endpoint) { addEndpoint(json, endpoint, now_()); });
    return json.endArray().endObject().take();
}

/// Past the queue: a test says how things stand now, and changes nothing.
void HookCommands::test(const std::string &appId, const HookServer::Answer &answer) {
    const auto tests = std::make_shared<Tests>(Tests{answer, {}, 0});
    HookEvent event;
    event.channel = kTestChannel;
    const std::int64_t now = now_().unix;
    endpoints_.forEach(appId, [&](const Endpoint &endpoint) {
        const std::size_t place = tests->outcomes.size();
        tests->outcomes.emplace_back(endpoint.target(), HookOutcome());
        tests->open++;
        sender_.start(
            hookRequest(endpoint.target(), newDeliveryId(now), 1, bodyOf(now, {eventJson(event)})),
            [tests, place](const HookOutcome &outcome) {
                tests->outcomes[place].second = outcome;
                tests->open--;
                tests->answerIfDone();
            });
    });
    tests->answerIfDone();
}

std::string HookCommands::resend(const std::string &appId) {
    std::int64_t endpoints = 0, waiting = 0;
    endpoints_.forEach(appId, [&](Endpoint &endpoint) {
        endpoint.tryNow();
        endpoints++;
        waiting += signedOf(endpoint.waitingEvents());
    });
    JsonWriter json;
    json.beginObject().key("endpoints").number(endpoints).key("waiting").number(waiting);
    return json.endObject().take();
}

} // namespace pregon
