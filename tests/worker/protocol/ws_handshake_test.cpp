// SPDX-License-Identifier: MIT
#include "worker/protocol/ws_handshake.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace pregon;

TEST_GROUP(WsHandshake){
    static std::string request(const std::string &line, const std::string &headers = ""){
        return line + "\r\nHost: a\r\n" + headers + "\r\n";
}
static RequestHead parsed(const std::string &text) {
    const auto head = parseRequestHead(text);
    CHECK_TRUE_TEXT(head.has_value(), text.c_str());
    return head.value_or(RequestHead{});
}
static RequestHead upgrade(const std::string &headers = "") {
    return parsed(
        request("GET /app/key HTTP/1.1", "Upgrade: websocket\r\nConnection: Upgrade\r\n"
                                         "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
                                             headers));
}
}
;

TEST(WsHandshake, FindsTheEndOfTheHead) {
    LONGS_EQUAL(0, requestHeadLength("GET / HTTP/1.1\r\nHost: a\r\n"));
    LONGS_EQUAL(18, requestHeadLength("GET / HTTP/1.1\r\n\r\nrest"));
}

TEST(WsHandshake, ReadsPathQueryAndHeaders) {
    const RequestHead head = parsed(
        request("GET /app/a%20b?protocol=7&x=%2C+1&flag HTTP/1.1", "X-One: 1\r\nx-one:  2 \r\n"));

    STRCMP_EQUAL("/app/a b", head.path.c_str());
    STRCMP_EQUAL("7", std::string(head.parameter("protocol")).c_str());
    STRCMP_EQUAL(", 1", std::string(head.parameter("x")).c_str());
    STRCMP_EQUAL("1, 2", std::string(head.header("x-one")).c_str());
    STRCMP_EQUAL("", std::string(head.header("absent")).c_str());
}

TEST(WsHandshake, RefusesWhatIsNoHttpRequest) {
    for (const std::string &text :
         {std::string("nonsense\r\n\r\n"), std::string("GET  HTTP/1.1\r\n\r\n"),
          std::string("GET / HTTP/2\r\n\r\n"), std::string("GET a HTTP/1.1\r\n\r\n"),
          std::string("GET / HTTP/1.1\r\nno colon\r\n\r\n"),
          std::string("GET / HTTP/1.1\r\nbad name: x\r\n\r\n"),
          std::string("GET / HTTP/1.1\r\nA: b\0c\r\n\r\n", 27)})
        CHECK_FALSE_TEXT(parseRequestHead(text).has_value(), text.c_str());
}

TEST(WsHandshake, KnowsAnUpgradeByItsHeaders) {
    CHECK_TRUE(isUpgrade(upgrade()));
    CHECK_TRUE(isUpgrade(parsed(request("GET / HTTP/1.1", "upgrade: WebSocket\r\nConnection: "
                                                          "keep-alive, Upgrade\r\n"
                                                          "Sec-WebSocket-Key: test\r\n"))));
    for (const char *headers : {"", "Upgrade: websocket\r\nSec-WebSocket-Key: k\r\n",
                                "Upgrade: h2c\r\nConnection: Upgrade\r\nSec-WebSocket-Key: k\r\n"})
        CHECK_FALSE_TEXT(isUpgrade(parsed(request("GET / HTTP/1.1", headers))), headers);
    CHECK_FALSE(isUpgrade(
        parsed(request("POST / HTTP/1.1",
                       "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: k\r\n"))));
}

TEST(WsHandshake, RefusesWhatTheStandardRefuses) { // RFC 6455 §4.2
    const std::string asked = "Upgrade: websocket\r\nConnection: Upgrade\r\n";
    const std::string version = "Sec-WebSocket-Version: 13\r\n", key = "Sec-WebSocket-Key: k\r\n";
    const auto answer = [&](const std::string &headers, const char *http = "HTTP/1.1") {
        const auto head = parsed(request(std::string("GET / ") + http, asked + headers));
        CHECK_TRUE(isUpgrade(head));
        return refusedUpgrade(head).value_or("accepted");
    };

    STRCMP_EQUAL("accepted", answer(version + key).c_str());
    for (const std::string &headers :
         {key, "Sec-WebSocket-Version: 8\r\n" + key, version + version + key,
          "Sec-WebSocket-Version:\r\n" + key}) {
        const std::string refused = answer(headers);
        CHECK_TRUE_TEXT(refused.starts_with("HTTP/1.1 426 "), headers.c_str());
        CHECK_TRUE(refused.find("\r\nSec-WebSocket-Version: 13\r\n") != std::string::npos);
    }
    for (const std::string &refused :
         {answer(version), answer(version + key + key), answer(version + "Sec-WebSocket-Key: \r\n"),
          answer(version + key, "HTTP/1.0")})
        CHECK_TRUE_TEXT(refused.starts_with("HTTP/1.1 400 "), refused.c_str());
}

TEST(WsHandshake, AcceptsWithTheDigestOfTheStandard) { // RFC 6455 §1.3
    STRCMP_EQUAL("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                 "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nX-Pregon: worker\r\n\r\n",
                 upgradeResponse(upgrade()).c_str());
}

TEST(WsHandshake, TakesTheFirstSubprotocolThatIsOffered) {
    const std::string response =
        upgradeResponse(upgrade("Sec-WebSocket-Protocol: chat.v2, other\r\n"));

    CHECK_TRUE(response.find("Sec-WebSocket-Protocol: chat.v2\r\n") != std::string::npos);
}

TEST(WsHandshake, TakesNoSubprotocolThatIsNoToken) {
    const std::string response = upgradeResponse(upgrade("Sec-WebSocket-Protocol: a b\r\n"));

    CHECK_TRUE(response.find("Sec-WebSocket-Protocol") == std::string::npos);
}
