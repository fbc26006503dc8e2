// SPDX-License-Identifier: MIT
#include "webhookd/endpoint_state.h"

#include <algorithm>

namespace pregon {
namespace {

constexpr std::size_t kMarks = 16; ///< more workers than one webhookd has at a time

template <class Struct>
bool readAll(FieldReader &fields, Struct &record) {
    fields(record);
    return fields.isComplete();
}

KeyStates::Told toldIf(bool isClustered) {
    return isClustered ? KeyStates::Told::InPart : KeyStates::Told::Everything;
}

} // namespace

void EndpointState::replay(SpoolKind kind, std::string_view bytes) {
    FieldReader fields(bytes);
    switch (kind) {
    case SpoolKind::Owner:
        readAll(fields, owner_);
        return;
    case SpoolKind::Body:
        return replayBody(fields);
    case SpoolKind::Done:
        return replayDone(fields);
    case SpoolKind::State:
        return replayState(fields);
    case SpoolKind::Belief:
        return replayBelief(fields);
    case SpoolKind::Mark:
        if (SpoolMark mark; readAll(fields, mark))
            noteMark(mark.origin, mark.number);
        return;
    case SpoolKind::Restart:
        return keys_.restart();
    }
}

void EndpointState::replayBody(FieldReader &fields) {
    WaitingBody body;
    if (!readAll(fields, static_cast<SpoolBody &>(body)))
        return;
    for (const std::string &state : body.states) {
        if (!body.isClustered)
            keys_.tell(std::string_view(state).substr(1), state.front() == '+');
        if (body.origin.empty()) // a final state: from here on it waits
            keys_.delivered(std::string_view(state).substr(1));
    }
    if (!body.origin.empty())
        noteMark(body.origin, body.number);
    body.isStored = true;
    waiting_.add(std::move(body));
}

void EndpointState::replayDone(FieldReader &fields) {
    SpoolDone done;
    if (!readAll(fields, done))
        return;
    if (const auto place = waiting_.find(done.id); place != waiting_.end()) {
        tellDone(*place, done.isDelivered);
        waiting_.erase(place);
    }
}

void EndpointState::replayState(FieldReader &fields) {
    if (SpoolState state; readAll(fields, state))
        keys_.setState(state.key, state.isThere, state.isInDoubt);
}

void EndpointState::replayBelief(FieldReader &fields) {
    if (SpoolBelief belief; readAll(fields, belief))
        keys_.setBelief(belief.key,
                        {belief.isBelieved, belief.isLatest, toldIf(belief.isClustered)});
}

void EndpointState::record(std::string bytes, bool mustSync) {
    unwritten_ += bytes;
    mustSync_ = mustSync_ || mustSync;
}

void EndpointState::addBody(WaitingBody body) {
    record(encodeRecord(SpoolKind::Body, static_cast<const SpoolBody &>(body)), true);
    if (!body.origin.empty())
        noteMark(body.origin, body.number);
    waiting_.add(std::move(body));
}

void EndpointState::tellDone(const WaitingBody &body, bool isDelivered) {
    for (const std::string &state : body.states) {
        const std::string_view key = std::string_view(state).substr(1);
        isDelivered ? keys_.delivered(key)
                    : keys_.dropped(key, state.front() == '+', toldIf(body.isClustered));
    }
}

WaitingBodies::Place EndpointState::delivered(WaitingBodies::Place place) {
    tellDone(*place, true);
    record(encodeRecord(SpoolKind::Done, SpoolDone{place->id, true}), false);
    return waiting_.erase(place);
}

WaitingBodies::Place EndpointState::dropped(WaitingBodies::Place place) {
    tellDone(*place, false);
    record(encodeRecord(SpoolKind::Done, SpoolDone{place->id, false}), false);
    return waiting_.erase(place);
}

void EndpointState::setState(std::string_view key, bool isThere) {
    record(encodeRecord(SpoolKind::State, SpoolState{std::string(key), isThere, false}), true);
}

void EndpointState::restart() {
    keys_.restart();
    record(encodeRecord(SpoolKind::Restart, std::string_view()), true);
}

void EndpointState::mark(const std::string &origin, std::uint64_t number) {
    noteMark(origin, number);
    record(encodeRecord(SpoolKind::Mark, SpoolMark{origin, number}), true);
}

void EndpointState::noteMark(const std::string &origin, std::uint64_t number) {
    const auto found = std::find_if(marks_.begin(), marks_.end(),
                                    [&](const auto &one) { return one.first == origin; });
    std::uint64_t highest = number;
    if (found != marks_.end()) {
        highest = std::max(highest, found->second);
        marks_.erase(found);
    }
    marks_.emplace_back(origin, highest);
    if (marks_.size() > kMarks)
        marks_.pop_front();
}

std::uint64_t EndpointState::markOf(std::string_view origin) const {
    for (const auto &[known, number] : marks_)
        if (known == origin)
            return number;
    return 0;
}

void EndpointState::belongsTo(const SpoolOwner &owner) {
    owner_ = owner;
    record(encodeRecord(SpoolKind::Owner, owner_), true);
}

void EndpointState::written() {
    unwritten_.clear();
    mustSync_ = false;
    waiting_.allAreStored();
}

std::string EndpointState::snapshot() const {
    std::string content(kSpoolHead);
    content += encodeRecord(SpoolKind::Owner, owner_);
    for (const auto &[origin, number] : marks_)
        content += encodeRecord(SpoolKind::Mark, SpoolMark{origin, number});
    // The bodies report states, too: the present states come behind them.
    for (auto body = waiting_.cbegin(); body != waiting_.cend(); ++body)
        content += encodeRecord(SpoolKind::Body, static_cast<const SpoolBody &>(*body));
    TextSet waiting = waiting_.keys();
    for (const std::string &key : keys_.there()) {
        content += encodeRecord(SpoolKind::State, SpoolState{key, true, keys_.isInDoubt(key)});
        if (const auto found = waiting.find(key); found != waiting.end())
            waiting.erase(found);
    }
    for (const std::string &key : waiting)
        content += encodeRecord(SpoolKind::State, SpoolState{key, false, false});
    for (const auto &[key, belief] : keys_.beliefs())
        content +=
            encodeRecord(SpoolKind::Belief, SpoolBelief{key, belief.isBelieved, belief.isLatest,
                                                        belief.told == KeyStates::Told::InPart});
    return content;
}

} // namespace pregon
