// SPDX-License-Identifier: MIT
#include "fcgi/notifications/notifications_api.h"

#include "tests/fcgi/demo_shops.h"
#include "tests/fcgi/fake_worker.h"

#include <algorithm>
#include <filesystem>
#include <string>
#include <thread>

#include "CppUTest/TestHarness.h"

using namespace pregon;
using namespace pregon::fcgitest;
using std::chrono::milliseconds;

TEST_GROUP(NotificationsApi) {
    DemoShops shops;
    std::string socketPath{shops.folder.file("worker.sock")};
    FakeWorker worker{socketPath};
    WorkerClient client{socketPath, milliseconds(500)};
    OutboxRelay relay{[this] { return Database::open(shops.url); },
                      [this] { return WorkerClient(socketPath, milliseconds(500)); }, shops.clock,
                      "app-id"};
    NotificationsApi api{shops.database, shops.clock, client, relay, "app-id"};

    void setup() override {
        worker.start();
    }
    void teardown() override {
        relay.stop();
        worker.stop();
    }

    HttpRequest notice(const std::string &device, const std::string &body) {
        return jsonPost(R"({"source_app":"yape","amount":1,"device_id":")" + device +
                        R"(","body":")" + body + "\"}");
    }

    HttpResponse post(const std::string &body) {
        return api.create(notice(shops.anasDevice(), body), shops.ana);
    }

    HttpResponse get(const std::string &query) {
        HttpRequest request = jsonPost("");
        request.method = "GET";
        request.query = query;
        return api.list(request, shops.ana);
    }

    HttpResponse show(const User &user, const std::string &id) {
        return api.show(jsonPost(""), user, id);
    }

    HttpResponse setStatus(const std::string &body, const std::string &id = "1") {
        return api.setStatus(jsonPost(body), shops.ana, id);
    }

    std::string headerOf(const HttpResponse &response, const std::string &name) {
        for (const auto &[key, value] : response.headers)
            if (key == name)
                return value;
        return "";
    }

    std::string outboxSize() {
        return shops.value("SELECT count(*) FROM pregon_outbox");
    }

    void waitUntilRelayIsIdle() {
        for (int i = 0; i < 300 && relay.isBehind(); i++)
            std::this_thread::sleep_for(milliseconds(10));
        CHECK_FALSE(relay.isBehind());
    }

    void waitForEmptyOutbox() {
        for (int i = 0; i < 300 && outboxSize() != "0"; i++)
            std::this_thread::sleep_for(milliseconds(10));
        STRCMP_EQUAL("0", outboxSize().c_str());
    }
};

