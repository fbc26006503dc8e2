// SPDX-License-Identifier: MIT
#include "shared/config/dotenv.h"

#include "shared/auth/cipher.h"
#include "shared/json/json.h"
#include "shared/small_file.h"
#include "shared/text_encoding.h"

#include <map>
#include <vector>

#include "CppUTest/TestHarness.h"

using namespace pregon;

TEST_GROUP(Dotenv) {
    const JsonDocument table = [] {
        const auto text = readSmallFile("tests/shared/config/dotenv_table.json");
        CHECK_TRUE_TEXT(text.has_value(), text ? "" : text.error().reason.c_str());
        auto document = JsonDocument::parse(text.value_or("[]"));
        CHECK_TRUE_TEXT(document.has_value(), document ? "" : document.error().reason.c_str());
        return std::move(*document);
    }();

    static std::string textOf(JsonValue row) {
        if (const auto plain = row.find("text").asString())
            return *plain;
        return decodeBase64(row.find("base64").asString().value_or("")).value_or("?");
    }
    /// phpdotenv's own words.
    static std::string wordsFor(DotenvError error) {
        const std::map<DotenvError, std::string> words = {
            {DotenvError::InvalidName, "invalid name"},
            {DotenvError::UnexpectedEquals, "unexpected equals"},
            {DotenvError::UnexpectedEscape, "unexpected escape sequence"},
            {DotenvError::UnexpectedText, "unexpected whitespace"},
            {DotenvError::MissingQuote, "missing closing quote"},
        };
        const auto found = words.find(error);
        return found != words.end() ? found->second : "another";
    }
    /// `NAME=[value]`, or `NAME` of a name that is unset, sorted; or `refused: why`.
    static std::string resultOf(const std::string &text) {
        const Dotenv file = Dotenv::parse(text);
        if (!file.faults.empty())
            return "refused: " + wordsFor(file.faults.front().error);
        std::map<std::string, std::string> values;
        for (const auto &entry : file.entries)
            values[entry.name] = entry.value ? "=[" + *entry.value + "]" : "";
        return joined(values);
    }
    static std::string expectedOf(JsonValue row) {
        if (const auto refused = row.find("refused").asString())
            return "refused: " + *refused;
        std::map<std::string, std::string> values;
        row.find("values").forEach([&](std::string_view name, JsonValue value) {
            const auto text = value.asString();
            values[std::string(name)] = text ? "=[" + *text + "]" : "";
        });
        return joined(values);
    }
    static std::string joined(const std::map<std::string, std::string> &values) {
        std::string all;
        for (const auto &[name, value] : values)
            all += name + value + "\n";
        return all;
    }
    static std::string passedOver(const std::string &text) {
        std::string all;
        for (const auto &[first, last] : Dotenv::parse(text).passedOver)
            all += std::to_string(first) + "-" + std::to_string(last) + " ";
        return all;
    }
    static std::string env(const char *value) {
        return laravelEnvValue(value).value_or("(null)");
    }
};

TEST(Dotenv, ReadsEveryFileAsTheRealPhpdotenv) {
    std::size_t rows = 0;
    table.root().forEach([&](std::string_view, JsonValue row) {
        const std::string text = textOf(row);
        STRCMP_EQUAL_TEXT(expectedOf(row).c_str(), resultOf(text).c_str(), text.c_str());
        rows++;
    });
    CHECK_TRUE(rows > 400);
}

TEST(Dotenv, NamesTheLineOfAValueAlsoBehindOneOfSeveralLines) {
    const Dotenv file = Dotenv::parse("\xEF\xBB\xBF# keys\r\nA=\"x\r\ny\"\r\n\r\nB=1\rC=2\nB=3\n");
    LONGS_EQUAL(2, file.find("A")->line);
    STRCMP_EQUAL("x\ny", file.find("A")->value->c_str());
    LONGS_EQUAL(6, file.find("C")->line);
    LONGS_EQUAL(7, file.find("B")->line);
    CHECK_TRUE(file.find("D") == nullptr);
}

