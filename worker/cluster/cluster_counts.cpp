// SPDX-License-Identifier: MIT
#include "worker/cluster/cluster_counts.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace pregon {
namespace {

constexpr std::size_t kBatch = 500;
constexpr unsigned kTicksBetweenQuestions = 10; ///< for the clients of others

} // namespace

void ClusterCounts::flush() {
    if (!context_.isUp() || changed_.empty())
        return;
    const auto changed = std::exchange(changed_, {});
    for (auto next = changed.begin(); next != changed.end();) {
        std::vector<std::string> arguments{context_.worker};
        std::vector<std::pair<Application *, std::string>> batch;
        for (; next != changed.end() && batch.size() < kBatch; ++next) {
            const auto &[application, name] = *next;
            const Channel *channel = application->channels().find(name);
            if (channel == nullptr)
                newest_.erase(*next);
            const bool tells =
                application->settings().subscriptionCount && !ChannelRules::isPresence(name);
            arguments.push_back(ClusterContext::nameOf(*application));
            arguments.push_back(name);
            arguments.push_back(
                std::to_string(channel != nullptr ? channel->subscriberCount() : 0));
            arguments.emplace_back(tells ? "1" : "0");
            batch.push_back(*next);
        }
        context_.link.run(
            ClusterScript::Count, std::move(arguments), [this, batch](const RedisReply &reply) {
                for (std::size_t i = 0; i < std::min(batch.size(), reply.list.size()); i++) {
                    const auto &[application, name] = batch[i];
                    const std::string &sign = reply.at(i).at(0).text;
                    if (sign == "+")
                        application->events().occupied(name);
                    if (sign == "-")
                        application->events().vacated(name);
                    tell(*application, name,
                         static_cast<std::uint64_t>(reply.at(i).at(2).asNumber()),
                         static_cast<std::size_t>(reply.at(i).at(1).number));
                }
            });
    }
}

void ClusterCounts::tick() {
    if (!context_.isUp())
        return;
    ticks_++;
    bool isDue = ticks_ % kTicksBetweenQuestions == 0;
    for (const Application &application : context_.applications.all()) {
        const auto told = toldConnections_.find(&application);
        isDue =
            isDue || told == toldConnections_.end() || told->second != application.connectionCount;
    }
    if (isDue)
        flushConnections();
}

void ClusterCounts::flushConnections() {
    std::vector<std::string> arguments{context_.worker, context_.formerNamesText()};
    std::vector<Application *> asked;
    for (Application &application : context_.applications.all()) {
        toldConnections_[&application] = application.connectionCount;
        arguments.push_back(ClusterContext::nameOf(application));
        arguments.push_back(std::to_string(application.connectionCount));
        asked.push_back(&application);
    }
    context_.link.run(ClusterScript::Connections, std::move(arguments),
                      [this, asked](const RedisReply &reply) {
                          for (std::size_t i = 0; i < reply.list.size(); i++) {
                              const auto total = static_cast<std::size_t>(reply.at(i).asNumber());
                              const std::size_t own = toldConnections_[asked[i]];
                              asked[i]->connectionsElsewhere = total - std::min(total, own);
                          }
                      });
}

void ClusterCounts::numberMessage(Application &application, const std::string &name,
                                  std::string_view payload) {
    const auto count = Wire::parseCount(payload);
    if (!count)
        return context_.ignored(payload);
    if (count->worker != context_.worker) // told by the answer
        tell(application, name, count->version, count->total);
}

void ClusterCounts::tell(Application &application, const std::string &name, std::uint64_t version,
                         std::size_t total) {
    if (!application.settings().subscriptionCount || !isLive(application, name))
        return;
    Channel *channel = application.channels().find(name);
    if (channel == nullptr || channel->presence() != nullptr)
        return;
    std::uint64_t &newest = newest_[{&application, name}];
    if (version < newest)
        return;
    newest = version;
    application.counts().counted(application, *channel, total);
}

std::uint64_t ClusterCounts::versionOf(Application &application, const std::string &name) const {
    const auto found = newest_.find({&application, name});
    return found != newest_.end() ? found->second : 0;
}

void ClusterCounts::resume(Application &application, const std::string &name,
                           std::uint64_t version) {
    if (version > 0)
        newest_[{&application, name}] = version;
}

void ClusterCounts::up() {
    toldConnections_.clear();
    newest_.clear(); // Redis may have lost its versions
    for (Application &application : context_.applications.all())
        application.channels().forEach(
            [&](Channel &channel) { changed(application, channel.name()); });
}

/// What is said from now on is of this worker alone.
void ClusterCounts::down() {
    for (Application &application : context_.applications.all()) {
        application.connectionsElsewhere = 0;
        application.channels().forEach(
            [&](Channel &channel) { application.counts().changed(application, channel); });
    }
}

} // namespace pregon
