// SPDX-License-Identifier: MIT
#include "fcgi/notifications/outbox_relay.h"

#include "tests/fcgi/demo_shops.h"
#include "tests/fcgi/fake_worker.h"

#include <string>
#include <vector>

#include "CppUTest/TestHarness.h"

using namespace pregon;
using namespace pregon::fcgitest;
using std::chrono::milliseconds;

namespace {

constexpr OutboxIntervals kHours{std::chrono::hours(1), std::chrono::hours(1)};

} // namespace

TEST_GROUP(OutboxRelay) {
    DemoShops shops;
    OutboxStore outbox{shops.database};
    std::string socketPath{shops.folder.file("worker.sock")};
    FakeWorker worker{socketPath};
    std::atomic<int> databasesOpened{0};
    OutboxRelay relay = makeRelay();

    OutboxRelay makeRelay(OutboxIntervals intervals = {}) {
        return {[this] {
                    databasesOpened++;
                    return Database::open(shops.url);
                },
                [this] { return WorkerClient(socketPath, milliseconds(500)); }, shops.clock,
                "app-id", intervals};
    }

    std::string addEntry(const std::string &data,
                         const std::string &channel = "private-commerce.1") {
        OutboxEntry entry;
        entry.channel = channel;
        entry.event = "notification.created";
        entry.data = data;
        entry.exceptSocketId = "12.34";
        entry.createdAt = formatSqlTime(shops.clock.unixSeconds());
        return *outbox.add(entry);
    }

    /// Waits up to three seconds for that many entries to be pending.
    void waitForEntries(const std::string &count) {
        const auto pending = [&] { return shops.value("SELECT count(*) FROM pregon_outbox"); };
        for (int i = 0; i < 300 && pending() != count; i++)
            std::this_thread::sleep_for(milliseconds(10));
        STRCMP_EQUAL(count.c_str(), pending().c_str());
    }

    std::string dataOf(const std::vector<PublishMessage> &messages) {
        std::string list;
        for (const PublishMessage &message : messages)
            list += message.dataJson + " ";
        return list;
    }

    /// It has found the outbox empty, and waits.
    void waitUntilIdle(OutboxRelay & one) {
        for (int i = 0; i < 300 && one.isBehind(); i++)
            std::this_thread::sleep_for(milliseconds(10));
        CHECK_FALSE(one.isBehind());
    }

    void pause() {
        std::this_thread::sleep_for(milliseconds(250));
    }

    void teardown() override {
        relay.stop();
        worker.stop();
    }
};

