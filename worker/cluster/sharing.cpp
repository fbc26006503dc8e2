// SPDX-License-Identifier: MIT
#include "worker/cluster/sharing.h"

#include <utility>

namespace pregon {
namespace {

constexpr std::chrono::milliseconds kWait{10}; ///< then limits of time are looked at

/// The same for workers that share.
std::string identityOf(const RedisSettings &settings) {
    std::string text =
        settings.sentinels.empty() ? settings.address.text() : settings.sentinelService + " of";
    for (const RedisAddress &sentinel : settings.sentinels)
        text += " " + sentinel.text();
    text += " database " + std::to_string(settings.database) + " " + settings.prefix;
    return text;
}

} // namespace

Sharing::Sharing(EventLoop &loop, const RedisSettings &settings, ApplicationRegistry &applications,
                 WorkerFigures &figures, const Clock &clock, std::function<void()> served)
    : settings_(settings), applications_(applications), served_(std::move(served)),
      link_(loop, settings), cluster_(link_, applications, figures, clock) {}

void Sharing::start() {
    applications_.joinNeighbours(cluster_);
    link_.start(cluster_, served_);
}

void Sharing::flush() {
    cluster_.flush();
    link_.flush();
}

void Sharing::tick() {
    link_.tick();
    cluster_.tick();
}

void Sharing::retire() {
    cluster_.retire();
    link_.finish();
}

bool Sharing::settle(std::chrono::steady_clock::time_point until) {
    for (;;) {
        flush();
        if (isSettled())
            return true;
        if (std::chrono::steady_clock::now() >= until)
            return false;
        link_.wait(kWait);
    }
}

void Sharing::giveUpRedis() {
    link_.giveUp("the worker changes hands");
}

ClusterState Sharing::state() const {
    ClusterState state = cluster_.state();
    state.redis = identityOf(settings_);
    state.host = link_.redisAddress().host;
    state.port = link_.redisAddress().port;
    return state;
}

Result<Done> Sharing::resume(const ClusterState &state, std::vector<UniqueFd> sockets) {
    constexpr std::size_t kSockets = 2;
    if (state.redis != identityOf(settings_) || !canBeHandedOver())
        return failure(Errc::BadRequest, "REDIS_* has been changed meanwhile");
    if (!sockets.empty() && sockets.size() != kSockets)
        return failure(Errc::BadRequest, "sockets to Redis malformed");
    if (sockets.empty()) {
        cluster_.resume(state);
        start();
        return Done{};
    }
    link_.resume(cluster_, served_, {state.host, state.port}, std::move(sockets));
    cluster_.resume(state);
    applications_.joinNeighbours(cluster_);
    return Done{};
}

} // namespace pregon
