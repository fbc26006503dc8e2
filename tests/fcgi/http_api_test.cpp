// SPDX-License-Identifier: MIT
#include "fcgi/http_api.h"

#include "fcgi/events/request_auth.h"
#include "fcgi/http/error_responses.h"
#include "shared/protocol/hmac_signer.h"
#include "tests/fcgi/demo_shops.h"
#include "tests/fcgi/fake_worker.h"
#include "tests/shared/auth/laravel_cookies.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace pregon;
using namespace pregon::fcgitest;

TEST_GROUP(HttpStatus){};

TEST(HttpStatus, IsOnePerError) {
    const std::pair<Errc, int> cases[] = {
        {Errc::BadRequest, 400}, {Errc::Unauthorized, 401}, {Errc::Forbidden, 403},
        {Errc::NotFound, 404},   {Errc::TooLarge, 413},     {Errc::Unavailable, 503},
        {Errc::Internal, 500},
    };
    for (const auto &[code, status] : cases)
        LONGS_EQUAL(status, httpStatusFor(code));
}

TEST_GROUP(MayWait){};

TEST(MayWait, IsAllThatMayAskTheStoreOrTheApplication) {
    AppConfig config;
    config.serverPath = "/ws";
    const std::pair<const char *, bool> cases[] = {
        {"/up", false},
        {"/ws/up", false},
        {"/up?check=store", true},
        {"/ws/up?a=1&check=%73tore", true},
        {"/up?check=other", false},
        {"/apps/1/events?check=store", false},
        {"/apps/1/events", false},
        {"/ws/apps/1/channels/a/users", false},
        {"/users/7/terminate_connections", false},
        {"/broadcasting/auth", true},
        {"/ws/broadcasting/user-auth", true},
        {"/api/notifications", true},
        {"/api/apps/1", true},
        {"/elsewhere", true},
    };
    for (const auto &[path, expected] : cases) {
        const std::string uri = path;
        HttpRequest request;
        request.path = uri.substr(0, uri.find('?'));
        request.query = uri.substr(request.path.size());
        request.query.erase(0, 1);
        CHECK_EQUAL_TEXT(expected, HttpApi::mayWait(request, config), path);
    }
}

TEST_GROUP(HttpApi) {
    DemoShops demo;
    const std::string workerPath = demo.folder.file("worker.sock");
    AppConfig config = configFor(demo, workerPath);
    ChannelAuthorizer rules = std::move(*ChannelAuthorizer::parse(
        R"([{"channel":"commerce.{id}","allow":{"id":"user.commerce_id"}}])"));
    // Only handed on: nothing here wakes it.
    OutboxRelay relay{[this] { return Database::open(demo.url); },
                      [this] { return WorkerClient(workerPath, std::chrono::milliseconds(100)); },
                      demo.clock, "417702"};
    Publisher publisher{{workerPath}, std::chrono::milliseconds(100)};
    UsageRecorder recorder{demo.clock};
    Identity identity{config, demo.clock, recorder};
    AuthLimits limits;
    StoreHealth health{demo.clock};
    HttpApi api{config, rules, demo.clock, relay, publisher, identity, limits, health};
    std::string key = "key"; // signs the requests
    std::string secret = "secret";

    static AppConfig configFor(const DemoShops &demo, const std::string &workerPath) {
        return *makeAppConfig({{"REVERB_APP_ID", "417702"},
                               {"REVERB_APP_KEY", "key"},
                               {"REVERB_APP_SECRET", "secret"},
                               {"PREGON_IPC_SOCKET", workerPath},
                               {"PREGON_DATABASE", demo.url}},
                              {});
    }

    static HttpRequest make(const char *method, const char *path) {
        HttpRequest request;
        request.method = method;
        request.path = path;
        return request;
    }
    static HttpRequest withToken(HttpRequest request, const std::string &token) {
        request.headers = {{"HTTP_AUTHORIZATION", "Bearer " + token}};
        return request;
    }
    HttpRequest signedEvent(const std::string &body, const char *path = "/apps/417702/events") {
        return signedRequest("POST", path, body);
    }
    HttpRequest signedRequest(const char *method, const char *path, const std::string &body = "") {
        return sign(method, path, path, body);
    }
    HttpRequest sign(const char *method, const char *path, const char *signedPath,
                     const std::string &body, const std::string &more = "") {
        HttpRequest request = make(method, path);
        request.body = body;
        request.query =
            "auth_key=" + key + "&auth_timestamp=" + std::to_string(demo.clock.unixSeconds()) +
            "&auth_version=1.0" + (body.empty() ? "" : "&body_md5=" + md5Hex(body)) + more;
        request.query += "&auth_signature=" +
                         HmacSigner(secret).sign(stringToSign(method, signedPath, request.query));
        return request;
    }
    /// A second application beside that of the configuration.
    App &addApplication() {
        App &other = config.apps.emplace_back(config.apps[0]);
        other.id = "other";
        other.key = "other-key";
        other.secret = "other-secret";
        return other;
    }
    static std::string header(const HttpResponse &response, const char *name) {
        for (const auto &[key, value] : response.headers)
            if (key == name)
                return value;
        return "";
    }
    /// `405 GET, HEAD Method not allowed.`: status, Allow if there is one, body.
    std::string answer(const HttpRequest &request) {
        const HttpResponse response = api.handle(request);
        const std::string allowed = header(response, "Allow");
        return std::to_string(response.status) + " " + (allowed.empty() ? "" : allowed + " ") +
               response.body;
    }
};

