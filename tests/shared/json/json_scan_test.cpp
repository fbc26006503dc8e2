// SPDX-License-Identifier: MIT
#include "shared/json/json_scan.h"

#include <random>
#include <string>
#include <vector>

#include "CppUTest/TestHarness.h"

using namespace pregon;

namespace {

std::string nested(std::size_t levels) {
    return std::string(levels, '[') + std::string(levels, ']');
}

} // namespace

TEST_GROUP(JsonScan){/// The raw text of member `a`; "missing", "malformed".
                     static std::string memberA(std::string_view text){
                         const auto found = scanJsonObject(text, {"a"});
if (!found)
    return "malformed";
const JsonSlice &slice = (*found)[0];
return slice.isMissing() ? "missing" : std::string(slice.raw);
}

static JsonKind kindOfA(std::string_view text) {
    const auto found = scanJsonObject(text, {"a"});
    return found ? (*found)[0].kind : JsonKind::Missing;
}

static std::string decoded(std::string_view raw) {
    CHECK_TRUE_TEXT(validateJson(raw).has_value(), std::string(raw).c_str());
    const std::string text = decodeJsonString(raw);
    LONGS_EQUAL(text.size(), decodedJsonLength(raw));
    return text;
}
}
;

TEST(JsonScan, AcceptsWhatRfc8259Allows) {
    const char *cases[] = {
        "null",
        "true",
        "false",
        "0",
        "-0",
        "10",
        "-1",
        "1.5",
        "1e9",
        "1E+9",
        "1.0e-9",
        "123456789012345678901234567890",
        R"("")",
        R"("a")",
        R"("\"\\\/\b\f\n\r\t")",
        R"("\u0000")",
        R"("\u00e9\u20AC")",
        R"("\ud83d\ude00")",
        "\"\x7f\"",
        "[]",
        "[ ]",
        "[1,2]",
        "[[],[[]],{}]",
        "{}",
        "{ }",
        R"({"a":1})",
        R"({"a":{"b":[]},"c":[{}]})",
        R"({"":0})",
        " \t\r\n1 \t\r\n",
        "{ \"a\" : [ 1 , 2 ] , \"b\" : null }",
        "\"é€😀\"",
    };
    for (const char *text : cases)
        CHECK_TRUE_TEXT(validateJson(text).has_value(), text);
}

TEST(JsonScan, RefusesWhatRfc8259DoesNotAllow) {
    const char *cases[] = {
        "",
        " ",
        "nul",
        "nulll",
        "True",
        "NaN",
        "Infinity",
        "-",
        "+1",
        "01",
        "-01",
        ".5",
        "1.",
        "1.e5",
        "1e",
        "1e+",
        "0x10",
        "1 2",
        "'a'",
        "a",
        "\"",
        "\"a",
        R"("\)",
        R"("\x")",
        R"("\u")",
        R"("\u12")",
        R"("\u12g4")",
        R"("\U0041")",
        "\"a\nb\"",
        "\"\x01\"",
        "\"\x1f\"",
        "\"\t\"",
        "[",
        "[1",
        "[1,",
        "[1,]",
        "[,1]",
        "[1 2]",
        "]",
        "{",
        R"({"a")",
        R"({"a":)",
        R"({"a":1)",
        R"({"a":1,})",
        R"({,"a":1})",
        R"({a:1})",
        R"({"a" 1})",
        R"({1:2})",
        R"({"a":1 "b":2})",
        "}",
        "[}",
        "{]",
        "[1}",
        R"({"a":1])",
        "1,",
        "// c\n1",
        "/**/1",
        "\xef\xbb\xbf{}",
        "{}x",
        "{}{}",
    };
    for (const char *text : cases)
        CHECK_FALSE_TEXT(validateJson(text).has_value(), text);
}

TEST(JsonScan, RefusesANulByte) {
    for (const std::string &text :
         {std::string("\0", 1), std::string("1\0", 2), std::string("\"a\0\"", 4)})
        CHECK_FALSE(validateJson(text).has_value());
}

