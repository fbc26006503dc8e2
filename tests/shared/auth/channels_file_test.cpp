#include "shared/auth/channels_file.h"

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

TEST(ChannelsFile, RefusesMalformedFilesWithRuleAndReason) {
    const std::pair<const char *, const char *> cases[] = {
        {"", "malformed JSON"},
        {"[", "malformed JSON"},
        {"{}", "expected a list of rules"},
        {"[1]", "rule 1: expected an object"},
        {"[{}]", "rule 1: \"channel\" is missing"},
        {R"([{"channel":"","allow":{}}])", "rule 1: \"channel\" is missing"},
        {R"([{"channel":1}])", "rule 1: \"channel\" has the wrong type"},
        {R"([{"channel":"a"}])", "rule 1: neither \"allow\" nor \"query\""},
        {R"([{"channel":"a","query":""}])", "rule 1: neither \"allow\" nor \"query\""},
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
        {R"([{"channel":"a","fallback":false}])", "rule 1: neither \"allow\" nor \"query\""},
        {R"([{"channel":"a","fallback":true,"allow":{}}])",
         "rule 1: \"fallback\" leaves the decision to the application: nothing but \"channel\" may "
         "stand beside it"},
        {R"([{"channel":"a","ability":"x"}])", "rule 1: neither \"allow\" nor \"query\""},
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