TEST(HttpApi, UnknownPathsAreNotFound) {
    for (const char *path : {"/", "", "/apps", "/apps/417702", "/up/", "/app/key"})
        STRCMP_EQUAL_TEXT("404 Not found.", answer(make("GET", path)).c_str(), path);
    for (const char *path : {"/api/nothing", "/broadcasting/", "/broadcasting/auth/"})
        STRCMP_EQUAL_TEXT(R"(404 {"message":"Not Found"})", answer(make("GET", path)).c_str(),
                          path);
}

TEST(HttpApi, WrongMethodsAreToldTheRightOnes) {
    STRCMP_EQUAL("405 GET, HEAD Method not allowed.", answer(make("POST", "/up")).c_str());
    STRCMP_EQUAL("405 POST Method not allowed.",
                 answer(make("GET", "/apps/417702/events")).c_str());
    STRCMP_EQUAL("405 POST Method not allowed.",
                 answer(make("HEAD", "/apps/417702/events")).c_str());
    STRCMP_EQUAL(
        R"(405 GET, HEAD, POST {"message":"The DELETE method is not supported for route broadcasting/auth. Supported methods: GET, HEAD, POST."})",
        answer(make("DELETE", "/broadcasting/auth")).c_str());
}

TEST(HttpApi, NotificationsNeedAToken) {
    const std::pair<const char *, const char *> routes[] = {
        {"GET", "/api/notifications"},
        {"POST", "/api/notifications"},
        {"GET", "/api/notifications/statistics"},
        {"GET", "/api/notifications/1"},
        {"PATCH", "/api/notifications/1/status"},
    };
    const std::string &token = demo.store.shops[0].ownerToken;
    for (const auto &[method, path] : routes) {
        STRCMP_EQUAL_TEXT(R"(401 {"message":"Unauthenticated."})",
                          answer(make(method, path)).c_str(), path);
        CHECK_TEXT(api.handle(withToken(make(method, path), token)).status != 401, path);
    }
    HttpRequest request = withToken(make("GET", "/api/notifications/4%20x"), token);
    STRCMP_EQUAL(R"(404 {"message":"No query results for model [App\\Models\\Notification] 4 x"})",
                 answer(request).c_str());
}

TEST(HttpApi, AMethodThatTwoRoutesOfAPathTakeIsNamedOnce) {
    STRCMP_EQUAL(
        R"(405 GET, HEAD {"message":"The POST method is not supported for route api/notifications/statistics. Supported methods: GET, HEAD."})",
        answer(make("POST", "/api/notifications/statistics")).c_str());
}

