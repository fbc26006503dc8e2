// SPDX-License-Identifier: MIT
#include "worker/clients/opening.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace pregon;

namespace {

const std::string kUpgrade = "GET /app/key?protocol=7 HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n"
                             "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                             "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

Opening open(const std::string &received) {
    return Opening::of(received, {"", false});
}

} // namespace

TEST_GROUP(Opening){static void expectAnswer(const char *status, const std::string &received){
    const Opening opening = open(received);
CHECK_TRUE(opening.kind == Opening::Kind::Answer);
STRNCMP_EQUAL(status, opening.answer.c_str() + std::string("HTTP/1.1 ").size(), 3);
}
}
;

TEST(Opening, WaitsForTheWholeHead) {
    for (std::size_t i = 0; i < kUpgrade.size(); i++)
        CHECK_TRUE(open(kUpgrade.substr(0, i)).kind == Opening::Kind::Incomplete);
}

TEST(Opening, TellsWhereTheFramesBegin) {
    const Opening opening = open(kUpgrade + "\x81");
    CHECK_TRUE(opening.kind == Opening::Kind::Upgrade);
    STRCMP_EQUAL("/app/key", opening.head.path.c_str());
    LONGS_EQUAL(kUpgrade.size(), opening.length);
}

TEST(Opening, AHeadThatIsTooLargeIsRefused) {
    const std::string start = "GET /app/key HTTP/1.1\r\nCookie: ";
    const std::string large(Opening::kMaxHead, 'x');
    expectAnswer("431", start + large);              // and has no end yet
    expectAnswer("431", start + large + "\r\n\r\n"); // or came whole
}

TEST(Opening, EverythingElseIsAnswered) {
    expectAnswer("400", "nonsense\r\n\r\n");
    expectAnswer("200", "GET /up HTTP/1.1\r\nHost: a\r\n\r\n");
    expectAnswer("404", "GET /other HTTP/1.1\r\nHost: a\r\n\r\n");
    std::string old = kUpgrade;
    old.replace(old.find("Version: 13"), 11, "Version: 8");
    expectAnswer("426", old);
}
