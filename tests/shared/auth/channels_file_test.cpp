// SPDX-License-Identifier: MIT
#include "shared/auth/channels_file.h"

#include "shared/auth/bound_query.h"
#include "shared/auth/user_store.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace pregon;

TEST_GROUP(BoundQuery){
    /// The SQL, and behind a bar what each placeholder stands for.
    static std::string bound(std::string_view sql){const BoundQuery query = bindNames(sql);
std::string text = query.sql + " |";
for (const std::string &name : query.names)
    text += " " + name;
return text;
}
}
;

TEST(BoundQuery, NumbersThePlaceholders) {
    const std::pair<const char *, const char *> cases[] = {
        {"SELECT 1", "SELECT 1 |"},
        {"a = :roomId AND b = :user.id", "a = :p0 AND b = :p1 | roomId user.id"},
        {":a,:a", ":p0,:p1 | a a"},
        {"'it''s :a' = :b", "'it''s :a' = :p0 | b"},
        {"x::text = :a", "x::text = :p0 | a"},
        {"a : b", "a : b |"},
        {"a =:", "a =: |"},
        {"", " |"},
    };
    for (const auto &[sql, expected] : cases)
        STRCMP_EQUAL(expected, bound(sql).c_str());
}

TEST_GROUP(ChannelsFile){static std::string refusalOf(std::string_view json){
    const auto file = parseChannelsFile(json, UserSettings().columns);
return file ? "accepted" : file.error().reason;
}
}
;

TEST(ChannelsFile, ReadsThePresencePart) {
    const auto file = parseChannelsFile(
        R"([{"channel":"a","allow":{},"presence":{"user_id":"user.id","user_info":["name"]}},
            {"channel":"b","allow":{},
             "presence":{"user_id":"user.id","user_info":{"called":"name","mail":"email"}}}])",
        UserSettings().columns);

    const UserPart &list = *file->rules[0].presence;
    const UserPart &renamed = *file->rules[1].presence;
    STRCMP_EQUAL("id", list.idColumn.c_str());
    CHECK_TRUE(list.info.at(0) == std::make_pair(std::string("name"), std::string("name")));
    CHECK_TRUE(renamed.info.at(0) == std::make_pair(std::string("called"), std::string("name")));
    CHECK_TRUE(renamed.info.at(1) == std::make_pair(std::string("mail"), std::string("email")));
}

TEST(ChannelsFile, TakesAFileOfAnEditorThatWritesAByteOrderMark) {
    STRCMP_EQUAL("accepted", refusalOf("\xEF\xBB\xBF[{\"channel\":\"a\",\"allow\":{}}]").c_str());
}

TEST(ChannelsFile, ReadsFixedValuesAlternativesAndConditionsThatHoldTogether) {
    const auto file = parseChannelsFile(
        R"([{"channel":"a.{x}","user":{"role":["admin",7],"commerce_id":[true,false]},
             "any":[{"allow":{"x":"user.id"}},{"all":[{"query":"SELECT :x"},{"allow":{}}]}]}])",
        UserSettings().columns);

    const ChannelCondition &rule = file->rules[0].condition;
    CHECK_TRUE(rule.user.at("role") == (std::vector<std::string>{"admin", "7"}));
    CHECK_TRUE(rule.user.at("commerce_id") ==
               (std::vector<std::string>{"1", "t", "true", "0", "f", "false"}));
    STRCMP_EQUAL("id", rule.any.at(0).allow.at("x").c_str());
    STRCMP_EQUAL("SELECT :x", rule.any.at(1).all.at(0).query.c_str());
}