TEST(Dotenv, FindsEveryFaultWithItsLineAndName) {
    const Dotenv file = Dotenv::parse("A=a b\nB=1\nno name\nC='it''s'\n=1\nD=\"a\\qb\"\nE='x\n");
    LONGS_EQUAL(6, file.faults.size());
    const std::size_t lines[] = {1, 3, 4, 5, 6, 7};
    const char *names[] = {"A", "", "C", "", "D", "E"};
    for (std::size_t i = 0; i < 6; i++) {
        LONGS_EQUAL(lines[i], file.faults[i].line);
        STRCMP_EQUAL(names[i], file.faults[i].name.c_str());
    }
    STRCMP_EQUAL("1", file.find("B")->value->c_str());
}

TEST(Dotenv, TellsWhatPhpdotenvPassesOverWithoutAWord) {
    STRCMP_EQUAL("2-4 ", passedOver("A=1\nB=\"x\nC=2\n").c_str());
    STRCMP_EQUAL("1-3 ", passedOver("# A=\"x\nB=2\n\"\nC=3\n").c_str());
    STRCMP_EQUAL("", passedOver("# A=\"x\"\nB=\"2\n\"\n").c_str());
}

TEST(Dotenv, TellsOfAReferenceThatNoLineAboveSets) {
    const Dotenv file = Dotenv::parse("B=1\nA=${B}\nC=${D}x\nD=1\n");
    STRCMP_EQUAL("", file.find("A")->undefined.c_str());
    STRCMP_EQUAL("D", file.find("C")->undefined.c_str());
    STRCMP_EQUAL("${D}x", file.find("C")->value->c_str());
}

TEST(Dotenv, DoesNotGrowByReferences) {
    std::string text = "A=" + std::string(40'000, 'x') + "\n";
    for (int i = 0; i < 100; i++)
        text += "B" + std::to_string(i) + "=${A}${A}\nC" + std::to_string(i) + "=${A}\n";
    const Dotenv file = Dotenv::parse(text);
    std::size_t total = 0;
    for (const auto &entry : file.entries)
        total += entry.value->size();
    CHECK_TRUE(total <= 8 << 20);
    CHECK_TRUE(file.faults.front().error == DotenvError::TooLong);
    STRCMP_EQUAL("B0", file.faults.front().name.c_str());
}

TEST(Dotenv, KnowsLaravelsWords) {
    const std::pair<const char *, const char *> cases[] = {
        {"TRUE", "true"},   {"(true)", "true"},   {"False", "false"},   {"(FALSE)", "false"},
        {"null", "(null)"}, {"(null)", "(null)"}, {"(Empty)", ""},      {"empty", ""},
        {"'a'", "a"},       {"\"a b\"", "a b"},   {"\"a'", "\"a'"},     {"yes", "yes"},
        {"", ""},           {"\"", "\""},         {"'true'", "true"},   {"(yes)", "(yes)"},
        {"1", "1"},         {"''", ""},           {"'a\nb'", "'a\nb'"}, {" true", " true"},
    };
    for (const auto &[value, expected] : cases)
        STRCMP_EQUAL_TEXT(expected, env(value).c_str(), value);
}

TEST_GROUP(TextEncoding){};

TEST(TextEncoding, DropsAByteOrderMarkOnce) {
    STRCMP_EQUAL("{}", std::string(withoutByteOrderMark("\xEF\xBB\xBF{}")).c_str());
    STRCMP_EQUAL("{}", std::string(withoutByteOrderMark("{}")).c_str());
    STRCMP_EQUAL("\xEF\xBB\xBF",
                 std::string(withoutByteOrderMark("\xEF\xBB\xBF\xEF\xBB\xBF")).c_str());
}

TEST(TextEncoding, PutsAQuestionMarkForWhatIsNoUtf8) {
    STRCMP_EQUAL("a?b\xC3\xB1?", replaceInvalidUtf8("a\xF1"
                                                    "b\xC3\xB1\xE2\x82")
                                     .c_str());
}