TEST(NotificationsApi, StoresBroadcastsAndAnswers201) {
    const HttpResponse response = post("b");

    LONGS_EQUAL(201, response.status);
    STRCMP_EQUAL("application/json", response.contentType.c_str());
    STRCMP_EQUAL("no-cache, private", headerOf(response, "Cache-Control").c_str());
    STRCMP_CONTAINS(
        R"({"message":"Notification created successfully","notification":{"user_id":1,)",
        response.body.c_str());
    const auto published = worker.published();
    LONGS_EQUAL(1, published.size());
    STRCMP_EQUAL("app-id", published[0].appId.c_str());
    LONGS_EQUAL(1, published[0].channels.size());
    STRCMP_EQUAL("private-commerce.1", published[0].channels[0].c_str());
    STRCMP_EQUAL("\"notification.created\"", published[0].eventJson.c_str());
    STRCMP_CONTAINS(R"("{\"id\":1,\"user_id\":1,\"commerce_id\":1,)",
                    published[0].dataJson.c_str());
    STRCMP_EQUAL("", published[0].exceptSocketId.c_str());
    STRCMP_EQUAL("0", outboxSize().c_str());
}

TEST(NotificationsApi, BroadcastsADuplicateAsOne) {
    post("b");

    STRCMP_CONTAINS("Notification received (duplicate detected)", post("b").body.c_str());

    STRCMP_CONTAINS(R"(\"is_duplicate\":true)", worker.published()[1].dataJson.c_str());
}

TEST(NotificationsApi, SkipsTheSocketThatPosted) {
    HttpRequest request = notice(shops.anasDevice(), "b");
    request.headers.emplace_back("HTTP_X_SOCKET_ID", "866318343.253713595");

    api.create(request, shops.ana);

    STRCMP_EQUAL("866318343.253713595", worker.published()[0].exceptSocketId.c_str());
}

TEST(NotificationsApi, BroadcastsToEverybodyWhenTheSocketIdIsMalformed) {
    HttpRequest request = notice(shops.anasDevice(), "b");
    request.headers.emplace_back("HTTP_X_SOCKET_ID", "abc");

    LONGS_EQUAL(201, api.create(request, shops.ana).status);

    LONGS_EQUAL(1, worker.published().size());
    STRCMP_EQUAL("", worker.published()[0].exceptSocketId.c_str());
}

TEST(NotificationsApi, BroadcastsANoticeAboveTheSizeThatReverbLoses) {
    LONGS_EQUAL(201, post(std::string(12000, 'B')).status);

    LONGS_EQUAL(1, worker.published().size());
}

TEST(NotificationsApi, RefusesInTheOrderOfTheApplication) {
    User loner = shops.ana;
    loner.columns["commerce_id"] = std::nullopt;
    const std::string unknown = "99999999-9999-4999-8999-999999999999";

    LONGS_EQUAL(422, api.create(jsonPost("{}"), loner).status);
    LONGS_EQUAL(403, api.create(notice(unknown, "b"), loner).status);
    STRCMP_EQUAL(
        R"({"message":"Debes pertenecer a un negocio para recibir notificaciones. Por favor, )"
        R"(crea un negocio primero.","error":"commerce_required"})",
        api.create(notice(unknown, "b"), loner).body.c_str());
    LONGS_EQUAL(404, api.create(notice(unknown, "b"), shops.ana).status);
    STRCMP_EQUAL(R"({"message":"Device not found"})",
                 api.create(notice(shops.betosDevice(), "b"), shops.ana).body.c_str());
    shops.execute("UPDATE devices SET is_active = 0");
    LONGS_EQUAL(403, post("b").status);
    STRCMP_EQUAL(R"({"message":"Device is not active"})", post("b").body.c_str());
    LONGS_EQUAL(0, worker.published().size());
    STRCMP_EQUAL("0", shops.value("SELECT count(*) FROM notifications").c_str());
}

TEST(NotificationsApi, Answers422AsLaravelDoes) {
    const HttpResponse response = api.create(notice("x", "b"), shops.ana);

    LONGS_EQUAL(422, response.status);
    STRCMP_EQUAL("no-cache, private", headerOf(response, "Cache-Control").c_str());
    STRCMP_EQUAL(R"({"message":"The device id field must be a valid UUID.",)"
                 R"("errors":{"device_id":["The device id field must be a valid UUID."]}})",
                 response.body.c_str());
}

TEST(NotificationsApi, Answers201WithoutTheWorkerAndDeliversLater) {
    worker.stop();
    relay.start();
    waitUntilRelayIsIdle();
    LONGS_EQUAL(201, post("b").status);
    STRCMP_EQUAL("1", outboxSize().c_str());

    worker.start();

    LONGS_EQUAL(1, worker.waitForPublished(1).size());
    waitForEmptyOutbox();
}

TEST(NotificationsApi, PublishesNothingPastWhatWaits) {
    worker.stop();
    post("1");
    worker.start();
    post("2");
    LONGS_EQUAL(0, worker.published().size());

    relay.start();
    waitForEmptyOutbox();
    waitUntilRelayIsIdle();
    post("3");

    const auto published = worker.published();
    LONGS_EQUAL(3, published.size());
    STRCMP_CONTAINS(R"({\"id\":1,)", published[0].dataJson.c_str());
    STRCMP_CONTAINS(R"({\"id\":2,)", published[1].dataJson.c_str());
    STRCMP_EQUAL("0", outboxSize().c_str());
}

