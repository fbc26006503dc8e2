// SPDX-License-Identifier: MIT
#include "worker/clients/connect_request.h"

#include "tests/worker/test_client.h"

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "CppUTest/TestHarness.h"

using namespace pregon;
using namespace pregon::workertest;

TEST_GROUP(ConnectRequest) {
    TestWorld world;
    ConnectLimits limits;

    /// The id of the application that takes the client, or the code and text of the refusal.
    std::string admitted(const ConnectRequest &request, std::size_t fromAddress = 0) {
        const auto admitted = admit(request, world.applications, limits, fromAddress);
        if (admitted)
            return admitted->application->settings().id;
        return std::to_string(static_cast<int>(admitted.error().code)) + " " +
               std::string(admitted.error().text);
    }
    /// The id or the code alone.
    std::string admitted(const std::string &path, const std::string &protocol = "7") {
        const std::string outcome =
            admitted(ConnectRequest{path, protocol, "", false, "", false, ""});
        return outcome.substr(0, outcome.find(' '));
    }
    static ConnectRequest toExample(const std::string &origin = "", bool isSecure = false) {
        return {std::string("/app/") + kKey, "7", origin, isSecure, "203.0.113.9", false, ""};
    }
};

TEST(ConnectRequest, FindsTheKeyInThePath) {
    const std::pair<const char *, const char *> cases[] = {
        {"/app/abc", "abc"}, {"/app/", "none"},    {"/app", "none"},
        {"/", "none"},       {"", "none"},         {"/app/a/b", "a/b"},
        {"/app/a/", "a/"},   {"/apps/a", "none"},  {"/App/a", "none"},
        {"//app/a", "none"}, {"/x/app/a", "none"}, {"/app/base64:a/b=", "base64:a/b="},
    };
    for (const auto &[path, expected] : cases)
        STRCMP_EQUAL_TEXT(expected, appKeyOf(path, "").value_or("none").c_str(), path);
}

TEST(ConnectRequest, FindsTheKeyBehindTheServerPathOrWithoutIt) {
    struct {
        const char *serverPath, *path, *expected;
    } const cases[] = {
        {"/ws", "/ws/app/abc", "abc"},   {"/ws", "/app/abc", "abc"},
        {"/ws", "/ws/app/", "none"},     {"/ws", "/ws/abc", "none"},
        {"/ws", "/wsx/app/a", "none"},   {"/ws", "/ws/ws/app/a", "none"},
        {"/ws", "/x/app/a", "none"},     {"/ws", "/WS/app/a", "none"},
        {"/ws", "/ws", "none"},          {"/a/b", "/a/b/app/abc", "abc"},
        {"/app", "/app/app/abc", "abc"}, {"/app", "/app/abc", "abc"},
    };
    for (const auto &one : cases)
        STRCMP_EQUAL_TEXT(one.expected, appKeyOf(one.path, one.serverPath).value_or("none").c_str(),
                          one.path);
}

TEST(ConnectRequest, AdmitsByKey) {
    STRCMP_EQUAL("417702", admitted(std::string("/app/") + kKey).c_str());
    STRCMP_EQUAL("2", admitted("/app/other").c_str());
    STRCMP_EQUAL("4001", admitted("/app/OTHER").c_str());
    limits.serverPath = "/ws";
    STRCMP_EQUAL("2", admitted("/ws/app/other").c_str());
}

/// One cause after the other is taken away from a client that has them all.
TEST(ConnectRequest, ChecksInOrder) { // spec pusher-websocket §1.4
    TestClient open(world, "1.1");
    App app = exampleApp();
    app.tlsRequired = true;
    app.enabled = false;
    app.allowedOrigins = {"example.com"};
    app.maxConnections = 1;
    world.example().change(app);
    limits.maxConnections = 1;
    limits.maxConnectionsPerAddress = 2;
    ConnectRequest request{"/elsewhere", "x", "https://evil.net", false, "203.0.113.9", false, ""};
    std::size_t fromAddress = 2;
    const std::pair<const char *, std::function<void()>> steps[] = {
        {"4005 Path not found", [&] { request.path = "/app/unknown"; }},
        {"4001 Application does not exist", [&] { request.path = std::string("/app/") + kKey; }},
        {"4000 Application only accepts TLS", [&] { request.isSecure = true; }},
        {"4003 Application is disabled", [&] { world.set(&App::enabled, true); }},
        {"4006 Invalid version string format", [&] { request.protocol = "4"; }},
        {"4007 Unsupported protocol version", [&] { request.protocol = "7"; }},
        {"4009 Origin not allowed", [&] { request.origin = "https://example.com"; }},
        {"4004 Application is over connection quota",
         [&] { world.set<std::int64_t>(&App::maxConnections, 2); }},
        {"4100 Over capacity", [&] { limits.maxConnections = 2; }},
        {"4100 Over capacity", [&] { fromAddress = 1; }},
    };
    for (const auto &[expected, takeAway] : steps) {
        STRCMP_EQUAL(expected, admitted(request, fromAddress).c_str());
        takeAway();
    }
    STRCMP_EQUAL("417702", admitted(request, fromAddress).c_str());
}

