// SPDX-License-Identifier: MIT
#include "fcgi/notifications/date_text.h"

#include "shared/clock.h"

#include <fstream>
#include <map>
#include <string>

#include "CppUTest/TestHarness.h"

using namespace pregon;

TEST_GROUP(DateText){void teardown() override{useTimeZone("UTC");
}
static std::string read(std::string_view text) {
    const auto seconds = parseTime(text);
    return seconds ? std::to_string(*seconds) : "-";
}
}
;

TEST(DateText, ReadsWhatPhpReadsAsPhpDoesOrNotAtAll) {
    useTimeZone("America/Lima");
    std::ifstream file("tests/fcgi/notifications/recorded/php_dates.tsv");
    std::map<std::string, int> counts;
    std::string line;
    std::getline(file, line); // how it was made
    while (std::getline(file, line)) {
        const std::size_t first = line.find('\t'), second = line.find('\t', first + 1);
        const std::string section = line.substr(0, first);
        const std::string php = line.substr(first + 1, second - first - 1);
        const std::string text = line.substr(second + 1);
        counts[section]++;
        STRCMP_EQUAL_TEXT(section == "taken" ? php.c_str() : "-", read(text).c_str(), text.c_str());
    }
    CHECK(counts["taken"] > 200 && counts["refused"] > 30 && counts["stricter"] > 10);
}

TEST(DateText, KeepsToTheYearsThatColumnsHold) {
    STRCMP_EQUAL("-", read("0999-12-31").c_str());
    STRCMP_EQUAL("-", read("@253402300800").c_str());
    STRCMP_EQUAL("-", read("@99999999999999999999").c_str());
    STRCMP_EQUAL("253402300799", read("@253402300799").c_str());
    STRCMP_EQUAL("253402300799", read("9999-12-31T23:59:59Z").c_str());
}
