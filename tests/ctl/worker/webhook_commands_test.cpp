// SPDX-License-Identifier: MIT
#include "ctl/worker/webhook_commands.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace pregon;

namespace {

std::string adviceFor(const std::string &json) {
    const auto document = JsonDocument::parse(json);
    CHECK(document.has_value());
    return webhookAdvice(document->root());
}

} // namespace

TEST_GROUP(WebhookCommands){};

TEST(WebhookCommands, SayWhatToDoAboutAnAnswer) {
    const std::pair<const char *, const char *> cases[] = {
        {R"({"status":419,"ok":false})", "CSRF"},
        {R"({"status":302,"ok":false})", "a redirect is not followed"},
        {R"({"status":401,"ok":false})", "secret"},
        {R"({"status":410,"ok":false})", "until a reload"},
        {R"({"status":500,"ok":false})", "no 2xx"},
        {R"({"status":0,"ok":false,"error":"no answer in time"})", "no 2xx"},
        {R"({"status":200,"ok":true,"milliseconds":4001})", "queue the work"},
    };
    for (const auto &[json, expected] : cases)
        CHECK_TRUE_TEXT(adviceFor(json).find(expected) != std::string::npos,
                        adviceFor(json).c_str());
}

TEST(WebhookCommands, SayNothingAboutAnAnswerThatIsFine) {
    STRCMP_EQUAL("", adviceFor(R"({"status":204,"ok":true,"milliseconds":4000})").c_str());
}