TEST(HttpApi, AnUnknownApplicationIsNotFoundByAnyMethod) { // spec http-api §9
    STRCMP_EQUAL("404 No matching application for ID [x y].",
                 answer(make("POST", "/apps/x%20y/events")).c_str());
    STRCMP_EQUAL("404 No matching application for ID [1].",
                 answer(make("GET", "/apps/1/events")).c_str());
}

TEST(HttpApi, UpAsksTheWorker) {
    const HttpResponse away = api.handle(make("GET", "/up"));
    LONGS_EQUAL(503, away.status);
    STRCMP_EQUAL(R"({"health":"ERROR"})", away.body.c_str());
    STRCMP_EQUAL("1", header(away, "Retry-After").c_str());

    FakeWorker worker(workerPath);
    worker.answerWith(IpcType::Status, R"({"draining":false})");
    worker.start();
    STRCMP_EQUAL(R"(200 {"health":"OK"})", answer(make("GET", "/up")).c_str());
    STRCMP_EQUAL(R"(200 {"health":"OK"})", answer(make("HEAD", "/up")).c_str());
    worker.answerWith(IpcType::Status, R"({"draining":true})");
    STRCMP_EQUAL(R"(503 {"health":"DRAINING"})", answer(make("GET", "/up")).c_str());
}

TEST(HttpApi, PublishesASignedEvent) {
    FakeWorker worker(workerPath);
    worker.start();

    STRCMP_EQUAL("200 {}", answer(signedEvent(R"({"name":"n","data":"d","channel":"c"})")).c_str());
    const auto published = worker.published();
    LONGS_EQUAL(1, published.size());
    STRCMP_EQUAL("417702", published[0].appId.c_str());
    STRCMP_EQUAL("c", published[0].channels.at(0).c_str());
}

TEST(HttpApi, ChecksTheSignatureBeforeTheBody) {
    HttpRequest request = signedEvent("{");
    STRCMP_EQUAL("400 The body is not a valid JSON object.", answer(request).c_str());
    request.query.back() = request.query.back() == '0' ? '1' : '0';
    STRCMP_EQUAL("401 Authentication signature invalid.", answer(request).c_str());
    STRCMP_EQUAL("401 Missing auth_key.", answer(make("POST", "/apps/417702/events")).c_str());
}

TEST(HttpApi, EachRouteAsksItsQuestion) { // spec http-api §1
    const char *event = R"({"name":"n","data":"d","channel":"c"})";
    const std::string batch = std::string(R"({"batch":[)") + event + "]}";
    const struct {
        const char *method, *path;
        std::string body;
        IpcType type;
        const char *answer;
    } cases[] = {
        {"POST", "/apps/417702/events", event, IpcType::Publish, "{}"},
        {"POST", "/apps/417702/batch_events", batch, IpcType::Publish, "{}"},
        {"GET", "/apps/417702/channels", "", IpcType::Channels, R"({"channels":{}})"},
        {"HEAD", "/apps/417702/channels", "", IpcType::Channels, R"({"channels":{}})"},
        {"GET", "/apps/417702/channels/c", "", IpcType::ChannelInfo, R"({"occupied":false})"},
        {"GET", "/apps/417702/channels/presence-c/users", "", IpcType::Users, R"({"users":[]})"},
        {"POST", "/apps/417702/users/7/terminate_connections", "{}", IpcType::Terminate, "{}"},
        {"POST", "/apps/417702/users/7/terminate_connections", "", IpcType::Terminate, "{}"},
        {"POST", "/users/7/terminate_connections", "{}", IpcType::Terminate, "{}"},
        {"GET", "/apps/417702/connections", "", IpcType::Connections, R"({"connections":0})"},
    };
    FakeWorker worker(workerPath);
    worker.start();
    for (const auto &one : cases) {
        worker.answerWith(one.type, one.type == IpcType::ChannelInfo
                                        ? "[" + std::string(one.answer) + "]"
                                        : one.answer);
        const HttpResponse response = api.handle(signedRequest(one.method, one.path, one.body));

        LONGS_EQUAL_TEXT(200, response.status, one.path);
        STRCMP_EQUAL_TEXT(one.answer, response.body.c_str(), one.path);
        STRCMP_EQUAL("application/json", response.contentType.c_str());
        CHECK_TRUE_TEXT(worker.asked().back().type == one.type, one.path);
    }
}

