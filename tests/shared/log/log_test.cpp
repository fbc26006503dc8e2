// SPDX-License-Identifier: MIT
#include "shared/log/log.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace pregon;

TEST_GROUP(Log){static std::string valueOf(const std::string &text){
    return formatLogLine("w", {{"key", text}}).substr(6);
}
}
;

TEST(Log, LineIsWordsAndPairs) {
    const std::string line = formatLogLine(
        "ws opened", {{"socket", "1234.5678"}, {"code", 4201}, {"app", std::string("main")}});

    STRCMP_EQUAL("ws opened socket=1234.5678 code=4201 app=main", line.c_str());
}

TEST(Log, LineMayHaveNoPairs) {
    STRCMP_EQUAL("fcgi stopped", formatLogLine("fcgi stopped", {}).c_str());
}

TEST(Log, NumbersKeepTheirSign) {
    STRCMP_EQUAL("w a=-1 b=18446744073709551615",
                 formatLogLine("w", {{"a", -1}, {"b", ~0ull}}).c_str());
}

TEST(Log, ValuesAreQuotedAndEscapedWhereNeeded) {
    const std::pair<std::string, const char *> cases[] = {
        {"plain", "plain"},
        {"", R"("")"},
        {"two words", R"("two words")"},
        {"a=b", R"("a=b")"},
        {"say \"hi\"", R"("say \"hi\"")"},
        {"back\\slash", R"("back\\slash")"},
        {"a\nws closed socket=1", R"("a\x0aws closed socket=1")"},
        {"\x1b[31m", R"("\x1b[31m")"},
        {std::string("a\0b", 3), R"("a\x00b")"},
        {"\x7f", R"("\x7f")"},
        {"café", "café"},
    };
    for (const auto &[text, expected] : cases)
        STRCMP_EQUAL(expected, valueOf(text).c_str());
}

TEST(Log, WhatTurnsTextOrIsNoTextIsEscaped) {
    const std::pair<std::string, const char *> cases[] = {
        {"\xc2\x9b"
         "31m",
         R"("\xc2\x9b31m")"}, // CSI of C1
        {"a\xe2\x80\xae"
         "b",
         R"("a\xe2\x80\xaeb")"}, // right-to-left override
        {"a\xe2\x80\xa8"
         "b",
         R"("a\xe2\x80\xa8b")"}, // line separator
        {"a\xff", R"("a\xff")"},
        {"a\xc3", R"("a\xc3")"}, // half of a character
        {"😀", "😀"},
    };
    for (const auto &[text, expected] : cases)
        STRCMP_EQUAL(expected, valueOf(text).c_str());
}

TEST(Log, AValueIsCutWhereACharacterEnds) {
    STRCMP_EQUAL(std::string(300, 'a').c_str(), valueOf(std::string(300, 'a')).c_str());
    STRCMP_EQUAL(('"' + std::string(300, 'a') + "…\"").c_str(),
                 valueOf(std::string(10'000, 'a')).c_str());
    STRCMP_EQUAL(('"' + std::string(299, 'a') + "…\"").c_str(),
                 valueOf(std::string(299, 'a') + "éé").c_str());
}

TEST(Log, ALineStaysWithinWhatAPipeTakesAtOnce) {
    const std::string hostile(10'000, '\x01');

    const std::string line =
        formatLogLine("w", {{"a", hostile}, {"b", hostile}, {"c", hostile}, {"d", hostile}});

    CHECK_TRUE(line.size() + sizeof "<4>\n" <= 4096);
    CHECK_TRUE(line.ends_with("…"));
}
