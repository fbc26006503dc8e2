// SPDX-License-Identifier: MIT
#include "worker/webhooks/app_hooks.h"

#include "shared/log/log.h"
#include "shared/webhooks/webhook_settings.h"

#include <utility>

namespace pregon {
namespace {

constexpr AppHooks::Time kBetweenMisses = 1000;

HookEvent eventOf(HookKind kind, std::string_view channel, std::string_view userId = {}) {
    HookEvent event;
    event.kind = kind;
    event.channel = channel;
    event.userId = userId;
    return event;
}

HookEvent control(HookKind kind) {
    return eventOf(kind, {});
}

} // namespace

AppHooks::AppHooks(Application &application, std::function<Time()> now, AskCluster ask)
    : application_(application), now_(std::move(now)), ask_(std::move(ask)) {}

void AppHooks::change(const App &settings) {
    kinds_ = wantedKinds(settings.webhooks);
    delay_ = settings.webhookDelayMs;
}

void AppHooks::startCold() {
    if (!isAlone())
        return;
    queue_.push(control(HookKind::Restart));
    settleAt_ = now_() + kColdStart;
}

bool AppHooks::wants(HookKind kind, std::string_view channel) const {
    return (kinds_ & bitOf(kind)) != 0 && !channel.starts_with('#');
}

void AppHooks::arrives(HookEvent event) {
    if (!wants(event.kind, event.channel))
        return;
    if (!isAlone())
        ask_(application_, std::move(event));
    else if (debounce_.arrives(event.key()))
        queue_.push(std::move(event));
}

void AppHooks::leaves(HookEvent event) {
    if (!wants(event.kind, event.channel))
        return;
    if (!isAlone())
        ask_(application_, std::move(event));
    else if (!isDraining_ && debounce_.leaves(event.key(), now_(), delay_))
        queue_.push(std::move(event));
}

void AppHooks::occupied(std::string_view channel) {
    arrives(eventOf(HookKind::ChannelOccupied, channel));
}

void AppHooks::vacated(std::string_view channel) {
    leaves(eventOf(HookKind::ChannelVacated, channel));
}

void AppHooks::memberAdded(std::string_view channel, std::string_view userId) {
    arrives(eventOf(HookKind::MemberAdded, channel, userId));
}

void AppHooks::memberRemoved(std::string_view channel, std::string_view userId) {
    leaves(eventOf(HookKind::MemberRemoved, channel, userId));
}

void AppHooks::clientEvent(std::string_view channel, std::string_view name,
                           std::string_view dataJson, std::string_view socketId,
                           std::string_view userId) {
    if (!wants(HookKind::ClientEvent, channel))
        return;
    HookEvent event = eventOf(HookKind::ClientEvent, channel, userId);
    event.event = name;
    event.dataJson = dataJson;
    event.socketId = socketId;
    queue_.push(std::move(event));
}

void AppHooks::cacheMissed(std::string_view channel) {
    if (!wants(HookKind::CacheMiss, channel))
        return;
    HookEvent event = eventOf(HookKind::CacheMiss, channel);
    if (!isAlone())
        return ask_(application_, std::move(event));
    const Time now = now_();
    const auto [place, isNew] = missed_.try_emplace(std::string(channel), now);
    if (!isNew && now < place->second + kBetweenMisses)
        return;
    place->second = now;
    queue_.push(std::move(event));
}

void AppHooks::subscriptionCounted(std::string_view channel, std::size_t count) {
    if (!wants(HookKind::SubscriptionCount, channel))
        return;
    HookEvent event = eventOf(HookKind::SubscriptionCount, channel);
    event.count = count;
    if (!isAlone())
        ask_(application_, std::move(event));
    else
        queue_.push(std::move(event));
}

void AppHooks::tick(bool isConnected) {
    const Time now = now_();
    // Very many that end together go out as there is room for them.
    constexpr std::size_t kFull = HookQueue::kMaxEvents / 2;
    if (queue_.size() < kFull)
        for (const std::string &key : debounce_.due(now, kFull - queue_.size()))
            queue_.push(eventOfKey(key, false));
    if (now >= forgetAt_) {
        forgetAt_ = now + kBetweenMisses;
        std::erase_if(missed_, [&](const auto &one) { return now >= one.second + kBetweenMisses; });
    }
    goOnWithAccount(isConnected);
    if (settleAt_ != 0 && now >= settleAt_ && !isDraining_) {
        settleAt_ = 0;
        queue_.push(control(HookKind::Settled));
    }
}

void AppHooks::drain() {
    isDraining_ = true;
    debounce_.forget();
}

/// Events that were lost may have been states: all that are now are reported anew, some at a time,
/// so that nothing is lost again. What is not among them is then taken to be over.
void AppHooks::goOnWithAccount(bool isConnected) {
    constexpr std::size_t kBegin = 512, kFull = 3000;
    if (queue_.takeHasLost()) {
        log(LogLevel::Warning, "webhook events lost",
            {{"app", application_.settings().id},
             {"dropped", queue_.dropped()},
             {"reason", "pregon-webhookd is away or slow"}});
        owesAccount_ = isAlone();
        isAccounting_ = false;
    }
    if (!isConnected || isDraining_)
        return;
    if (owesAccount_ && queue_.size() < kBegin) {
        owesAccount_ = false;
        isAccounting_ = true;
        place_ = {};
        queue_.push(control(HookKind::Restart));
        for (const Debounce::Timer &timer : debounce_.timers())
            queue_.push(eventOfKey(timer.key, true));
    }
    if (!isAccounting_ || queue_.size() >= kFull)
        return;
    place_ = application_.channels().walk(place_, [&](Channel &channel) {
        accountFor(channel);
        return queue_.size() < kFull;
    });
    if (place_.next != 0)
        return;
    isAccounting_ = false;
    queue_.push(control(HookKind::Settled));
}

void AppHooks::accountFor(Channel &channel) {
    if (wants(HookKind::ChannelOccupied, channel.name()))
        queue_.pushAccount(eventOf(HookKind::ChannelOccupied, channel.name()));
    if (channel.presence() != nullptr && wants(HookKind::MemberAdded, channel.name()))
        channel.presence()->forEachUser([&](std::string_view userId, std::string_view) {
            queue_.pushAccount(eventOf(HookKind::MemberAdded, channel.name(), userId));
        });
}

AppHooks::State AppHooks::state() const {
    return {application_.settings().id, queue_.state(), debounce_.timers(), settleAt_,
            owesAccount_ || isAccounting_};
}

void AppHooks::resume(State state) {
    queue_.resume(std::move(state.queue));
    debounce_.resume(state.timers);
    settleAt_ = state.settleAt;
    owesAccount_ = state.owesAccount;
}

} // namespace pregon