TEST(HttpApi, EveryQuestionNeedsASignatureAndItsMethod) {
    const struct {
        const char *method, *path, *wrongMethod, *refusal;
    } cases[] = {
        {"POST", "/apps/417702/batch_events", "GET", "405 POST Method not allowed."},
        {"GET", "/apps/417702/channels", "POST", "405 GET, HEAD Method not allowed."},
        {"GET", "/apps/417702/channels/c", "DELETE", "405 GET, HEAD Method not allowed."},
        {"GET", "/apps/417702/channels/c/users", "PUT", "405 GET, HEAD Method not allowed."},
        {"POST", "/apps/417702/users/7/terminate_connections", "GET",
         "405 POST Method not allowed."},
        {"GET", "/apps/417702/connections", "POST", "405 GET, HEAD Method not allowed."},
    };
    for (const auto &one : cases) {
        STRCMP_EQUAL_TEXT("401 Missing auth_key.", answer(make(one.method, one.path)).c_str(),
                          one.path);
        STRCMP_EQUAL_TEXT(one.refusal, answer(make(one.wrongMethod, one.path)).c_str(), one.path);
    }
}

TEST(HttpApi, DecodesThePathOnce) {
    FakeWorker worker(workerPath);
    worker.start();

    LONGS_EQUAL(
        200,
        api.handle(signedRequest("POST", "/apps/417702/users/a%20b%2Fc%2541/terminate_connections"))
            .status);
    STRCMP_EQUAL("a b/c%41", AppQuery::decode(worker.asked().back().payload)->subject.c_str());
    LONGS_EQUAL(
        200, api.handle(signedRequest("GET", "/apps/417702/channels/presence-a%2Cb/users")).status);
    STRCMP_EQUAL("presence-a,b", AppQuery::decode(worker.asked().back().payload)->subject.c_str());
    STRCMP_EQUAL("400 Invalid channel name [a%2Cb].",
                 answer(signedRequest("GET", "/apps/417702/channels/a%252Cb")).c_str());
    LONGS_EQUAL(404, api.handle(signedRequest("GET", "/apps/417702/channels//users")).status);
}

TEST(HttpApi, ReadsArraysInQueriesAsLists) { // spec http-api §2.2
    FakeWorker worker(workerPath);
    worker.start();
    const char *path = "/apps/417702/channels";
    (void)api.handle(
        sign("GET", path, path, "", "&info[]=user_count&info[]=cache&filter_by_prefix=presence-"));

    const auto asked = ChannelsQuery::decode(worker.asked().at(0).payload);
    LONGS_EQUAL(kUserCount | kCache, asked->attributes);
    STRCMP_EQUAL("presence-", asked->prefix.c_str());
}

TEST(HttpApi, KnowsSeveralApplications) {
    FakeWorker worker(workerPath);
    worker.start();
    addApplication();
    const char *body = R"({"name":"n","data":"d","channel":"c"})";

    STRCMP_EQUAL("401 Unknown auth_key.", answer(signedEvent(body, "/apps/other/events")).c_str());
    key = "other-key";
    STRCMP_EQUAL("401 Authentication signature invalid.",
                 answer(signedEvent(body, "/apps/other/events")).c_str());
    secret = "other-secret";
    STRCMP_EQUAL("200 {}", answer(signedEvent(body, "/apps/other/events")).c_str());
    STRCMP_EQUAL("other", worker.published().at(0).appId.c_str());
    STRCMP_EQUAL("401 Unknown auth_key.", answer(signedEvent(body)).c_str());
}

