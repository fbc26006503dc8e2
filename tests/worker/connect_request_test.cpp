#include "worker/connect_request.h"

#include "tests/worker/test_client.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace pregon;
using namespace pregon::workertest;

TEST_GROUP(ConnectRequest) {
    TestWorld world;

    /// The id of the application that takes the client, or the code and text of the refusal.
    static std::string admitted(const ConnectRequest &request, ApplicationRegistry &applications) {
        const auto application = admit(request, applications);
        if (application)
            return (*application)->settings().id;
        return std::to_string(static_cast<int>(application.error().code)) + " " +
               std::string(application.error().text);
    }
    std::string admitted(const std::string &path, const std::string &protocol = "7") {
        return admitted({path, protocol}, world.applications);
    }
};

TEST(ConnectRequest, FindsTheKeyInThePath) {
    const std::pair<const char *, const char *> cases[] = {
        {"/app/abc", "abc"}, {"/app/", "none"},    {"/app", "none"},     {"/", "none"},
        {"", "none"},        {"/app/a/b", "none"}, {"/app/a/", "none"},  {"/apps/a", "none"},
        {"/App/a", "none"},  {"//app/a", "none"},  {"/x/app/a", "none"},
    };
    for (const auto &[path, expected] : cases)
        STRCMP_EQUAL_TEXT(expected, appKeyOf(path).value_or("none").c_str(), path);
}

TEST(ConnectRequest, AdmitsByKey) {
    STRCMP_EQUAL("417702", admitted(std::string("/app/") + kKey).c_str());
    STRCMP_EQUAL("2", admitted("/app/other").c_str());
}

TEST(ConnectRequest, RefusesByPathThenKeyThenVersion) { // spec §1.4
    STRCMP_EQUAL("4005", admitted("/elsewhere", "x").substr(0, 4).c_str());
    STRCMP_EQUAL("4001 Application does not exist", admitted("/app/OTHER", "x").c_str());
    STRCMP_EQUAL("4006", admitted("/app/other", "x").substr(0, 4).c_str());
}

TEST(ConnectRequest, SpeaksVersions5To7) { // spec §1.2
    const std::pair<const char *, const char *> cases[] = {
        {"", "2"},      {"5", "2"},     {"6", "2"},        {"7", "2"},
        {"07", "2"},    {"1", "4007"},  {"4", "4007"},     {"8", "4007"},
        {"0", "4007"},  {"-7", "4007"}, {"x", "4006"},     {"7.0", "4006"},
        {"7x", "4006"}, {" 7", "4006"}, {"8.6.0", "4006"}, {"99999999999999999999", "4007"},
    };
    for (const auto &[protocol, expected] : cases)
        STRCMP_EQUAL_TEXT(expected, admitted("/app/other", protocol).substr(0, 4).c_str(),
                          protocol);
}

TEST(ConnectRequest, CountsEveryOpenSocketOfTheApplication) { // spec §1.4
    App two = exampleApp();
    two.maxConnections = 2;
    ApplicationRegistry applications({two});
    const ConnectRequest request{std::string("/app/") + kKey, "7"};

    applications.all()[0].connectionCount = 1;
    STRCMP_EQUAL("417702", admitted(request, applications).c_str());
    applications.all()[0].connectionCount = 2;
    STRCMP_EQUAL("4004 Application is over connection quota",
                 admitted(request, applications).c_str());
}

TEST(ConnectRequest, ZeroConnectionsIsNone) {
    App none = exampleApp();
    none.maxConnections = 0;
    ApplicationRegistry applications({none});

    STRCMP_EQUAL("4004",
                 admitted({std::string("/app/") + kKey, "7"}, applications).substr(0, 4).c_str());
}
