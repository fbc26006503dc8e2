// SPDX-License-Identifier: MIT
#include "shared/json/json.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace pregon;

TEST_GROUP(Json) {
    JsonDocument document;

    JsonValue parsed(const char *text) {
        auto result = JsonDocument::parse(text);
        CHECK_TRUE_TEXT(result.has_value(), text);
        if (result)
            document = std::move(*result);
        return document.root();
    }
};

TEST(Json, TellsKinds) {
    const JsonValue root = parsed(R"({"n":null,"b":true,"i":1,"s":"x","a":[],"o":{}})");

    CHECK_TRUE(root.isObject() && root.find("o").isObject() && root.find("a").isArray());
    CHECK_TRUE(root.find("n").isNull() && root.find("b").isBoolean());
    CHECK_TRUE(root.find("i").isNumber() && root.find("s").isString());
    CHECK_FALSE(root.find("n").isObject() || root.find("b").isNull() || root.find("i").isBoolean());
    LONGS_EQUAL(6, root.size());
}

TEST(Json, AnswersNoForAMissingMember) {
    const JsonValue missing = parsed("[1]").find("a").find("b");

    CHECK_FALSE(missing.exists() || missing.isNull() || missing.isObject());
    CHECK_FALSE(missing.asString() || missing.asBoolean() || missing.asInteger());
    LONGS_EQUAL(0, missing.size());
    STRCMP_EQUAL("null", missing.print().c_str());
}

TEST(Json, LastOfEqualNamesWins) {
    LONGS_EQUAL(2, *parsed(R"({"a":1,"a":2})").find("a").asInteger());
}

TEST(Json, NamesAreCaseSensitive) {
    CHECK_FALSE(parsed(R"({"A":1})").find("a").exists());
}

TEST(Json, IntegersAreExactOrNone) {
    const std::pair<const char *, long long> exact[] = {
        {"0", 0}, {"-7", -7}, {"7.0", 7}, {"1e3", 1000}, {"9007199254740992", 9007199254740992}};
    for (const auto &[text, expected] : exact)
        CHECK_TRUE_TEXT(parsed(text).asInteger() == expected, text);
    for (const char *text : {"1.5", "9007199254740994", "1e300", "-1e999", "\"1\"", "true"})
        CHECK_FALSE_TEXT(parsed(text).asInteger().has_value(), text);
}

TEST(Json, NumbersHaveAShortText) {
    STRCMP_EQUAL("25.5", parsed("25.50").asNumberText()->c_str());
    STRCMP_EQUAL("7", parsed("7").asNumberText()->c_str());
    CHECK_FALSE(parsed("\"7\"").asNumberText().has_value());
}

TEST(Json, ANumberBeyondADoubleIsNotCalledNull) {
    const auto text = parsed("1e999").asNumberText();

    CHECK_FALSE(text == "null");
}

TEST(Json, RefusesWhatACStringCannotHold) {
    CHECK_FALSE(JsonDocument::parse(R"("a\u0000b")").has_value());
}

TEST(Json, AcceptsABackslashBeforeTheLettersOfAnEscape) {
    const auto result = JsonDocument::parse(R"("a\\u0000b")");

    CHECK_TRUE(result.has_value());
}

TEST(Json, RefusesWhatTheScannerRefuses) {
    for (const char *text : {"", "{", "[1,]", "\"\\ud800\"", "\"\xff\"", "1 2", "nul"})
        CHECK_FALSE_TEXT(JsonDocument::parse(text).has_value(), text);
}

TEST(Json, VisitsElementsAndMembersInOrder) {
    std::string seen;
    const auto visit = [&](std::string_view name, JsonValue value) {
        seen += std::string(name) + "=" + value.print() + ";";
    };
    parsed(R"({"b":1,"a":"x"})").forEach(visit);
    parsed("[true,null]").forEach(visit);
    parsed("5").forEach(visit);

    STRCMP_EQUAL("b=1;a=\"x\";=true;=null;", seen.c_str());
}

TEST_GROUP(JsonWriter){};

TEST(JsonWriter, PutsCommasWhereTheyBelong) {
    JsonWriter json;
    json.beginObject().key("a").beginArray().number(1).number(-2).beginObject().endObject();
    json.beginArray().endArray().endArray().key("b").null().key("c").boolean(false);
    json.key("d").string("x").key("e").raw("[0]").endObject();

    STRCMP_EQUAL(R"({"a":[1,-2,{},[]],"b":null,"c":false,"d":"x","e":[0]})", json.text().c_str());
}

TEST(JsonWriter, IsNotMisledByTextsThatEndLikeBrackets) {
    JsonWriter json;
    json.beginArray().string("{").string("[").string(":").string("").endArray();

    STRCMP_EQUAL(R"(["{","[",":",""])", json.take().c_str());
}

TEST(JsonWriter, EscapesNamesAndStrings) {
    JsonWriter json;
    json.beginObject().key("a\"b").string("c\\\n").endObject();

    STRCMP_EQUAL("{\"a\\\"b\":\"c\\\\\\u000a\"}", json.text().c_str());
}