TEST(HttpApi, RefusesADisabledApplicationBeforeItsSignature) { // spec http-api §2.2
    addApplication().enabled = false;

    STRCMP_EQUAL("403 Application disabled.", answer(make("POST", "/apps/other/events")).c_str());
    STRCMP_EQUAL("403 Application disabled.", answer(make("GET", "/apps/other/channels")).c_str());
    STRCMP_EQUAL("401 Missing auth_key.", answer(make("POST", "/apps/417702/events")).c_str());
}

TEST(HttpApi, ServesEveryRouteUnderThePrefixToo) { // spec http-api §2.4
    FakeWorker worker(workerPath);
    worker.answerWith(IpcType::Status, "{}");
    worker.start();
    config.serverPath = "/ws";
    const std::pair<HttpRequest, const char *> cases[] = {
        {make("GET", "/up"), R"(200 {"health":"OK"})"},
        {make("GET", "/ws/up"), R"(200 {"health":"OK"})"},
        {make("GET", "/ws/ws/up"), "404 Not found."},
        {make("GET", "/wsx/up"), "404 Not found."},
        {make("POST", "/ws/up"), "405 GET, HEAD Method not allowed."},
        {make("POST", "/ws/apps/1/events"), "404 No matching application for ID [1]."},
        {make("GET", "/ws/api/nothing"), R"(404 {"message":"Not Found"})"},
        {make("POST", "/ws/broadcasting/auth"), R"(403 {"message":"Unauthenticated."})"},
        {make("POST", "/ws/api/broadcasting/auth"), R"(401 {"message":"Unauthenticated."})"},
    };
    for (const auto &[request, expected] : cases)
        STRCMP_EQUAL_TEXT(expected, answer(request).c_str(), request.path.c_str());
}

TEST(HttpApi, TheSignatureMayCoverEitherFormOfThePath) { // spec http-api §2.4
    FakeWorker worker(workerPath);
    worker.start();
    config.serverPath = "/ws";
    const char *plain = "/apps/417702/events";
    const char *prefixed = "/ws/apps/417702/events";
    const struct {
        const char *path, *signedPath, *expected;
    } cases[] = {
        {plain, plain, "200 {}"},
        {prefixed, plain, "200 {}"},
        {prefixed, prefixed, "200 {}"},
        {plain, prefixed, "401 Authentication signature invalid."},
        {prefixed, "/ws/ws/apps/417702/events", "401 Authentication signature invalid."},
    };
    for (const auto &[path, signedPath, expected] : cases)
        STRCMP_EQUAL_TEXT(
            expected,
            answer(sign("POST", path, signedPath, R"({"name":"n","data":"d","channel":"c"})"))
                .c_str(),
            signedPath);
}

TEST(HttpApi, APrefixMayLookLikeARoute) {
    FakeWorker worker(workerPath);
    worker.start();
    config.serverPath = "/apps";
    const char *body = R"({"name":"n","data":"d","channel":"c"})";

    STRCMP_EQUAL("200 {}", answer(signedEvent(body, "/apps/417702/events")).c_str());
    STRCMP_EQUAL(
        "200 {}",
        answer(sign("POST", "/apps/apps/417702/events", "/apps/417702/events", body)).c_str());
}

TEST(HttpApi, SaysInTextThatTheWorkerIsAway) {
    const HttpResponse response =
        api.handle(signedEvent(R"({"name":"n","data":"d","channel":"c"})"));

    LONGS_EQUAL(503, response.status);
    STRCMP_EQUAL("The worker is not available.", response.body.c_str());
    STRCMP_EQUAL("text/plain; charset=utf-8", response.contentType.c_str());
    STRCMP_EQUAL("1", header(response, "Retry-After").c_str());
}

TEST(HttpApi, HandsOnWhatTheWorkerRefuses) {
    FakeWorker worker(workerPath);
    worker.answerWith(Errc::BadRequest);
    worker.start();

    STRCMP_EQUAL("400 fake",
                 answer(signedEvent(R"({"name":"n","data":"d","channel":"c"})")).c_str());
}