TEST(JsonScan, RefusesLoneSurrogates) {
    const char *cases[] = {R"("\ud83d")",       R"("\ude00")",       R"("\ud83d\ud83d")",
                           R"("\ud83dx")",      R"("\ud83d\n")",     R"("\ude00\ud83d")",
                           R"("\ud83d\u0041")", R"("\uDFFF\uDFFF")", R"("\ud83d\)"};
    for (const char *text : cases)
        CHECK_FALSE_TEXT(validateJson(text).has_value(), text);
}

TEST(JsonScan, AcceptsOnlyWellFormedUtf8) {
    const std::pair<const char *, bool> cases[] = {
        {"\xc2\x80", true},
        {"\xdf\xbf", true},
        {"\xe0\xa0\x80", true},
        {"\xed\x9f\xbf", true},
        {"\xee\x80\x80", true},
        {"\xf0\x90\x80\x80", true},
        {"\xf4\x8f\xbf\xbf", true},
        {"\x80", false},
        {"\xc0\xaf", false},
        {"\xc1\xbf", false},
        {"\xc2", false},
        {"\xc2\x41", false},
        {"\xe0\x9f\xbf", false},
        {"\xe2\x82", false},
        {"\xed\xa0\x80", false},
        {"\xed\xbf\xbf", false},
        {"\xf0\x8f\xbf\xbf", false},
        {"\xf4\x90\x80\x80", false},
        {"\xf5\x80\x80\x80", false},
        {"\xf0\x9f\x98", false},
        {"\xfe", false},
    };
    for (const auto &[bytes, isValid] : cases) {
        CHECK_EQUAL(isValid, isValidUtf8(bytes));
        CHECK_EQUAL(isValid, validateJson("\"" + std::string(bytes) + "\"").has_value());
    }
}

TEST(JsonScan, TellsACharacterThatIsCutFromAWrongOne) {
    const std::pair<const char *, int> cases[] = {
        // -1: no continuation can mend it
        {"", 0},
        {"a\xc2", 1},
        {"\xe2", 0},
        {"a\xe2\x82", 1},
        {"\xf0\x90", 0},
        {"\xf0\x90\x80", 0},
        {"\xf4\x8f\xbf", 0},
        {"\xe0\xa0", 0},
        {"\xed\x9f", 0},
        {"\xe2\x82\xac", 3},
        {"\x80", -1},
        {"a\xff", -1},
        {"\xc0", -1},
        {"\xe0\x9f", -1},
        {"\xed\xa0", -1},
        {"\xf0\x8f", -1},
        {"\xf4\x90", -1},
        {"\xf5", -1},
        {"\xe2\x41", -1},
        {"\xc2\x41", -1},
        {"\xe2\x82\x41", -1},
    };
    for (const auto &[bytes, expected] : cases) {
        const auto whole = wholeCharacters(bytes);
        LONGS_EQUAL_TEXT(expected, whole ? static_cast<int>(*whole) : -1, bytes);
    }
}

TEST(JsonScan, CountsCharacters) {
    LONGS_EQUAL(0, countCodePoints(""));
    LONGS_EQUAL(4, countCodePoints("aé€😀"));
}

TEST(JsonScan, AcceptsTheNestingThatPhpAccepts) {
    CHECK_TRUE(scanJsonObject("{\"a\":" + nested(511) + "}", {"a"}).has_value());
    CHECK_FALSE(scanJsonObject("{\"a\":" + nested(512) + "}", {"a"}).has_value());
    CHECK_FALSE(validateJson(nested(513)).has_value());
    CHECK_FALSE(validateJson(nested(1000000)).has_value());
}

TEST(JsonScan, CountsTheLevelsOfAnyValueAlike) {
    CHECK_TRUE(validateJson(nested(512)).has_value());
}

TEST(JsonScan, CountsDepthAndNotTheNumberOfArrays) {
    std::string text = "[";
    for (int i = 0; i < 2000; i++)
        text += "[[]],";
    CHECK_TRUE(validateJson(text + "0]").has_value());
}

