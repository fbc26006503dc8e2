// SPDX-License-Identifier: MIT
#include "worker/cluster/redis_protocol.h"

#include "CppUTest/TestHarness.h"

using namespace pregon;

TEST_GROUP(RedisProtocol){};

TEST(RedisProtocol, CommandsHoldAnyBytes) {
    const std::string command = encodeRedisCommand({"SET", "k", std::string("a\r\n\0b", 5)});
    CHECK_TRUE(command == std::string("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$5\r\na\r\n\0b\r\n", 31));
}

TEST(RedisProtocol, AnswersOfEveryKind) {
    RedisDecoder decoder;
    decoder.append("*5\r\n:7\r\n$2\r\nab\r\n+OK\r\n$-1\r\n*1\r\n:1\r\n-ERR no\r\n");
    const auto list = decoder.next();
    CHECK_TRUE(list && *list);
    LONGS_EQUAL(7, (*list)->at(0).number);
    STRCMP_EQUAL("ab", (*list)->at(1).text.c_str());
    STRCMP_EQUAL("OK", (*list)->at(2).text.c_str());
    CHECK_TRUE((*list)->at(3).kind == RedisReply::Kind::Nothing);
    LONGS_EQUAL(1, (*list)->at(4).at(0).number);
    CHECK_TRUE((*list)->at(9).kind == RedisReply::Kind::Nothing);
    const auto error = decoder.next();
    CHECK_TRUE(error && *error && (*error)->isError());
    STRCMP_EQUAL("ERR no", (*error)->text.c_str());
}

TEST(RedisProtocol, BytesThatAreNoUtf8AreDroppedSoThatNoClientGetsThem) {
    RedisDecoder decoder;
    decoder.append("*3\r\n$3\r\na\xff"
                   "b\r\n$2\r\n\xc3\xa9\r\n$2\r\n\xc3(\r\n");
    const auto list = decoder.next();
    CHECK_TRUE(list && *list && (*list)->at(0).isText());
    STRCMP_EQUAL("", (*list)->at(0).text.c_str());
    STRCMP_EQUAL("\xc3\xa9", (*list)->at(1).text.c_str());
    STRCMP_EQUAL("", (*list)->at(2).text.c_str());
}

TEST(RedisProtocol, WaitsForTheRest) {
    RedisDecoder decoder;
    decoder.append("$5\r\nhel");
    CHECK_TRUE(decoder.next() && !*decoder.next());
    decoder.append("lo\r\n");
    STRCMP_EQUAL("hello", (*decoder.next())->text.c_str());
}

TEST(RedisProtocol, RefusesWhatIsNoRedis) {
    RedisDecoder decoder;
    decoder.append("HTTP/1.1 400 Bad Request\r\n\r\n");
    CHECK_FALSE(decoder.next().has_value());
}

TEST(RedisProtocol, IsEmptyBetweenAnswersOnly) {
    RedisDecoder decoder;
    CHECK_TRUE(decoder.isEmpty());
    decoder.append("*2\r\n");
    CHECK_FALSE(decoder.isEmpty());
    CHECK_TRUE(decoder.next() && !decoder.isEmpty());
    decoder.append("$1\r\na\r\n:1\r\n");
    CHECK_TRUE(decoder.next() && decoder.isEmpty());
    CHECK_TRUE(decoder.next() && decoder.isEmpty());
    decoder.append("+OK\r\n");
    CHECK_FALSE(decoder.isEmpty());
}
