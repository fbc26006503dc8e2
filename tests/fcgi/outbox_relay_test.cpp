#include "fcgi/outbox_relay.h"

#include "tests/fcgi/demo_shops.h"
#include "tests/fcgi/fake_worker.h"

#include <string>
#include <vector>

#include "CppUTest/TestHarness.h"

using namespace pregon;
using namespace pregon::fcgitest;
using std::chrono::milliseconds;

TEST_GROUP(OutboxRelay) {
    DemoShops shops;
    OutboxStore outbox{shops.database};
    std::string socketPath{shops.folder.file("worker.sock")};
    FakeWorker worker{socketPath};
    std::atomic<int> databasesOpened{0};
    OutboxRelay relay{[this] {
                          databasesOpened++;
                          return Database::open(shops.url);
                      },
                      [this] { return WorkerClient(socketPath, milliseconds(500)); }, shops.clock,
                      "app-id"};

    std::string addEntry(const std::string &data) {
        OutboxEntry entry;
        entry.channel = "private-commerce.1";
        entry.event = "notification.created";
        entry.data = data;
        entry.exceptSocketId = "12.34";
        entry.createdAt = formatSqlTime(shops.clock.unixSeconds());
        return *outbox.add(entry);
    }

    std::string leaveEntryBehind(const std::string &data) {
        const std::string id = addEntry(data);
        shops.clock.advance(kOutboxGraceSeconds);
        return id;
    }

    /// Waits up to three seconds for the outbox to have that many entries.
    void waitForEntries(std::size_t count) {
        for (int i = 0; i < 300 && outbox.next(0, 1000)->size() != count; i++)
            std::this_thread::sleep_for(milliseconds(10));
        LONGS_EQUAL(count, outbox.next(0, 1000)->size());
    }

    std::string dataOf(const std::vector<PublishMessage> &messages) {
        std::string list;
        for (const PublishMessage &message : messages)
            list += message.dataJson + " ";
        return list;
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
    leaveEntryBehind(R"({"id":1})");
    worker.start();

    relay.start();
    waitForEntries(0);

    const auto published = worker.published();
    LONGS_EQUAL(1, published.size());
    STRCMP_EQUAL("app-id", published[0].appId.c_str());
    STRCMP_EQUAL("12.34", published[0].exceptSocketId.c_str());
    STRCMP_EQUAL("\"notification.created\"", published[0].eventJson.c_str());
    STRCMP_EQUAL(R"("{\"id\":1}")", published[0].dataJson.c_str());
    STRCMP_EQUAL("private-commerce.1", published[0].channels[0].c_str());
}

TEST(OutboxRelay, PublishesWhatIsHandedOver) {
    worker.start();
    relay.start();
    pause();

    relay.deliverLater(addEntry("1"));

    waitForEntries(0);
    LONGS_EQUAL(1, worker.published().size());
}

TEST(OutboxRelay, LeavesAYoungEntryAlone) {
    addEntry("1");
    worker.start();

    relay.start();
    pause();

    LONGS_EQUAL(0, worker.published().size());
    LONGS_EQUAL(1, outbox.next(0, 10)->size());
}

TEST(OutboxRelay, LooksAgainAtAYoungEntry) {
    shops.clock.advance(-2);
    addEntry("1");
    shops.clock.advance(2);
    worker.start();

    relay.start();
    pause();
    LONGS_EQUAL(0, worker.published().size());
    shops.clock.advance(1);

    LONGS_EQUAL(1, worker.waitForPublished(1).size());
    waitForEntries(0);
}

TEST(OutboxRelay, WaitsForTheWorkerAndKeepsTheOrder) {
    relay.start();
    for (int i = 1; i <= 100; i++)
        relay.deliverLater(addEntry(std::to_string(i)));
    pause();
    waitForEntries(100);

    worker.start();

    waitForEntries(0);
    const auto published = worker.published();
    LONGS_EQUAL(100, published.size());
    for (std::size_t i = 0; i < published.size(); i++)
        STRCMP_EQUAL(("\"" + std::to_string(i + 1) + "\"").c_str(), published[i].dataJson.c_str());
}

TEST(OutboxRelay, SurvivesARestartOfTheWorker) {
    worker.start();
    relay.start();
    relay.deliverLater(addEntry("1"));
    waitForEntries(0);
    worker.stop();
    relay.deliverLater(addEntry("2"));
    pause();
    worker.start();

    waitForEntries(0);

    STRCMP_EQUAL("\"1\" \"2\" ", dataOf(worker.published()).c_str());
}

TEST(OutboxRelay, TriesAgainWhileTheWorkerAsksForPatience) {
    worker.answerWith(Errc::Unavailable);
    worker.start();
    leaveEntryBehind("1");
    relay.start();
    CHECK(worker.waitForPublished(2).size() >= 2);
    LONGS_EQUAL(1, outbox.next(0, 10)->size());

    worker.answerWith(std::nullopt);

    waitForEntries(0);
}

TEST(OutboxRelay, DropsAnEventThatTheWorkerRefusesForGood) {
    worker.answerWith(Errc::TooLarge);
    worker.start();
    leaveEntryBehind("1");

    relay.start();

    waitForEntries(0);
    LONGS_EQUAL(1, worker.published().size());
}

TEST(OutboxRelay, DeletesWithoutPublishingWhatIsPublished) {
    worker.start();
    relay.start();

    relay.deleteLater(addEntry("1"));

    waitForEntries(0);
    LONGS_EQUAL(0, worker.published().size());
}

TEST(OutboxRelay, DoesNotPublishAgainWhatItCannotDelete) {
    shops.execute("CREATE TRIGGER full BEFORE DELETE ON pregon_outbox BEGIN "
                  "SELECT raise(ABORT, 'disk full'); END");
    worker.start();
    leaveEntryBehind("1");
    relay.start();
    worker.waitForPublished(1);
    pause();

    shops.execute("DROP TRIGGER full");

    waitForEntries(0);
    LONGS_EQUAL(1, worker.published().size());
}

TEST(OutboxRelay, OpensTheDatabaseAgainWhenItFails) {
    shops.execute("ALTER TABLE pregon_outbox RENAME TO elsewhere");
    worker.start();
    relay.start();
    pause();
    CHECK(databasesOpened > 1);
    shops.execute("ALTER TABLE elsewhere RENAME TO pregon_outbox");

    relay.deliverLater(addEntry("1"));

    waitForEntries(0);
    LONGS_EQUAL(1, worker.published().size());
}

TEST(OutboxRelay, IgnoresWhatIsNotThere) {
    worker.start();
    relay.start();

    relay.deliverLater("4711");
    relay.deliverLater(addEntry("1"));

    waitForEntries(0);
    LONGS_EQUAL(1, worker.published().size());
}

TEST(OutboxRelay, IsBehindWhileAnythingWaits) {
    leaveEntryBehind("1");
    CHECK_FALSE(relay.isBehind());
    relay.start();
    CHECK_TRUE(relay.isBehind());
    pause();
    CHECK_TRUE(relay.isBehind());

    worker.start();
    waitForEntries(0);
    pause();

    CHECK_FALSE(relay.isBehind());
    worker.stop();
    relay.deliverLater(addEntry("2"));
    CHECK_TRUE(relay.isBehind());
}

TEST(OutboxRelay, StopsPromptlyWhateverItWaitsFor) {
    const auto before = std::chrono::steady_clock::now();
    leaveEntryBehind("no worker");
    addEntry("young");
    relay.start();
    pause();

    relay.stop();

    CHECK(std::chrono::steady_clock::now() - before < std::chrono::seconds(1));
    LONGS_EQUAL(2, outbox.next(0, 10)->size());
}
