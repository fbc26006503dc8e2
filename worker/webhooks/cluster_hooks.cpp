// SPDX-License-Identifier: MIT
#include "worker/webhooks/cluster_hooks.h"

#include "worker/cluster/cluster.h"

#include <algorithm>

namespace pregon {
namespace {

constexpr std::size_t kBatch = 500;
constexpr std::uint32_t kTicksBetweenDue = 4, kTicksBetweenSweeps = 80;

/// As the script of ClusterScript::HookChange wants it.
const char *operationOf(HookKind kind) {
    switch (kind) {
    case HookKind::ChannelOccupied:
    case HookKind::MemberAdded:
        return "+";
    case HookKind::ChannelVacated:
    case HookKind::MemberRemoved:
        return "-";
    case HookKind::SubscriptionCount:
        return "n";
    default:
        return "c";
    }
}

std::string subjectOf(const HookEvent &event) {
    if (event.kind == HookKind::SubscriptionCount)
        return std::to_string(event.count);
    return event.userId;
}

} // namespace

void ClusterHooks::tick(Cluster &cluster) {
    if (!cluster.isUp()) {
        asked_.clear(); // as the cluster says nothing of what changes meanwhile either
        return;
    }
    askAll(cluster);
    ticks_++;
    if (ticks_ % kTicksBetweenDue == 0)
        takeDue(cluster);
    if (ticks_ % kTicksBetweenSweeps == 0)
        sweep(cluster);
}

void ClusterHooks::askAll(Cluster &cluster) {
    const auto asked = std::exchange(asked_, {});
    for (std::size_t first = 0; first < asked.size(); first += kBatch) {
        std::vector<std::pair<Application *, HookEvent>> batch(
            asked.begin() + static_cast<std::ptrdiff_t>(first),
            asked.begin() + static_cast<std::ptrdiff_t>(std::min(first + kBatch, asked.size())));
        std::vector<std::string> arguments;
        for (const auto &[application, event] : batch) {
            arguments.emplace_back(operationOf(event.kind));
            arguments.push_back(ClusterContext::nameOf(*application));
            arguments.push_back(event.channel);
            arguments.push_back(subjectOf(event));
            arguments.push_back(std::to_string(application->settings().webhookDelayMs));
        }
        cluster.context().link.run(
            ClusterScript::HookChange, std::move(arguments),
            [told = told_, batch = std::move(batch)](const RedisReply &reply) {
                for (std::size_t i = 0; i < std::min(batch.size(), reply.list.size()); i++)
                    if (reply.at(i).number == 1)
                        told(*batch[i].first, batch[i].second);
            });
    }
}

void ClusterHooks::takeDue(Cluster &cluster) {
    cluster.context().link.run(
        ClusterScript::HookDue, {std::to_string(kBatch)},
        [told = told_, &cluster](const RedisReply &reply) {
            for (std::size_t i = 0; i + 2 < reply.list.size(); i += 3) {
                Application *application = cluster.context().findByName(reply.at(i).text);
                if (application == nullptr)
                    continue;
                const bool isUser = !reply.at(i + 2).text.empty();
                HookEvent event;
                event.kind = isUser ? HookKind::MemberRemoved : HookKind::ChannelVacated;
                event.channel = reply.at(i + 1).text;
                event.userId = reply.at(i + 2).text;
                told(*application, std::move(event));
            }
        });
}

/// For what a worker that died has left behind: one of all workers looks, some keys at a time.
void ClusterHooks::sweep(Cluster &cluster) {
    std::vector<std::string> arguments;
    for (const Application &application : cluster.context().applications.all()) {
        if (application.settings().webhooks.empty())
            continue;
        arguments.push_back(ClusterContext::nameOf(application));
        arguments.push_back(std::to_string(application.settings().webhookDelayMs));
    }
    cluster.context().link.run(ClusterScript::HookSweep, std::move(arguments), nullptr);
}

std::vector<ClusterHooks::Asked> ClusterHooks::state() const {
    std::vector<Asked> state;
    for (const auto &[application, event] : asked_)
        state.push_back({application->settings().id, event});
    return state;
}

} // namespace pregon