TEST(ChannelsFile, NamesThePathOfAFaultyCondition) {
    const std::pair<const char *, const char *> cases[] = {
        {R"("user":{})", "user: names no column"},
        {R"("user":[])", "\"user\" has the wrong type"},
        {R"("user":{"role":[]})",
         "user: role: expected a list of texts, whole numbers or booleans"},
        {R"("user":{"role":"admin"})",
         "user: role: expected a list of texts, whole numbers or booleans"},
        {R"("user":{"role":[null]})",
         "user: role: expected a list of texts, whole numbers or booleans"},
        {R"("user":{"role":[""]})",
         "user: role: expected a list of texts, whole numbers or booleans"},
        {R"("user":{"role":[1.5]})",
         "user: role: expected a list of texts, whole numbers or booleans"},
        {R"("user":{"role":["a"],"role":["b"]})", "user: \"role\" stands there twice"},
        {R"("user":{"dni":["a"]})", "user: user.dni: PREGON_USER_COLUMNS does not list dni"},
        {R"("user":{"a b":["a"]})", "user: \"a b\" is no column"},
        {R"("any":{})", "\"any\" has the wrong type"},
        {R"("any":[])", "any: is empty"},
        {R"("all":[])", "all: is empty"},
        {R"("any":[{"allow":{}},1])", "any 2: expected an object"},
        {R"("any":[{"ability":"x"}])",
         "any 1: none of \"allow\", \"user\", \"query\", \"any\" and \"all\""},
        {R"("any":[{"channel":"b","allow":{}}])", "any 1: unknown member \"channel\""},
        {R"("all":[{"allow":{}},{"any":[{"allow":{"y":"user.id"}}]}])",
         "all 2: any 1: allow: the pattern has no {y}"},
        {R"("any":[{"query":"SELECT :y"}])", "any 1: query: there is no :y"},
        {R"("user":{"role":["a"]},"fallback":true)",
         "\"fallback\" leaves the decision to the application: nothing but \"channel\" may stand "
         "beside it"},
    };
    for (const auto &[members, reason] : cases)
        STRCMP_EQUAL_TEXT(
            (std::string("rule 1: ") + reason).c_str(),
            refusalOf(R"([{"channel":"a.{x}",)" + std::string(members) + "}]").c_str(), members);
}

TEST(ChannelsFile, BoundsConditionsInDepthAndQueries) {
    const auto nested = [](int levels) {
        std::string text = R"("allow":{})";
        for (int i = 1; i < levels; i++)
            text = "\"any\":[{" + text + "}]";
        return refusalOf(R"([{"channel":"a",)" + text + "}]");
    };
    const auto queries = [](int count) {
        std::string text;
        for (int i = 0; i < count; i++)
            text += std::string(i == 0 ? "" : ",") + R"({"query":"SELECT 1"})";
        return refusalOf(R"([{"channel":"a","any":[)" + text + "]}]");
    };
    STRCMP_EQUAL("accepted", nested(8).c_str());
    STRCMP_CONTAINS("more than 8 conditions within each other", nested(9).c_str());
    STRCMP_EQUAL("accepted", queries(8).c_str());
    STRCMP_EQUAL("rule 1: any 9: more than 8 queries", queries(9).c_str());
}

