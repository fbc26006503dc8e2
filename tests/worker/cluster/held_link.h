// SPDX-License-Identifier: MIT
#pragma once

#include "worker/cluster/cluster_link.h"

#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace pregon::workertest {

/// A link that the test answers for; with a real Redis: tests/e2e/cluster.test.mjs.
struct HeldLink final : ClusterLink {
    bool up = false;
    std::vector<std::pair<ClusterScript, Answer>> asked;
    std::vector<std::pair<std::string, std::string>> published;
    std::vector<Answer> publications;
    std::set<std::string> topics;

    bool isUp() const override { return up; }
    void run(ClusterScript script, std::vector<std::string>, Answer answer) override {
        asked.emplace_back(script, std::move(answer));
    }
    void publish(const std::string &topic, std::string_view payload, Answer answer) override {
        published.emplace_back(topic, payload);
        publications.push_back(std::move(answer));
    }
    void subscribe(const std::string &topic) override { topics.insert(topic); }
    void unsubscribe(const std::string &topic) override { topics.erase(topic); }
    std::string address() const override { return "test"; }

    /// Answers the first question of that kind.
    void answer(ClusterScript script, const RedisReply &reply) {
        for (auto at = asked.begin(); at != asked.end(); ++at)
            if (at->first == script) {
                const Answer answer = at->second;
                asked.erase(at);
                return answer(reply);
            }
        throw std::logic_error("was not asked");
    }
};

} // namespace pregon::workertest