TEST(NotificationsApi, WhoWaitedForItsTurnLeavesItsEntryToARelayThatIsBehindByThen) {
    ChannelLock turn(shops.database.file());
    CHECK_TRUE(*turn.acquire("private-commerce.1", ChannelLock::Patience::UntilFree));
    int status = 0;
    std::thread phone([&] { status = post("b").status; });
    const auto isWaiting = [&] { // it has the file open, as we have
        const std::filesystem::directory_iterator files("/proc/self/fd");
        return std::count_if(begin(files), end(files), [&](const auto &file) {
                   std::error_code ignored;
                   return std::filesystem::read_symlink(file, ignored) ==
                          shops.database.file() + "-outbox";
               }) == 2;
    };
    for (int i = 0; i < 300 && !isWaiting(); i++)
        std::this_thread::sleep_for(milliseconds(10));

    relay.wake();
    turn.release();
    phone.join();

    LONGS_EQUAL(201, status);
    LONGS_EQUAL(0, worker.published().size());
    STRCMP_EQUAL("1", outboxSize().c_str());
}

TEST(NotificationsApi, AnswersThoughAnotherProcessKeepsTheTurnForEver) {
    ChannelLock turn(shops.database.file());
    CHECK_TRUE(*turn.acquire("private-commerce.1", ChannelLock::Patience::UntilFree));

    LONGS_EQUAL(201, post("b").status);

    LONGS_EQUAL(0, worker.published().size());
    turn.release();
    relay.start();
    waitForEmptyOutbox();
    LONGS_EQUAL(1, worker.published().size());
}

TEST(NotificationsApi, DropsAnEventThatTheWorkerRefusesForGood) {
    worker.answerWith(Errc::TooLarge);
    relay.start();
    waitUntilRelayIsIdle();

    LONGS_EQUAL(201, post("b").status);

    waitForEmptyOutbox();
    LONGS_EQUAL(1, worker.published().size());
}

TEST(NotificationsApi, LeavesToTheRelayWhatItCannotDelete) {
    shops.execute("CREATE TRIGGER full BEFORE DELETE ON pregon_outbox BEGIN "
                  "SELECT raise(ABORT, 'disk full'); END");
    relay.start();
    waitUntilRelayIsIdle();
    LONGS_EQUAL(201, post("b").status);

    shops.execute("DROP TRIGGER full");

    waitForEmptyOutbox();
    LONGS_EQUAL(1, worker.published().size());
}

TEST(NotificationsApi, ARepeatedRequestWithItsKeyStoresNothingAndGetsTheSameAnswer) {
    HttpRequest request = notice(shops.anasDevice(), "b");
    request.headers.emplace_back("HTTP_IDEMPOTENCY_KEY", "k1");

    const HttpResponse first = api.create(request, shops.ana);
    const HttpResponse second = api.create(request, shops.ana);

    LONGS_EQUAL(201, first.status);
    LONGS_EQUAL(201, second.status);
    STRCMP_EQUAL(first.body.c_str(), second.body.c_str());
    STRCMP_EQUAL("", headerOf(first, "Idempotent-Replayed").c_str());
    STRCMP_EQUAL("true", headerOf(second, "Idempotent-Replayed").c_str());
    STRCMP_EQUAL("1", shops.value("SELECT count(*) FROM notifications").c_str());
    LONGS_EQUAL(1, worker.published().size());
}

TEST(NotificationsApi, AKeyBelongsToOneRequestOfOneUser) {
    HttpRequest request = notice(shops.anasDevice(), "b");
    request.headers.emplace_back("HTTP_IDEMPOTENCY_KEY", "k1");
    LONGS_EQUAL(201, api.create(request, shops.ana).status);

    HttpRequest other = notice(shops.anasDevice(), "another");
    other.headers = request.headers;
    LONGS_EQUAL(422, api.create(other, shops.ana).status);

    HttpRequest betos = notice(shops.betosDevice(), "b");
    betos.headers = request.headers;
    LONGS_EQUAL(201, api.create(betos, shops.beto).status);
    STRCMP_EQUAL("2", shops.value("SELECT count(*) FROM notifications").c_str());
}