TEST(JsonScan, FindsMembersVerbatim) {
    const std::pair<const char *, const char *> cases[] = {
        {R"({"a":"x\u0041\/"})", R"("x\u0041\/")"},
        {R"({"a": {"z":1, "y":[ 2 ]} })", R"({"z":1, "y":[ 2 ]})"},
        {R"({"b":0,"a":12345678901234567890.10})", "12345678901234567890.10"},
        {R"({"a":1,"a":2})", "2"},
        {R"({"a":1,"\u0061":2})", "2"},
        {R"({"\u0061":1,"b":2})", "1"},
        {R"({"A":1})", "missing"},
        {R"({"b":{"a":1}})", "missing"},
        {R"({})", "missing"},
        {R"([])", "malformed"},
        {R"("a")", "malformed"},
        {R"({"a":1}x)", "malformed"},
        {R"({"a":1,"b":tru})", "malformed"},
        {R"({"\ud800":1,"a":2})", "malformed"},
    };
    for (const auto &[text, expected] : cases)
        STRCMP_EQUAL_TEXT(expected, memberA(text).c_str(), text);
}

TEST(JsonScan, TellsTheKindOfAMember) {
    CHECK(kindOfA(R"({"a":null})") == JsonKind::Null);
    CHECK(kindOfA(R"({"a":false})") == JsonKind::Boolean);
    CHECK(kindOfA(R"({"a":-1})") == JsonKind::Number);
    CHECK(kindOfA(R"({"a":"1"})") == JsonKind::String);
    CHECK(kindOfA(R"({"a":[]})") == JsonKind::Array);
    CHECK(kindOfA(R"({"a":[1]})") == JsonKind::Array);
    CHECK(kindOfA(R"({"a":{"b":[1]}})") == JsonKind::Object);
}

TEST(JsonScan, VisitsTheElementsOfAnArrayInOrder) {
    std::string seen;
    const auto done = scanJsonArray(R"([ 1, "b" ,[2], {} ])", [&](JsonSlice element) {
        seen += std::string(element.raw) + "|";
        return true;
    });

    CHECK_TRUE(done.has_value());
    STRCMP_EQUAL("1|\"b\"|[2]|{}|", seen.c_str());
}

TEST(JsonScan, StopsWhereTheVisitorHasEnough) {
    int count = 0;
    CHECK_TRUE(scanJsonArray("[1,2,3]", [&](JsonSlice) { return ++count < 2; }).has_value());
    LONGS_EQUAL(2, count);
}

TEST(JsonScan, RefusesAMalformedArray) {
    for (const char *text : {"", "[", "[1", "[1,]", "{}", "[1]]", "[1}", "[tru]"})
        CHECK_FALSE_TEXT(scanJsonArray(text, [](JsonSlice) { return true; }).has_value(), text);
}

TEST(JsonScan, DecodesEscapes) {
    STRCMP_EQUAL("\"\\/\b\f\n\r\t", decoded(R"("\"\\\/\b\f\n\r\t")").c_str());
    STRCMP_EQUAL("aéé€€😀", decoded(R"("aé\u00e9€\u20ac\ud83d\ude00")").c_str());
    STRCMP_EQUAL("\\u0041", decoded(R"("\\u0041")").c_str());
    CHECK_TRUE(decoded(R"("a\u0000b")") == std::string("a\0b", 3));
    STRCMP_EQUAL("", decoded(R"("")").c_str());
}

TEST(JsonScan, WritesStringsThatItReadsBack) {
    std::string all;
    for (int c = 0; c < 128; c++)
        all += static_cast<char>(c);
    std::string written;
    appendJsonString(written, all + "é😀");

    CHECK_TRUE(decoded(written) == all + "é😀");
    CHECK_TRUE(written.starts_with(R"("\u0000\u0001)"));
}

TEST(JsonScan, SurvivesEveryCutAndEverySingleByteChange) {
    const std::string whole = R"({"a":[1.5e3,"\ud83d\ude00é",{"b":null,"c":true}],"d":-0})";
    for (std::size_t i = 0; i < whole.size(); i++) {
        CHECK_FALSE(validateJson(whole.substr(0, i)).has_value());
        for (int byte = 0; byte < 256; byte++) {
            std::string changed = whole;
            changed[i] = static_cast<char>(byte);
            (void)scanJsonObject(changed, {"a", "d"});
        }
    }
}
