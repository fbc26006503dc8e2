// SPDX-License-Identifier: MIT
#include "worker/clients/plain_http.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace pregon;

TEST_GROUP(PlainHttp){static std::string answer(const std::string &method, const std::string &path,
                                                HttpState state = {}){RequestHead head;
head.method = method;
head.path = path;
return plainAnswer(head, state);
}
static std::string status(const std::string &response) {
    return response.substr(9, 3);
}
static std::string body(const std::string &response) {
    return response.substr(response.find("\r\n\r\n") + 4);
}
}
;

TEST(PlainHttp, UpTellsHowTheWorkerIs) {
    STRCMP_EQUAL("200", status(answer("GET", "/up")).c_str());
    STRCMP_EQUAL(R"({"health":"OK"})", body(answer("GET", "/up")).c_str());
    const std::string draining = answer("GET", "/up", {"", true});
    STRCMP_EQUAL("503", status(draining).c_str());
    STRCMP_EQUAL(R"({"health":"DRAINING"})", body(draining).c_str());
}

TEST(PlainHttp, AHeadHasTheHeadersOfTheGetAndNoBody) {
    for (const char *path : {"/up", "/app/key", "/pusher/1", "/nothing"}) {
        const std::string get = answer("GET", path);
        STRCMP_EQUAL(get.substr(0, get.size() - body(get).size()).c_str(),
                     answer("HEAD", path).c_str());
    }
}

TEST(PlainHttp, AnswersEachPathWithAndWithoutThePrefix) {
    const std::pair<const char *, const char *> cases[] = {
        {"/up", "200"},    {"/ws/up", "200"},          {"/wsup", "404"},    {"/ws", "404"},
        {"/app/k", "426"}, {"/ws/app/k", "426"},       {"/app/a/b", "426"}, {"/up/", "404"},
        {"/", "404"},      {"/pusher/1/a/xhr", "404"}, {"/x/up", "404"},    {"", "404"},
    };
    for (const auto &[path, expected] : cases)
        STRCMP_EQUAL_TEXT(expected, status(answer("GET", path, {"/ws", false})).c_str(), path);
}

TEST(PlainHttp, OtherMethodsDoNotAskForHealth) {
    STRCMP_EQUAL("404", status(answer("POST", "/up")).c_str());
}

TEST(PlainHttp, TellsPagesThatFallBackToSockJsWhatToSet) {
    for (const char *path : {"/pusher/123/abc/xhr_streaming", "/ws/pusher/info"})
        CHECK_TRUE(body(answer("GET", path, {"/ws", false})).find("enabledTransports") !=
                   std::string::npos);
}
