// SPDX-License-Identifier: MIT
#include "worker/lifecycle/drain.h"

#include "shared/log/log.h"
#include "tests/worker/test_client.h"
#include "worker/protocol/pusher_protocol.h"

#include <memory>
#include <string>
#include <vector>

#include "CppUTest/TestHarness.h"

using namespace pregon;
using namespace pregon::workertest;

TEST_GROUP(Drain) {
    TestWorld world;
    WorkerFigures figures;
    Drain drain{world.applications, figures, world.clock, std::chrono::seconds(10)};
    std::vector<std::unique_ptr<TestClient>> clients;

    void setup() override {
        setLogLevel(LogLevel::Error);
    }
    void teardown() override {
        setLogLevel(LogLevel::Info);
    }
    void connect(int count) {
        for (int i = 0; i < count; i++)
            clients.push_back(std::make_unique<TestClient>(world, std::to_string(i) + ".1"));
    }
    /// What the loop does with connections that are closing: they go. How many went.
    std::size_t letGo() {
        return std::erase_if(clients, [](const auto &client) { return client->closing(); });
    }
    /// What one of the closing connections was sent.
    std::string lastClosed() {
        for (const auto &client : clients)
            if (client->closing())
                return client->heard();
        return "";
    }
    std::size_t goneAfter(int milliseconds) {
        world.clock.advance(milliseconds);
        drain.tick();
        return letGo();
    }
};

TEST(Drain, ClosesWith4200AndNoErrorBehindWhatIsQueued) { // spec pusher-websocket §1.3, §3.3
    connect(1);
    clients[0]->send(textFrame("accepted before"));
    drain.begin();

    STRCMP_EQUAL("accepted before\n<close 4200 Server is restarting>", clients[0]->heard().c_str());
}

TEST(Drain, ClosesSliceBySlice) {
    connect(11);
    drain.begin();

    LONGS_EQUAL(1, letGo());
    LONGS_EQUAL(0, goneAfter(999));
    LONGS_EQUAL(1, goneAfter(1));
    LONGS_EQUAL(3, goneAfter(3000));
    LONGS_EQUAL(6, goneAfter(6000));
    CHECK_TRUE(drain.isOver());
}

TEST(Drain, WithoutAWindowClosesAllAtOnce) {
    connect(3);
    drain.change(std::chrono::seconds(0));
    drain.begin();

    LONGS_EQUAL(3, letGo());
}

TEST(Drain, ThoseWhoGoByThemselvesShortenIt) {
    connect(11);
    drain.begin();
    letGo();
    clients.resize(2);

    LONGS_EQUAL(2, goneAfter(2000));
    CHECK_TRUE(drain.isOver());
}

TEST(Drain, AConnectionThatIsClosingAlreadyKeepsItsReason) {
    connect(1);
    clients[0]->close(4009, "Connection is unauthorized");
    drain.begin();

    STRCMP_EQUAL("<close 4009 Connection is unauthorized>", clients[0]->heard().c_str());
}

TEST(Drain, IsOverOnceTheSocketsAreGoneOrAtTheDeadline) {
    connect(1);
    CHECK_FALSE(drain.isOver());
    drain.begin();
    letGo();
    figures.closing = 1; // its socket is still there
    LONGS_EQUAL(1, drain.left());
    CHECK_FALSE(drain.isOver());

    world.clock.advance(14'999);
    CHECK_FALSE(drain.isOver());
    world.clock.advance(1);
    CHECK_TRUE(drain.isOver());
    LONGS_EQUAL(0, drain.gone());

    figures.closing = 0;
    LONGS_EQUAL(1, drain.gone());
}

TEST(Drain, WithNobodyIsOverAtOnce) {
    drain.begin();

    CHECK_TRUE(drain.isOver());
}

TEST(Drain, BeginsOnce) {
    int begun = 0;
    drain.whenItBegins([&] { begun++; });
    connect(11);
    CHECK_FALSE(drain.isOn());
    drain.begin();
    letGo();
    world.clock.advance(500);
    drain.change(std::chrono::seconds(0));
    drain.begin();

    LONGS_EQUAL(1, begun);
    CHECK_TRUE(drain.isOn());
    LONGS_EQUAL(0, letGo());
    LONGS_EQUAL(0, goneAfter(499));
    LONGS_EQUAL(1, goneAfter(1));
}

TEST(Drain, RejectsNewConnectionsUnlessTheirSocketOutlivesIt) {
    CHECK_FALSE(drain.rejectsNewConnections());
    drain.begin();
    CHECK_TRUE(drain.rejectsNewConnections());

    Drain other{world.applications, figures, world.clock, std::chrono::seconds(10)};
    other.isFollowedBy(Drain::Successor::NextWorker);
    other.begin();
    CHECK_FALSE(other.rejectsNewConnections());
}

TEST(Drain, WhereNobodyListensAfterwardsTheLastSecondSendsClientsBackAfterASecond) {
    connect(11); // one is due each second, and one at once
    drain.begin();
    letGo();
    LONGS_EQUAL(8, goneAfter(8999));

    world.clock.advance(1);
    drain.tick();
    STRCMP_EQUAL("<close 4100 Server is closing. Please reconnect shortly.>", lastClosed().c_str());
}

TEST(Drain, WhereAWorkerListensAfterwardsEveryClientComesBackAtOnce) {
    for (auto successor : {Drain::Successor::NextWorker, Drain::Successor::OtherWorker}) {
        Drain followed{world.applications, figures, world.clock, std::chrono::seconds(10)};
        followed.isFollowedBy(successor);
        connect(1);
        followed.change(std::chrono::seconds(0));
        followed.begin();

        STRCMP_EQUAL("<close 4200 Server is restarting>", lastClosed().c_str());
        letGo();
    }
}

TEST(Drain, LetsInWhoHadJustBeenAcceptedAndClosesThemWithTheOthers) {
    drain.isFollowedBy(Drain::Successor::NextWorker);
    figures.handshakes = 1;
    drain.begin();
    CHECK_FALSE(drain.isOver());

    figures.handshakes = 0;
    connect(1);
    LONGS_EQUAL(0, goneAfter(9999));
    LONGS_EQUAL(1, goneAfter(1));
    CHECK_TRUE(drain.isOver());
}

TEST(Drain, DoesNotWaitForEverForARequestThatIsNeverWhole) {
    drain.isFollowedBy(Drain::Successor::NextWorker);
    figures.handshakes = 1;
    drain.begin();

    world.clock.advance(15'000);

    CHECK_TRUE(drain.isOver());
}
