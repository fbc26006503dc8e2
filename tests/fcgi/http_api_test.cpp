#include "fcgi/http_api.h"

#include "fcgi/request_auth.h"
#include "shared/hmac_signer.h"
#include "tests/fcgi/demo_shops.h"
#include "tests/fcgi/fake_worker.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace pregon;
using namespace pregon::fcgitest;

TEST_GROUP(PathPattern){/// The parameters as `app=7;`; "no match".
                        static std::string match(std::string_view pattern, std::string_view path){
                            const auto parameters = matchPath(pattern, path);
if (!parameters)
    return "no match";
std::string text;
for (const auto &[name, value] : *parameters)
    text += name + "=" + value + ";";
return text;
}
}
;

TEST(PathPattern, MatchesSegmentBySegment) {
    struct {
        const char *pattern, *path, *expected;
    } const cases[] = {
        {"/up", "/up", ""},
        {"/up", "/up/", "no match"},
        {"/up", "/upx", "no match"},
        {"/up", "/", "no match"},
        {"/up", "", "no match"},
        {"/up", "up", "no match"},
        {"/up", "//up", "no match"},
        {"/up", "/UP", "no match"},
        {"/apps/:app/events", "/apps/7/events", "app=7;"},
        {"/apps/:app/events", "/apps/a%2Fb/events", "app=a%2Fb;"},
        {"/apps/:app/events", "/apps//events", "no match"},
        {"/apps/:app/events", "/apps/7", "no match"},
        {"/apps/:app/events", "/apps/7/events/x", "no match"},
        {"/apps/:app/events", "/apps/7/../events", "no match"},
        {"/:a/:b", "/1/2", "a=1;b=2;"},
    };
    for (const auto &one : cases)
        STRCMP_EQUAL_TEXT(one.expected, match(one.pattern, one.path).c_str(), one.path);
}

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
    HttpApi api{config, rules, demo.clock, relay};

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
        HttpRequest request = make("POST", path);
        request.body = body;
        request.query = "auth_key=key&auth_timestamp=" + std::to_string(demo.clock.unixSeconds()) +
                        "&auth_version=1.0&body_md5=" + md5Hex(body);
        request.query += "&auth_signature=" +
                         HmacSigner("secret").sign(stringToSign("POST", path, request.query));
        return request;
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
    worker.start();
    STRCMP_EQUAL(R"(200 {"health":"OK"})", answer(make("GET", "/up")).c_str());
    STRCMP_EQUAL(R"(200 {"health":"OK"})", answer(make("HEAD", "/up")).c_str());
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
