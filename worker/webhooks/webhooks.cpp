// SPDX-License-Identifier: MIT
#include "worker/webhooks/webhooks.h"

#include "shared/protocol/hmac_signer.h"
#include "worker/cluster/cluster.h"

#include <algorithm>

namespace pregon {

Webhooks::Webhooks(EventLoop &loop, ApplicationRegistry &applications, const Clock &clock,
                   std::string socketPath, Cluster *cluster)
    : loop_(loop), applications_(applications), clock_(clock), cluster_(cluster),
      origin_(randomText(16, "0123456789abcdef")),
      clusterHooks_([this](Application &application, HookEvent event) {
          if (AppHooks *hooks = find(application))
              hooks->told(std::move(event));
      }),
      link_(
          loop, std::move(socketPath), [this](std::uint32_t id) { stored(id); },
          [this] { lost(); }) {
    loop_.every(kTick, [this] { tick(); });
}

void Webhooks::configure() {
    for (Application &application : applications_.all()) {
        AppHooks *known = find(application);
        if (known == nullptr && application.settings().webhooks.empty())
            continue;
        AppHooks &hooks = known != nullptr ? *known : findOrMake(application);
        hooks.change(application.settings());
    }
}

void Webhooks::startCold() {
    for (AppHooks &hooks : apps_)
        hooks.startCold();
}

AppHooks *Webhooks::find(const Application &application) {
    for (AppHooks &hooks : apps_)
        if (&hooks.application() == &application)
            return &hooks;
    return nullptr;
}

AppHooks::AskCluster Webhooks::askCluster() {
    if (cluster_ == nullptr)
        return {};
    return [this](Application &of, HookEvent event) { clusterHooks_.ask(of, std::move(event)); };
}

AppHooks &Webhooks::findOrMake(Application &application) {
    AppHooks &hooks = apps_.emplace_back(
        application,
        [this] {
            return std::chrono::duration_cast<std::chrono::milliseconds>(
                       clock_.steady().time_since_epoch())
                .count();
        },
        askCluster());
    application.reportTo(hooks);
    return hooks;
}

void Webhooks::tick() {
    link_.tick();
    if (cluster_ != nullptr)
        clusterHooks_.tick(*cluster_);
    for (AppHooks &hooks : apps_)
        hooks.tick(link_.isConnected());
    send();
}

/// Each application in turn, so that none waits for another's many events.
void Webhooks::send() {
    bool hasSent = link_.isConnected();
    while (hasSent) {
        hasSent = false;
        for (AppHooks &hooks : apps_)
            hasSent = sendSome(hooks) || hasSent;
    }
}

bool Webhooks::sendSome(AppHooks &hooks) {
    if (!link_.takesMore())
        return false;
    auto batch = hooks.queue().next();
    if (!batch)
        return false;
    const std::uint64_t last = batch->last();
    HookBatch message;
    message.origin = origin_;
    message.appId = hooks.application().settings().id;
    message.isClustered = cluster_ != nullptr;
    message.first = batch->first;
    message.events = std::move(batch->events);
    sent_.push_back({++lastRequestId_, &hooks, last});
    link_.send({IpcType::HookEvents, lastRequestId_, message.encode()});
    return true;
}

void Webhooks::stored(std::uint32_t requestId) {
    const auto found = std::find_if(sent_.begin(), sent_.end(),
                                    [&](const Sent &one) { return one.requestId == requestId; });
    if (found == sent_.end())
        return;
    found->hooks->queue().stored(found->last);
    sent_.erase(found);
    send(); // there may be room for more
}

void Webhooks::lost() {
    sent_.clear();
    for (AppHooks &hooks : apps_)
        hooks.queue().sendAgain();
}

void Webhooks::drain() {
    for (AppHooks &hooks : apps_)
        hooks.drain();
}

bool Webhooks::isEmpty() {
    return std::all_of(apps_.begin(), apps_.end(),
                       [](AppHooks &hooks) { return hooks.queue().isEmpty(); });
}

void Webhooks::finish() {
    constexpr std::chrono::milliseconds kPatience{1000};
    if (isEmpty())
        return;
    link_.finish(kPatience, [this] {
        send();
        return isEmpty();
    });
}

WebhooksState Webhooks::state() const {
    WebhooksState state;
    state.origin = origin_;
    for (const AppHooks &hooks : apps_)
        state.apps.push_back(hooks.state());
    state.asked = clusterHooks_.state();
    return state;
}

void Webhooks::resume(WebhooksState state) {
    origin_ = std::move(state.origin);
    for (AppHooks::State &app : state.apps)
        if (Application *application = applications_.findById(app.appId))
            findOrMake(*application).resume(std::move(app));
    for (ClusterHooks::Asked &asked : state.asked)
        if (Application *application = applications_.findById(asked.appId))
            clusterHooks_.ask(*application, std::move(asked.event));
    configure();
}

} // namespace pregon