TEST(NotificationsApi, RefusesAKeyThatIsTooLong) {
    HttpRequest request = notice(shops.anasDevice(), "b");
    request.headers.emplace_back("HTTP_IDEMPOTENCY_KEY", std::string(256, 'k'));

    LONGS_EQUAL(400, api.create(request, shops.ana).status);
}

TEST(NotificationsApi, Answers503WithoutTheDatabase) {
    shops.execute("DROP TABLE pregon_outbox");

    const HttpResponse response = post("b");

    LONGS_EQUAL(503, response.status);
    STRCMP_EQUAL("1", headerOf(response, "Retry-After").c_str());
    STRCMP_EQUAL(R"({"message":"Service Unavailable"})", response.body.c_str());
    LONGS_EQUAL(0, worker.published().size());
    STRCMP_EQUAL("0", shops.value("SELECT count(*) FROM notifications").c_str());
}

TEST(NotificationsApi, ListsInLaravelsPages) {
    post("one");
    post("two");

    const HttpResponse response = get("per_page=1&page=2");

    LONGS_EQUAL(200, response.status);
    STRCMP_EQUAL("no-cache, private", headerOf(response, "Cache-Control").c_str());
    STRCMP_CONTAINS(R"({"current_page":2,"data":[{"id":1,"user_id":1,)", response.body.c_str());
    STRCMP_CONTAINS(R"("prev_page_url":"http://shop.example.test/api/notifications?page=1","to":2,)"
                    R"("total":2})",
                    response.body.c_str());
}

TEST(NotificationsApi, TakesAnImpossiblePageForTheFirst) {
    for (const char *page : {"page=0", "page=-3", "page=x", "page=", "page=99999999999999999999"})
        STRCMP_CONTAINS(R"({"current_page":1,)", get(page).body.c_str());
    STRCMP_CONTAINS(R"({"current_page":1000000000,"data":[],)",
                    get("page=999999999999999999").body.c_str());
}

TEST(NotificationsApi, RefusesAPageSizeOutOfRange) {
    const std::pair<const char *, const char *> cases[] = {
        {"per_page=0", "The per page field must be at least 1."},
        {"per_page=101", "The per page field must not be greater than 100."},
        {"per_page=x", "The per page field must be an integer."},
        {"after_id=-1", "The after id field must be at least 0."},
        {"after_id=1.5", "The after id field must be an integer."},
    };
    for (const auto &[query, message] : cases) {
        LONGS_EQUAL_TEXT(422, get(query).status, query);
        STRCMP_CONTAINS(message, get(query).body.c_str());
    }
    STRCMP_CONTAINS(R"("per_page":50,)", get("per_page=").body.c_str());
}

TEST(NotificationsApi, GivesWhatTheChannelCarriedMeanwhile) {
    post("one");
    api.create(notice(shops.cajasDevice(), "two"), shops.caja);
    api.create(notice(shops.betosDevice(), "not for Ana"), shops.beto);
    post("three");

    const std::string body = get("after_id=1").body;

    STRCMP_CONTAINS(R"({"data":[{"id":2,)", body.c_str());
    STRCMP_CONTAINS(R"("body":"three")", body.c_str());
    CHECK(body.find("not for Ana") == std::string::npos);
    STRCMP_EQUAL(R"({"data":[]})", get("after_id=4").body.c_str());
}

TEST(NotificationsApi, FiltersBothKindsOfLists) {
    post("one");
    post("one");

    STRCMP_CONTAINS(R"("total":1})", get("exclude_duplicates=1").body.c_str());
    CHECK(get("exclude_duplicates=1").body.find(R"("is_duplicate":true)") == std::string::npos);
    STRCMP_CONTAINS(R"({"data":[{"id":1,)", get("after_id=0&exclude_duplicates=1").body.c_str());
    STRCMP_EQUAL(R"({"data":[]})", get("after_id=1&exclude_duplicates=1").body.c_str());
    LONGS_EQUAL(422, get("after_id=1&status=x").status);
}

