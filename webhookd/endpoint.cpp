// SPDX-License-Identifier: MIT
#include "webhookd/endpoint.h"

#include "shared/log/log.h"
#include "shared/protocol/hmac_signer.h"
#include "webhookd/hook_body.h"

#include <algorithm>

namespace pregon {
namespace {

std::string stateText(std::string_view key, bool isThere) {
    return (isThere ? "+" : "-") + std::string(key);
}

} // namespace

Endpoint::Endpoint(SpoolFile file, HookTarget target)
    : file_(std::move(file)), target_(std::move(target)) {}

Result<std::unique_ptr<Endpoint>> Endpoint::open(const std::string &path, HookTarget target) {
    auto file = SpoolFile::open(path);
    if (!file)
        return tl::unexpected<Error>(file.error());
    std::unique_ptr<Endpoint> endpoint(new Endpoint(std::move(*file), std::move(target)));
    if (const auto loaded = endpoint->load(); !loaded)
        return tl::unexpected<Error>(loaded.error());
    return endpoint;
}

Result<Done> Endpoint::load() {
    const auto content = file_.read();
    if (!content)
        return tl::unexpected<Error>(content.error());
    const auto scan = scanSpool(
        *content, [&](SpoolKind kind, std::string_view fields) { state_.replay(kind, fields); });
    if (!scan)
        return failure(scan.error().code, file_.path() + ": " + scan.error().reason);
    if (const std::size_t lost = scan->damaged + content->size() - scan->end; lost > 0)
        log(LogLevel::Warning, "webhook spool damaged",
            {{"app", target_.appId}, {"endpoint", target_.number}, {"bytes", lost}});
    if (!content->empty() && state_.owner().url == target_.settings.url &&
        scan->end == content->size() && scan->damaged == 0)
        return Done{};
    state_.belongsTo({target_.appId, target_.settings.url});
    if (const auto replaced = file_.replace(state_.snapshot()); !replaced)
        return replaced;
    state_.written();
    return Done{};
}

void Endpoint::change(HookTarget target) {
    const bool isMoved = target.settings.url != target_.settings.url;
    target_ = std::move(target);
    if (isMoved)
        state_.belongsTo({target_.appId, target_.settings.url});
    tryNow();
}

PendingEvents::Limits Endpoint::limits() const {
    return {target_.settings.batchMs, static_cast<std::size_t>(target_.settings.batchEvents)};
}

void Endpoint::take(const HookBatch &batch, HookTime now) {
    std::uint64_t &taken = taken_[batch.origin];
    taken = std::max(taken, state_.markOf(batch.origin));
    std::uint64_t number = batch.first;
    for (const HookEvent &event : batch.events) {
        if (number > taken)
            takeEvent(event, batch, number, now);
        number++;
    }
    taken = std::max(taken, number - 1);
}

void Endpoint::takeEvent(const HookEvent &event, const HookBatch &batch, std::uint64_t number,
                         HookTime now) {
    if (event.kind == HookKind::Restart) {
        formBodies(now, PendingEvents::When::Now); // they were reported before it
        return state_.restart();
    }
    if (event.kind == HookKind::Settled)
        return settle(batch, number, now);
    if (!target_.settings.wantsChannel(event.channel))
        return;
    if (!event.key().empty())
        return takeState(event, batch, number, now);
    if (target_.settings.wants(event.kind))
        await(event, &batch, number, now);
}

void Endpoint::takeState(const HookEvent &event, const HookBatch &batch, std::uint64_t number,
                         HookTime now) {
    const std::string key = event.key();
    const bool wasInDoubt = state_.keys().isInDoubt(key);
    const bool isNews = batch.isClustered || state_.keys().tell(key, event.isArrival());
    if (isNews && target_.settings.wants(event.kind))
        await(event, &batch, number, now);
    else if (!batch.isClustered && (isNews || wasInDoubt))
        state_.setState(key, event.isArrival());
}

/// What no worker has reported again since it started with nothing.
void Endpoint::settle(const HookBatch &batch, std::uint64_t number, HookTime now) {
    for (const std::string &key : state_.keys().takeInDoubt()) {
        const HookEvent event = eventOfKey(key, false);
        if (target_.settings.wants(event.kind))
            await(event, &batch, number, now);
        else
            state_.setState(key, false);
    }
}

void Endpoint::await(const HookEvent &event, const HookBatch *batch, std::uint64_t number,
                     HookTime now) {
    const std::string key = event.key();
    const std::string state = key.empty() ? "" : stateText(key, event.isArrival());
    const bool isClustered = batch != nullptr && batch->isClustered;
    std::string json = eventJson(event);
    if (!isGone_ && json.size() <= kMaxBodyBytes) {
        const std::string origin = batch != nullptr ? batch->origin : "";
        pending_.add({std::move(json), state, origin, number, isClustered, now.steady});
        return;
    }
    counters_.refused++;
    if (state.empty())
        return;
    state_.keys().dropped(key, event.isArrival(),
                          isClustered ? KeyStates::Told::InPart : KeyStates::Told::Everything);
    if (!isClustered)
        state_.setState(key, event.isArrival());
}

Result<Done> Endpoint::commit(HookTime now, PendingEvents::When when) {
    formBodies(now, when);
    dropOverLimit(now);
    if (pending_.isEmpty())
        markTaken();
    return write();
}

/// The last record of a key says how it is. So where a change that is not wanted has come behind
/// the one that a body reports, it is said again, unless one that is wanted is still to come.
void Endpoint::formBodies(HookTime now, PendingEvents::When when) {
    std::vector<std::string> overtaken;
    while (auto body = pending_.take(limits(), now, when)) {
        for (const std::string &state : body->states)
            if (const std::string key = state.substr(1);
                !body->isClustered && !body->origin.empty() &&
                state_.keys().there().contains(key) != (state.front() == '+'))
                overtaken.push_back(key);
        state_.addBody(std::move(*body));
    }
    if (overtaken.empty())
        return;
    TextSet pending;
    pending_.addKeys(pending);
    for (const std::string &key : overtaken)
        if (!pending.contains(key))
            state_.setState(key, state_.keys().there().contains(key));
}

void Endpoint::markTaken() {
    for (const auto &[origin, number] : taken_)
        if (number > state_.markOf(origin))
            state_.mark(origin, number);
    taken_.clear();
}

Result<Done> Endpoint::write() {
    constexpr std::size_t kRoom = 1 << 20, kBytesOfKey = 128;
    if (state_.unwritten().empty())
        return Done{};
    const std::size_t needed =
        state_.waiting().bytes() + state_.keys().there().size() * kBytesOfKey;
    Result<Done> done = Done{};
    if (file_.size() > kRoom + 4 * needed) {
        done = file_.replace(state_.snapshot());
    } else {
        done = file_.append(state_.unwritten());
        if (done && state_.mustSync())
            done = file_.sync();
    }
    if (done)
        state_.written();
    return done;
}

void Endpoint::dropOverLimit(HookTime now) {
    while (state_.waiting().isOverLimit()) {
        const auto body = state_.waiting().firstAtRest();
        if (body == state_.waiting().end())
            return;
        counters_.overflowed += body->events;
        state_.dropped(body);
        warnOfDrop("too many wait", now);
    }
}

void Endpoint::dropTooOld(HookTime now) {
    while (true) {
        const auto body = state_.waiting().firstAtRest();
        if (body == state_.waiting().end() ||
            now.unix < body->expiresAt(target_.settings.maxAgeSeconds))
            return;
        counters_.tooOld += body->events;
        state_.dropped(body);
        warnOfDrop("older than max_age", now);
    }
}

/// After a drop the receiver may believe already what the next bodies say.
void Endpoint::skipBelieved() {
    while (!state_.keys().beliefs().empty()) {
        const auto body = state_.waiting().firstAtRest();
        if (body == state_.waiting().end() || body->attempts > 0 ||
            body->states.size() != body->events ||
            !std::ranges::all_of(body->states, [&](const std::string &state) {
                return state_.keys().isBelieved(std::string_view(state).substr(1),
                                                state.front() == '+');
            }))
            return;
        state_.delivered(body);
    }
}

void Endpoint::warnOfDrop(const char *why, HookTime now) {
    constexpr std::int64_t kBetweenWarnings = 60'000;
    if (warnedAt_ != 0 && now.steady < warnedAt_ + kBetweenWarnings)
        return;
    warnedAt_ = now.steady;
    log(LogLevel::Warning, "webhooks dropped",
        {{"app", target_.appId},
         {"endpoint", target_.number},
         {"url", shownUrl(target_.settings.url)},
         {"reason", why},
         {"events", counters_.tooOld + counters_.overflowed}});
}

std::optional<Endpoint::Attempt> Endpoint::nextAttempt(HookTime now) {
    dropTooOld(now);
    skipBelieved();
    const std::size_t most =
        backOff_.failures() > 0 ? 1 : static_cast<std::size_t>(target_.settings.concurrency);
    if (isGone_ || now.steady < backOff_.notBefore() || state_.waiting().inFlight() >= most)
        return std::nullopt;
    const auto body = state_.waiting().firstAtRest();
    if (body == state_.waiting().end() || !body->isStored)
        return std::nullopt;
    body->isInFlight = true;
    body->attempts++;
    return Attempt{body->id, hookRequest(target_, body->id, body->attempts, body->text)};
}

void Endpoint::finished(const std::string &id, const HookOutcome &outcome, HookTime now) {
    const auto body = state_.waiting().find(id);
    if (body == state_.waiting().end())
        return;
    body->isInFlight = false;
    lastOutcome_ = outcome.text();
    if (outcome.isSuccess())
        return succeeded(body, now);
    counters_.failed++;
    if (outcome.isGone())
        return gone();
    const auto oldest = state_.waiting().begin();
    backOff_.failed(now.steady, outcome.retryAfterMs,
                    now.steady + oldest->expiresAt(target_.settings.maxAgeSeconds) - now.unix,
                    randomNumber(1000) - 1);
    if (backOff_.failures() == 1) // the others are its repetitions
        log(LogLevel::Warning, "webhook failed",
            {{"app", target_.appId},
             {"endpoint", target_.number},
             {"url", shownUrl(target_.settings.url)},
             {"reason", outcome.text()}});
}

void Endpoint::succeeded(WaitingBodies::Place body, HookTime now) {
    if (backOff_.failures() > 0)
        log(LogLevel::Notice, "webhook endpoint answers again",
            {{"app", target_.appId},
             {"endpoint", target_.number},
             {"failures", backOff_.failures()},
             {"waiting", state_.waiting().events()}});
    counters_.delivered += body->events;
    backOff_.succeeded();
    state_.delivered(body);
    if (state_.keys().beliefs().empty())
        return;
    TextSet waiting = state_.waiting().keys();
    pending_.addKeys(waiting);
    for (const auto &[key, isThere] : state_.keys().takeDiverged(waiting))
        if (const HookEvent event = eventOfKey(key, isThere); target_.settings.wants(event.kind))
            await(event, nullptr, 0, now);
}

void Endpoint::gone() {
    isGone_ = true;
    log(LogLevel::Error, "webhook endpoint is gone",
        {{"app", target_.appId},
         {"endpoint", target_.number},
         {"url", shownUrl(target_.settings.url)},
         {"reason", "it answered 410: nothing is sent until a reload or `pregonctl webhook "
                    "resend`"}});
    for (auto body = state_.waiting().begin(); body != state_.waiting().end();) {
        if (body->isInFlight) { // its own outcome comes
            ++body;
            continue;
        }
        counters_.refused += body->events;
        body = state_.dropped(body);
    }
}

void Endpoint::tryNow() {
    isGone_ = false;
    backOff_.tryNow();
}

std::optional<std::int64_t> Endpoint::attemptAt(HookTime now) const {
    const auto first = state_.waiting().cbegin();
    // What is not on disk yet is sent after a commit; the end of an attempt wakes by itself.
    if (first == state_.waiting().cend() || isGone_ || first->isInFlight || !first->isStored)
        return std::nullopt;
    const std::int64_t expires =
        now.steady + first->expiresAt(target_.settings.maxAgeSeconds) - now.unix;
    return std::min(std::max(backOff_.notBefore(), now.steady), expires);
}

std::optional<std::int64_t> Endpoint::commitAt() const {
    return state_.unwritten().empty() ? pending_.dueAt(limits()) : 0;
}

} // namespace pregon
