// SPDX-License-Identifier: MIT
#pragma once

#include "tests/worker/cluster/held_link.h"
#include "tests/worker/test_client.h"
#include "worker/cluster/cluster.h"

#include <algorithm>
#include <map>

#include "CppUTest/TestHarness.h"

namespace pregon::workertest {

/// What waits to be sent to it.
inline std::string textOf(const Connection &connection) {
    std::string all;
    for (std::size_t place = 0; place < connection.queue().size(); place++)
        all += connection.queue()[place].bytes();
    return all;
}

inline RedisReply text(std::string value) {
    return {RedisReply::Kind::Text, std::move(value), 0, {}};
}

inline RedisReply number(std::int64_t value) {
    return {RedisReply::Kind::Number, "", value, {}};
}

inline RedisReply list(std::vector<RedisReply> elements) {
    return {RedisReply::Kind::List, "", 0, std::move(elements)};
}

/// One worker of a cluster, with one client.
struct ClusterWorld {
    SetClock clock;
    EventRecorder events;
    ApplicationRegistry applications{{exampleApp()}, events};
    WorkerFigures figures;
    HeldLink link;
    Cluster cluster{link, applications, figures, clock};
    Outbound outbound{.dirty = {}, .maxQueuedBytes = 1 << 20};
    Connection connection{&applications.all().front(), "1.1", outbound};

    void setUp() {
        applications.joinNeighbours(cluster);
        applications.add(connection);
    }
    void tearDown() {
        Membership::leaveAll(connection);
        SignIn::signOut(connection);
    }

    void goUp() {
        link.up = true;
        cluster.linkIsUp();
    }
    void publishTick() {
        const PublishMessage tick{"417702", "", "\"tick\"", "\"1\"", {"news"}};
        cluster.publish(applications.all().front(), "news", {tick});
    }
    std::string sent() const { return textOf(connection); }
    bool wasAsked(ClusterScript script) const {
        return std::ranges::any_of(link.asked, [&](auto &one) { return one.first == script; });
    }
    bool wasSent(const char *part) const { return sent().find(part) != std::string::npos; }
};

/// For TEST_GROUP_BASE.
struct ClusterGroup : Utest, ClusterWorld {
    void setup() override { setUp(); }
    void teardown() override { tearDown(); }
};

} // namespace pregon::workertest