TEST(NotificationsApi, ShowsOneOfTheUsersOwn) {
    post("one");

    const HttpResponse response = show(shops.ana, "1");

    LONGS_EQUAL(200, response.status);
    STRCMP_EQUAL("no-cache, private", headerOf(response, "Cache-Control").c_str());
    STRCMP_CONTAINS(R"({"notification":{"id":1,"user_id":1,)", response.body.c_str());
    STRCMP_CONTAINS(R"("device":{"id":1,)", response.body.c_str());
}

TEST(NotificationsApi, SaysAsLaravelThatThereIsNoSuchNotification) {
    post("one");
    for (const char *id : {"2", "0", "x", "-1", "1.0", "1e0", "", "99999999999999999999"}) {
        const std::string expected =
            R"({"message":"No query results for model [App\\Models\\Notification] )" +
            std::string(id) + R"("})";
        LONGS_EQUAL_TEXT(404, show(shops.ana, id).status, id);
        STRCMP_EQUAL(expected.c_str(), show(shops.ana, id).body.c_str());
        STRCMP_EQUAL(expected.c_str(), setStatus(R"({"status":"validated"})", id).body.c_str());
    }
    LONGS_EQUAL(404, show(shops.caja, "1").status);
    STRCMP_EQUAL(R"({"message":"No query results for model [App\\Models\\Notification]"})",
                 show(shops.ana, "\xff").body.c_str());
}

TEST(NotificationsApi, SetsAStatusAndTellsNobody) {
    post("one");

    const HttpResponse response = setStatus(R"({"status":" validated "})");

    LONGS_EQUAL(200, response.status);
    STRCMP_CONTAINS(R"({"message":"Notification status updated","notification":{"id":1,)",
                    response.body.c_str());
    STRCMP_CONTAINS(R"("status":"validated",)", response.body.c_str());
    CHECK(response.body.find("\"device\"") == std::string::npos);
    LONGS_EQUAL(1, worker.published().size());
    STRCMP_EQUAL("0", outboxSize().c_str());
}

TEST(NotificationsApi, TakesAStatusFromAForm) {
    post("one");
    HttpRequest request = jsonPost("status=inconsistent");
    request.contentType = "application/x-www-form-urlencoded; charset=UTF-8";

    LONGS_EQUAL(200, api.setStatus(request, shops.ana, "1").status);
    STRCMP_EQUAL("inconsistent", shops.value("SELECT status FROM notifications").c_str());
}

TEST(NotificationsApi, RefusesAStatusThatIsNone) {
    post("one");
    const std::pair<const char *, const char *> cases[] = {
        {"{}", "The status field is required."},
        {"{bad", "The status field is required."},
        {R"({"status":"  "})", "The status field is required."},
        {R"({"status":"done"})", "The selected status is invalid."},
        {R"({"status":["validated"]})", "The selected status is invalid."},
    };
    for (const auto &[body, message] : cases) {
        LONGS_EQUAL_TEXT(422, setStatus(body).status, body);
        STRCMP_CONTAINS(message, setStatus(body).body.c_str());
    }
    LONGS_EQUAL(422, setStatus("{}", "x").status); // checked first, as in the application
    STRCMP_EQUAL("pending", shops.value("SELECT status FROM notifications").c_str());
}

TEST(NotificationsApi, Answers503ToAListWithoutTheDatabase) {
    shops.execute("PRAGMA foreign_keys = OFF");
    shops.execute("DROP TABLE notifications");

    LONGS_EQUAL(503, get("").status);
    LONGS_EQUAL(503, get("after_id=1").status);
    LONGS_EQUAL(503, show(shops.ana, "1").status);
    LONGS_EQUAL(503, setStatus(R"({"status":"validated"})").status);
}