TEST(ChannelsFile, RefusesMalformedFilesWithRuleAndReason) {
    const std::pair<const char *, const char *> cases[] = {
        {"", "malformed JSON"},
        {"[", "malformed JSON"},
        {"{}", "expected a list of rules"},
        {"[1]", "rule 1: expected an object"},
        {"[{}]", "rule 1: \"channel\" is missing"},
        {R"([{"channel":"","allow":{}}])", "rule 1: \"channel\" is missing"},
        {R"([{"channel":1}])", "rule 1: \"channel\" has the wrong type"},
        {R"([{"channel":"a"}])",
         "rule 1: none of \"allow\", \"user\", \"query\", \"any\" and \"all\""},
        {R"([{"channel":"a","query":""}])",
         "rule 1: none of \"allow\", \"user\", \"query\", \"any\" and \"all\""},
        {R"([{"channel":"a","allow":[]}])", "rule 1: \"allow\" has the wrong type"},
        {R"([{"channel":"a","alow":{}}])", "rule 1: unknown member \"alow\""},
        {R"([{"channel":"a.{x}","allow":{}},{"channel":"b","allow":{}},
             {"channel":"a.{x}","allow":{"x":"user.id"}}])",
         "rule 3: \"a.{x}\" is the pattern of rule 1 too: one of them must go (in Laravel the last "
         "one counts)"},
        {R"([{"channel":"a.{x}","allow":{"x":"user.id"},"allow":{}}])",
         "rule 1: \"allow\" stands there twice"},
        {R"([{"channel":"a.{x}","allow":{"x":"user.id","x":"user.name"}}])",
         "rule 1: allow: \"x\" stands there twice"},
        {R"([{"channel":"b.{dni}","allow":{"dni":"user.dni"}}])",
         "rule 1: allow: user.dni: PREGON_USER_COLUMNS does not list dni"},
        {R"([{"channel":"b","query":"SELECT 1 WHERE 1 = :user.dni"}])",
         "rule 1: query: user.dni: PREGON_USER_COLUMNS does not list dni"},
        {R"([{"channel":"a","allow":{},"presence":{"user_id":"user.dni"}}])",
         "rule 1: presence: user.dni: PREGON_USER_COLUMNS does not list dni"},
        {R"([{"channel":"a","allow":{},"presence":{"user_id":"user.id","user_info":["dni"]}}])",
         "rule 1: presence: user.dni: PREGON_USER_COLUMNS does not list dni"},
        {R"({"rules":[],"user":{"id":"user.dni"}})",
         "user: user.dni: PREGON_USER_COLUMNS does not list dni"},
        {R"([{"channel":"a.{id","allow":{}}])", "rule 1: pattern \"a.{id\" is malformed"},
        {R"([{"channel":"a.{}","allow":{}}])", "rule 1: pattern \"a.{}\" is malformed"},
        {R"([{"channel":"a","allow":{}},{"channel":"b.{x}","allow":{"y":"user.id"}}])",
         "rule 2: allow: the pattern has no {y}"},
        {R"([{"channel":"b.{x}","allow":{"x":"id"}}])",
         "rule 1: allow: expected \"user.COLUMN\" for x"},
        {R"([{"channel":"b.{x}","allow":{"x":"user."}}])",
         "rule 1: allow: expected \"user.COLUMN\" for x"},
        {R"([{"channel":"b.{x}","allow":{"x":1}}])",
         "rule 1: allow: expected \"user.COLUMN\" for x"},
        {R"([{"channel":"a","allow":{},"presence":{}}])",
         "rule 1: presence: user_id must be \"user.COLUMN\""},
        {R"([{"channel":"a","allow":{},"presence":{"user_id":"user.id","user_info":[1]}}])",
         "rule 1: presence: user_info must be a list of columns, or an object of names and "
         "columns"},
        {R"([{"channel":"a","allow":{},"presence":{"user_id":"user.id","user_info":{"a":"b"}}}])",
         "rule 1: presence: user.b: PREGON_USER_COLUMNS does not list b"},
        {R"([{"channel":"a","fallback":1}])", "rule 1: \"fallback\" has the wrong type"},
        {R"([{"channel":"a","fallback":false}])",
         "rule 1: none of \"allow\", \"user\", \"query\", \"any\" and \"all\""},
        {R"([{"channel":"a","fallback":true,"allow":{}}])",
         "rule 1: \"fallback\" leaves the decision to the application: nothing but \"channel\" may "
         "stand beside it"},
        {R"([{"channel":"a","ability":"x"}])",
         "rule 1: none of \"allow\", \"user\", \"query\", \"any\" and \"all\""},
        {R"({"rules":{}})", "expected a list of rules"},
        {R"({"rules":[],"users":{}})", "unknown member \"users\""},
        {R"({"rules":[],"user":[]})", "\"user\" has the wrong type"},
        {R"({"rules":[],"user":{}})", "user: id must be \"user.COLUMN\""},
        {R"({"rules":[],"user":{"id":"id"}})", "user: id must be \"user.COLUMN\""},
        {R"({"rules":[],"user":{"id":"user.id","name":"x"}})", "user: unknown member \"name\""},
        {R"({"rules":[],"user":{"id":"user.id","watchlist":"SELECT :x"}})",
         "user: query: there is no :x"},
    };
    for (const auto &[json, expected] : cases)
        STRCMP_EQUAL_TEXT(expected, refusalOf(json).c_str(), json);
}

TEST(ChannelsFile, RefusesABraceInsideAParameter) {
    CHECK_TRUE(refusalOf(R"([{"channel":"a.{b{c}","allow":{"c":"user.id"}}])") != "accepted");
}

TEST(ChannelsFile, RefusesAPatternThatNamesAParameterTwice) {
    CHECK_TRUE(refusalOf(R"([{"channel":"{a}.{a}","allow":{"a":"user.id"}}])") != "accepted");
}

TEST(ChannelsFile, RefusesAQueryWithANameThatDoesNotExist) {
    CHECK_TRUE(refusalOf(R"([{"channel":"r.{id}","query":"SELECT 1 WHERE :idd = 1"}])") !=
               "accepted");
}

TEST(ChannelsFile, RefusesUserInfoThatIsNoList) {
    CHECK_TRUE(refusalOf(R"([{"channel":"a","allow":{},
                              "presence":{"user_id":"user.id","user_info":"name"}}])") !=
               "accepted");
}

TEST(ChannelsFile, RefusesAColumnThatIsNeverLoaded) {
    CHECK_TRUE(refusalOf(R"([{"channel":"a.{id}","allow":{"id":"user.shop"}}])") != "accepted");
}
