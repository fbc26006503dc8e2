// SPDX-License-Identifier: MIT
#include "shared/protocol/frame.h"

#include "tests/worker/test_client.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace pregon;

namespace {

std::string textOf(const Frame &frame) {
    return std::string(frame.bytes());
}

} // namespace

TEST_GROUP(Frame){static std::string headerOf(std::size_t payload){
    const std::string bytes = textOf(textFrame(std::string(payload, 'x')));
return bytes.substr(0, bytes.size() - payload);
}
}
;

TEST(Frame, IsSharedByItsCopiesAndReleasedWithTheLast) {
    Frame frame = textFrame("one");
    Frame copy = frame;
    const Frame moved = std::move(frame);
    CHECK_FALSE(static_cast<bool>(frame));
    CHECK_TRUE(copy == moved);
    CHECK_FALSE(copy == textFrame("one"));
    copy = textFrame("two");
    copy = Frame(copy);
    STRCMP_EQUAL("\x81\x03one", textOf(moved).c_str());
    STRCMP_EQUAL("\x81\x03two", textOf(copy).c_str());
}

TEST(Frame, TextHasTheShortestLengthForm) { // RFC 6455 §5.2
    const std::pair<std::size_t, std::string> cases[] = {
        {0, {"\x81\x00", 2}},
        {1, "\x81\x01"},
        {125, "\x81\x7d"},
        {126, {"\x81\x7e\x00\x7e", 4}},
        {255, {"\x81\x7e\x00\xff", 4}},
        {65535, "\x81\x7e\xff\xff"},
        {65536, {"\x81\x7f\0\0\0\0\0\1\0\0", 10}},
        {0x123456, {"\x81\x7f\0\0\0\0\0\x12\x34\x56", 10}},
    };
    for (const auto &[length, header] : cases)
        CHECK_TRUE(headerOf(length) == header);
}

TEST(Frame, TextEndsWithItsPayload) {
    STRCMP_EQUAL("\x81\x05héy!", textOf(textFrame("héy!")).c_str());
    STRCMP_EQUAL(std::string(300, 'a').c_str(),
                 workertest::describe(textOf(textFrame(std::string(300, 'a')))).c_str());
}

TEST(Frame, PingIsEmpty) {
    CHECK_TRUE(textOf(pingFrame()) == std::string("\x89\x00", 2));
}

TEST(Frame, CloseHasCodeAndReason) {
    CHECK_TRUE(textOf(closeFrame(4201, "Gone")) == std::string("\x88\x06\x10\x69Gone"));
    CHECK_TRUE(textOf(closeFrame(1009, "")) == std::string("\x88\x02\x03\xf1"));
}

TEST(Frame, CloseFitsIntoAControlFrame) {
    const std::string reason(200, 'r');

    LONGS_EQUAL(127, closeFrame(4100, reason).size());
    LONGS_EQUAL(127, closeFrame(4100, reason.substr(0, 123)).size());
    STRCMP_EQUAL(("<close 4100 " + reason.substr(0, 123) + ">").c_str(),
                 workertest::describe(textOf(closeFrame(4100, reason))).c_str());
}