TEST(ConnectRequest, SpeaksVersions5To7) { // spec §1.2
    const std::pair<const char *, const char *> cases[] = {
        {"", "2"},      {"5", "2"},     {"6", "2"},        {"7", "2"},
        {"07", "2"},    {"1", "4007"},  {"4", "4007"},     {"8", "4007"},
        {"0", "4007"},  {"-7", "4007"}, {"x", "4006"},     {"7.0", "4006"},
        {"7x", "4006"}, {" 7", "4006"}, {"8.6.0", "4006"}, {"99999999999999999999", "4007"},
    };
    for (const auto &[protocol, expected] : cases)
        STRCMP_EQUAL_TEXT(expected, admitted("/app/other", protocol).c_str(), protocol);
}

TEST(ConnectRequest, TakesAnyVersionWhereTheApplicationSaysSo) { // spec §1.2
    world.set(&App::strictProtocol, false);
    for (const char *protocol : {"", "1", "4", "8", "x", "8.6.0"})
        STRCMP_EQUAL_TEXT("417702", admitted(std::string("/app/") + kKey, protocol).c_str(),
                          protocol);
}

TEST(ConnectRequest, AsksForTlsOnlyWhereTheApplicationDoes) {
    STRCMP_EQUAL("417702", admitted(toExample("", false)).c_str());
    world.set(&App::tlsRequired, true);
    STRCMP_EQUAL("4000 Application only accepts TLS", admitted(toExample("", false)).c_str());
    STRCMP_EQUAL("417702", admitted(toExample("", true)).c_str());
}

TEST(ConnectRequest, AsksForAnAllowedOrigin) { // spec reverb-config §5
    STRCMP_EQUAL("417702", admitted(toExample()).c_str());
    world.set<std::vector<std::string>>(&App::allowedOrigins, {"*.example.com"});
    STRCMP_EQUAL("417702", admitted(toExample("https://a.example.com")).c_str());
    STRCMP_EQUAL("4009 Origin not allowed", admitted(toExample("https://example.com")).c_str());
    STRCMP_EQUAL("4009 Origin not allowed", admitted(toExample()).c_str());
    world.set(&App::allowMissingOrigin, true);
    STRCMP_EQUAL("417702", admitted(toExample()).c_str());
    STRCMP_EQUAL("4009 Origin not allowed", admitted(toExample("https://example.com")).c_str());
}

TEST(ConnectRequest, CountsEveryOpenSocketOfTheApplication) { // spec §1.4
    world.set<std::int64_t>(&App::maxConnections, 2);
    TestClient stranger(world, world.other(), "3.1"), ana(world, "1.1");
    STRCMP_EQUAL("417702", admitted(toExample()).c_str());
    TestClient ben(world, "2.1");

    STRCMP_EQUAL("4004 Application is over connection quota", admitted(toExample()).c_str());
    STRCMP_EQUAL("2", admitted("/app/other").c_str());
}

TEST(ConnectRequest, ZeroConnectionsOfAnApplicationIsNone) {
    world.set<std::int64_t>(&App::maxConnections, 0);

    STRCMP_EQUAL("4004 Application is over connection quota", admitted(toExample()).c_str());
}

TEST(ConnectRequest, BoundsTheWorkerAsAWhole) {
    limits.maxConnections = 2;
    TestClient ana(world, "1.1");
    STRCMP_EQUAL("417702", admitted(toExample()).c_str());
    TestClient stranger(world, world.other(), "3.1");

    STRCMP_EQUAL("4100 Over capacity", admitted(toExample()).c_str());
    limits.maxConnections = 0;
    STRCMP_EQUAL("417702", admitted(toExample()).c_str());
}

TEST(ConnectRequest, BoundsOneAddress) {
    STRCMP_EQUAL("417702", admitted(toExample(), 1000).c_str());
    limits.maxConnectionsPerAddress = 3;

    STRCMP_EQUAL("417702", admitted(toExample(), 2).c_str());
    STRCMP_EQUAL("4100 Over capacity", admitted(toExample(), 3).c_str());
}

TEST(ConnectRequest, FindsTheKeyInFrontOfAResumeToken) {
    const std::string path = std::string("/app/") + kKey + "~mhx2k1.8fj3q0w";
    STRCMP_EQUAL("417702", admitted(path).c_str());
    STRCMP_EQUAL("4001", admitted(path + "!").c_str());
    STRCMP_EQUAL("4001", admitted("/app/unknown~mhx2k1.8fj3q0w").c_str());
}

TEST(ConnectRequest, LooksUpTheWholeKeyFirst) {
    world.set<std::string>(&App::key, "other~mhx2k1.8fj3q0w");
    STRCMP_EQUAL("417702", admitted("/app/other~mhx2k1.8fj3q0w").c_str());
    STRCMP_EQUAL("2", admitted("/app/other~mhx2k1.8fj3q0x").c_str());
}

TEST(ConnectRequest, PassesAResumeTokenOn) {
    ConnectRequest request = toExample();
    STRCMP_EQUAL("", admit(request, world.applications, limits, 0)->resumeToken.c_str());
    request.path += "~mhx2k1.8fj3q0w";
    STRCMP_EQUAL("mhx2k1.8fj3q0w",
                 admit(request, world.applications, limits, 0)->resumeToken.c_str());
}

TEST(ConnectRequest, ShowsNoSecretOfAToken) {
    STRCMP_EQUAL("/app/key", shownPath("/app/key").c_str());
    STRCMP_EQUAL("/app/key~...", shownPath("/app/key~mhx2k1.8fj3q0w").c_str());
}