TEST(OutboxRelay, PublishesAndDeletesWhatAKilledProcessLeftBehind) {
    addEntry(R"({"id":1})");
    worker.start();

    relay.start();
    waitForEntries("0");

    const auto published = worker.published();
    LONGS_EQUAL(1, published.size());
    STRCMP_EQUAL("app-id", published[0].appId.c_str());
    STRCMP_EQUAL("12.34", published[0].exceptSocketId.c_str());
    STRCMP_EQUAL("\"notification.created\"", published[0].eventJson.c_str());
    STRCMP_EQUAL(R"("{\"id\":1}")", published[0].dataJson.c_str());
    STRCMP_EQUAL("private-commerce.1", published[0].channels[0].c_str());
}

TEST(OutboxRelay, LooksWhenItIsWokenHoweverLongItWouldWait) {
    worker.start();
    OutboxRelay waiting = makeRelay(kHours);
    waiting.start();
    waitUntilIdle(waiting);

    addEntry("1");
    waiting.wake();

    waitForEntries("0");
    LONGS_EQUAL(1, worker.published().size());
}

TEST(OutboxRelay, FindsWhatAnotherProcessLeftBehind) {
    worker.start();
    relay.start();
    pause();

    addEntry("1"); // and nobody tells

    waitForEntries("0");
    LONGS_EQUAL(1, worker.published().size());
}

TEST(OutboxRelay, KeepsTheOrderOfEachChannelAndHoldsNoOtherUp) {
    for (const char *channel : {"a", "b", "a", "b", "a"})
        addEntry(std::string("\"") + channel + "\"", channel);
    worker.start();

    relay.start();
    waitForEntries("0");

    std::string order;
    for (const PublishMessage &message : worker.published())
        order += message.channels[0];
    STRCMP_EQUAL("aaabb", order.c_str());
}

TEST(OutboxRelay, WaitsForTheWorkerAndKeepsTheOrder) {
    relay.start();
    for (int i = 1; i <= 100; i++)
        addEntry(std::to_string(i));
    relay.wake();
    pause();
    waitForEntries("100");

    worker.start();

    waitForEntries("0");
    const auto published = worker.published();
    LONGS_EQUAL(100, published.size());
    for (std::size_t i = 0; i < published.size(); i++)
        STRCMP_EQUAL(("\"" + std::to_string(i + 1) + "\"").c_str(), published[i].dataJson.c_str());
}

TEST(OutboxRelay, SurvivesARestartOfTheWorker) {
    worker.start();
    relay.start();
    addEntry("1");
    relay.wake();
    waitForEntries("0");
    worker.stop();
    addEntry("2");
    relay.wake();
    pause();
    worker.start();

    waitForEntries("0");

    STRCMP_EQUAL("\"1\" \"2\" ", dataOf(worker.published()).c_str());
}

TEST(OutboxRelay, TriesAgainWhileTheWorkerAsksForPatience) {
    worker.answerWith(Errc::Unavailable);
    worker.start();
    addEntry("1");
    relay.start();
    CHECK(worker.waitForPublished(2).size() >= 2);
    waitForEntries("1");

    worker.answerWith(std::nullopt);

    waitForEntries("0");
}

TEST(OutboxRelay, DropsAnEventThatTheWorkerRefusesForGood) {
    worker.answerWith(Errc::TooLarge);
    worker.start();
    addEntry("1");

    relay.start();

    waitForEntries("0");
    LONGS_EQUAL(1, worker.published().size());
}

TEST(OutboxRelay, TakesOutWhatIsPublishedWithoutTheWorker) {
    relay.start();

    relay.wake({addEntry("1")});

    waitForEntries("0");
}

TEST(OutboxRelay, DoesNotPublishAgainWhatItCannotDelete) {
    shops.execute("CREATE TRIGGER full BEFORE DELETE ON pregon_outbox BEGIN "
                  "SELECT raise(ABORT, 'disk full'); END");
    worker.start();
    addEntry("1");
    relay.start();
    worker.waitForPublished(1);
    pause();

    shops.execute("DROP TRIGGER full");

    waitForEntries("0");
    LONGS_EQUAL(1, worker.published().size());
}

TEST(OutboxRelay, OpensTheDatabaseAgainWhenItFails) {
    shops.execute("ALTER TABLE pregon_outbox RENAME TO elsewhere");
    worker.start();
    relay.start();
    pause();
    CHECK(databasesOpened > 1);
    shops.execute("ALTER TABLE elsewhere RENAME TO pregon_outbox");

    addEntry("1");
    relay.wake();

    waitForEntries("0");
    LONGS_EQUAL(1, worker.published().size());
}

TEST(OutboxRelay, IsBehindWhileAnythingWaits) {
    addEntry("1");
    CHECK_FALSE(relay.isBehind());
    relay.start();
    CHECK_TRUE(relay.isBehind());
    pause();
    CHECK_TRUE(relay.isBehind());

    worker.start();
    waitForEntries("0");
    pause();

    CHECK_FALSE(relay.isBehind());
    worker.stop();
    addEntry("2");
    relay.wake();
    CHECK_TRUE(relay.isBehind());
}

TEST(OutboxRelay, StopsWhileItWaitsForTheNextLook) {
    OutboxRelay waiting = makeRelay(kHours);
    waiting.start();
    waitUntilIdle(waiting);

    waiting.stop(); // else the time limit of all tests ends this one
}

TEST(OutboxRelay, StopsWhileItWaitsForTheWorker) {
    OutboxRelay waiting = makeRelay(kHours);
    addEntry("no worker");
    waiting.start();
    pause();

    waiting.stop(); // likewise

    waitForEntries("1");
}

TEST(OutboxRelay, PublishesEverythingOnceForOneWorkersClientsWhileRedisIsAway) {
    worker.answerWith(Errc::Degraded);
    worker.start();
    for (const char *channel : {"a", "b", "a"})
        addEntry(std::string("\"") + channel + "\"", channel);
    relay.start();
    worker.waitForPublished(3);
    addEntry("4", "b");
    addEntry("5", "c");
    relay.wake();
    pause();

    waitForEntries("5");
    std::map<std::string, int> times;
    for (const PublishMessage &message : worker.published())
        times[message.channels[0] + message.dataJson]++;
    LONGS_EQUAL(4, times.size());         // "a" twice with the same data
    CHECK_TRUE(times[R"(a"\"a\"")"] > 2); // the oldest of all asks whether Redis is back
    LONGS_EQUAL(1, times[R"(b"\"b\"")"]);
    LONGS_EQUAL(1, times[R"(b"4")"]);
    LONGS_EQUAL(1, times[R"(c"5")"]);
}

TEST(OutboxRelay, PublishesEverythingForAllInOrderOnceRedisIsBack) {
    worker.answerWith(Errc::Degraded);
    worker.start();
    relay.start();
    for (int i = 1; i <= 100; i++)
        addEntry(std::to_string(i));
    relay.wake();
    worker.waitForPublished(100);
    pause();
    const std::size_t before = worker.published().size();

    worker.answerWith(std::nullopt);
    waitForEntries("0");

    auto published = worker.published();
    std::size_t at = before;
    while (published[at].dataJson == R"("1")" && published[at + 1].dataJson == R"("1")")
        at++; // it was asked with the first until then
    LONGS_EQUAL(at + 100, published.size());
    for (std::size_t i = 0; i < 100; i++)
        STRCMP_EQUAL(("\"" + std::to_string(i + 1) + "\"").c_str(),
                     published[at + i].dataJson.c_str());
}

TEST(OutboxRelay, IsNotBehindWhenAnotherProcessHasPublishedWhatRedisHeldUp) {
    worker.answerWith(Errc::Degraded);
    worker.start();
    addEntry("1");
    relay.start();
    worker.waitForPublished(1);
    shops.database.execute("DELETE FROM pregon_outbox", {});

    for (int i = 0; i < 300 && relay.isBehind(); i++)
        std::this_thread::sleep_for(milliseconds(10));
    CHECK_FALSE(relay.isBehind());
}