TEST(HttpApi, AuthNeedsAToken) {
    const char *unauthenticated = R"({"message":"Unauthenticated."})";
    const std::pair<const char *, int> cases[] = {{"/broadcasting/auth", 403},
                                                  {"/api/broadcasting/auth", 401}};
    for (const auto &[path, status] : cases)
        for (const HttpRequest &request :
             {make("POST", path), withToken(make("GET", path), "1|nonsense")})
            STRCMP_EQUAL((std::to_string(status) + " " + unauthenticated).c_str(),
                         answer(request).c_str());
}

TEST(HttpApi, UnauthenticatedStatusIsConfigured) {
    config.unauthenticatedStatus = 401;

    LONGS_EQUAL(401, api.handle(make("POST", "/broadcasting/auth")).status);
}

TEST(HttpApi, AuthSignsForTheUserOfTheToken) {
    HttpRequest request =
        withToken(make("GET", "/broadcasting/auth"), demo.store.shops[0].ownerToken);
    request.query = "socket_id=1.2&channel_name=private-commerce.1";
    const HttpResponse response = api.handle(request);

    LONGS_EQUAL(200, response.status);
    STRCMP_EQUAL("no-store", header(response, "Cache-Control").c_str());
    request.query = "socket_id=1.2&channel_name=private-commerce.2";
    LONGS_EQUAL(403, api.handle(request).status);
}

TEST(HttpApi, AnswersAgainOnceTheStoreIsBack) {
    const HttpRequest request =
        withToken(make("POST", "/broadcasting/auth"), demo.store.shops[0].ownerToken);
    demo.execute("ALTER TABLE users RENAME TO away");
    const HttpResponse away = api.handle(request);
    LONGS_EQUAL(503, away.status);
    STRCMP_EQUAL("1", header(away, "Retry-After").c_str());
    STRCMP_EQUAL("no-store", header(away, "Cache-Control").c_str());

    demo.execute("ALTER TABLE away RENAME TO users");
    LONGS_EQUAL(403, api.handle(request).status);
}

TEST(HttpApi, WhoIsRememberedIsAuthorizedByAComparingRuleWithoutTheStore) {
    HttpRequest request =
        withToken(make("POST", "/broadcasting/auth"), demo.store.shops[0].ownerToken);
    request.contentType = "application/x-www-form-urlencoded";
    request.body = "socket_id=1.2&channel_name=private-commerce.1";
    LONGS_EQUAL(200, api.handle(request).status);
    demo.execute("DROP TABLE users");

    LONGS_EQUAL(200, api.handle(request).status);

    demo.clock.advance(config.identityCacheSeconds);
    LONGS_EQUAL(503, api.handle(request).status);
}

TEST(HttpApi, ASessionCountsForAuthAndReadingOnly) {
    config.appKey = kAppKey;
    config.sessionCookie = kSessionCookie;
    Identity withSessions(config, demo.clock, recorder);
    HttpApi sessionApi(config, rules, demo.clock, relay, publisher, withSessions, limits, health);
    demo.execute("INSERT INTO sessions (id, user_id, payload, last_activity) VALUES ('" +
                 std::string(kSessionId) + "', 1, '', " + std::to_string(demo.clock.unixSeconds()) +
                 ")");
    const auto statusOf = [&](const char *method, const char *path) {
        HttpRequest request = make(method, path);
        request.headers = {{"HTTP_COOKIE", kSessionCookie + std::string("=") + kCookie256Cbc}};
        request.contentType = "application/x-www-form-urlencoded";
        request.body = "socket_id=1.2&channel_name=private-commerce.1";
        return sessionApi.handle(request).status;
    };

    LONGS_EQUAL(200, statusOf("POST", "/broadcasting/auth"));
    LONGS_EQUAL(200, statusOf("POST", "/api/broadcasting/auth"));
    LONGS_EQUAL(200, statusOf("GET", "/api/notifications"));
    LONGS_EQUAL(401, statusOf("POST", "/api/notifications"));
}
