#include "shared/channel_authorizer.h"

#include "tests/fcgi/demo_shops.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace pregon;
using namespace pregon::fcgitest;

TEST_GROUP(ChannelPattern){
    /// The parameters as `a=1 b=2 `; "no match".
    static std::string match(std::string_view pattern, std::string_view name){
        const auto parameters = matchChannel(pattern, name);
if (!parameters)
    return "no match";
std::string text;
for (const auto &[key, value] : *parameters)
    text += key + "=" + value + " ";
return text;
}
}
;

TEST(ChannelPattern, MatchesAsInLaravel) {
    struct {
        const char *pattern, *name, *expected;
    } const cases[] = {
        {"news", "news", ""},
        {"news", "newsx", "no match"},
        {"news", "new", "no match"},
        {"news", "News", "no match"},
        {"commerce.{id}", "commerce.7", "id=7 "},
        {"commerce.{id}", "commerce.", "no match"},
        {"commerce.{id}", "commerce.7.8", "no match"},
        {"commerce.{id}", "commercex7", "no match"},
        {"commerce.{id}", "xcommerce.7", "no match"},
        {"{a}.{b}", "1.2", "a=1 b=2 "},
        {"{a}-{b}", "1-2-3", "a=1-2 b=3 "},
        {"{a}{b}", "12", "a=1 b=2 "},
        {"{a}{b}", "1", "no match"},
        {"x{a}y", "xzyy", "a=zy "},
        {"a.*", "a.b", "no match"},
        {"a.[0-9]", "a.1", "no match"},
        {"{a}", "@=,;", "a=@=,; "},
        {"{a}", "", "no match"},
        {"", "", ""},
    };
    for (const auto &one : cases)
        STRCMP_EQUAL_TEXT(one.expected, match(one.pattern, one.name).c_str(), one.pattern);
}

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

TEST_GROUP(ChannelAuthorizer) {
    DemoShops demo;
    User user{"1", {{"id", "1"}, {"name", "Ana"}, {"commerce_id", "1"}, {"role", std::nullopt}}};

    static std::string refusalOf(std::string_view json) {
        const auto authorizer = ChannelAuthorizer::parse(json);
        return authorizer ? "accepted" : authorizer.error().reason;
    }

    /// The pattern that lets the user in; "refused"; "error"; the reason if the rules are wrong.
    std::string admit(std::string_view rules, std::string_view channel) {
        const auto authorizer = ChannelAuthorizer::parse(rules);
        if (!authorizer)
            return authorizer.error().reason;
        const auto rule = authorizer->authorize(user, channel, demo.database);
        if (!rule)
            return "error";
        return *rule != nullptr ? (*rule)->pattern : "refused";
    }
};

namespace {

constexpr const char *kCommerce =
    R"([{"channel":"commerce.{id}","allow":{"id":"user.commerce_id"}}])";
constexpr const char *kRoom =
    R"([{"channel":"room.{shop}","query":"SELECT 1 FROM commerces WHERE id = :shop AND owner_user_id = :user.id"}])";

} // namespace

TEST(ChannelAuthorizer, AllowsTheUsersOwn) {
    STRCMP_EQUAL("commerce.{id}", admit(kCommerce, "private-commerce.1").c_str());
    STRCMP_EQUAL("commerce.{id}", admit(kCommerce, "private-encrypted-commerce.1").c_str());
    STRCMP_EQUAL("commerce.{id}", admit(kCommerce, "presence-commerce.1").c_str());
}

TEST(ChannelAuthorizer, RefusesWhatOnlyLooksLikeTheUsersOwn) {
    for (const char *id : {"2", "01", "1x", "1e0", "+1", "1,", "11", "true", "-1", "1;1", "1=1"})
        STRCMP_EQUAL_TEXT("refused",
                          admit(kCommerce, "private-commerce." + std::string(id)).c_str(), id);
    for (const char *name : {"private-commerce.1.1", "private-Commerce.1", "private-commerce.",
                             "private-private-commerce.1", "private-cache-commerce.1"})
        STRCMP_EQUAL_TEXT("refused", admit(kCommerce, name).c_str(), name);
}

TEST(ChannelAuthorizer, NullAndEmptyColumnsAllowNothing) {
    const char *rules = R"([{"channel":"r.{r}","allow":{"r":"user.role"}}])";
    STRCMP_EQUAL("refused", admit(rules, "private-r.x").c_str());
    user.columns["role"] = "";
    STRCMP_EQUAL("refused", admit(rules, "private-r.x").c_str());
    user.columns["role"] = "x";
    STRCMP_EQUAL("r.{r}", admit(rules, "private-r.x").c_str());
}

TEST(ChannelAuthorizer, EveryParameterMustMatch) {
    const char *rules =
        R"([{"channel":"{c}.{u}","allow":{"c":"user.commerce_id","u":"user.name"}}])";
    STRCMP_EQUAL("{c}.{u}", admit(rules, "private-1.Ana").c_str());
    STRCMP_EQUAL("refused", admit(rules, "private-1.Bo").c_str());
    STRCMP_EQUAL("refused", admit(rules, "private-2.Ana").c_str());
}

TEST(ChannelAuthorizer, FirstMatchDecides) {
    const char *rules = R"([{"channel":"a.{id}","allow":{"id":"user.id"}},
                            {"channel":"a.{any}","allow":{}},
                            {"channel":"{x}.{y}","allow":{}}])";
    STRCMP_EQUAL("a.{id}", admit(rules, "private-a.1").c_str());
    STRCMP_EQUAL("refused", admit(rules, "private-a.2").c_str());
    STRCMP_EQUAL("{x}.{y}", admit(rules, "private-b.2").c_str());
}

TEST(ChannelAuthorizer, NoMatchRefuses) {
    STRCMP_EQUAL("refused", admit("[]", "private-a").c_str());
}

TEST(ChannelAuthorizer, AsksTheDatabaseWithBoundNames) {
    STRCMP_EQUAL("room.{shop}", admit(kRoom, "private-room.1").c_str());
    STRCMP_EQUAL("refused", admit(kRoom, "private-room.2").c_str());
    STRCMP_EQUAL("refused", admit(kRoom, "private-room.1=1").c_str());
}

TEST(ChannelAuthorizer, NeedsBothAllowAndQueryWhereThereAreBoth) {
    const char *rules =
        R"([{"channel":"r.{id}","allow":{"id":"user.id"},"query":"SELECT 1 WHERE :id = '2'"}])";
    STRCMP_EQUAL("refused", admit(rules, "private-r.1").c_str());
    STRCMP_EQUAL("refused", admit(rules, "private-r.2").c_str());
}

TEST(ChannelAuthorizer, SaysThatTheDatabaseFailed) {
    STRCMP_EQUAL(
        "error",
        admit(R"([{"channel":"a","query":"SELECT 1 FROM nowhere"}])", "private-a").c_str());
}

TEST(ChannelAuthorizer, ReadsThePresencePart) {
    const auto authorizer = ChannelAuthorizer::parse(
        R"([{"channel":"a","allow":{},"presence":{"user_id":"user.id","user_info":["name"]}}])");
    const ChannelRule *rule = *authorizer->authorize(user, "presence-a", demo.database);

    LONGS_EQUAL(1, authorizer->ruleCount());
    STRCMP_EQUAL("id", rule->presence->userIdColumn.c_str());
    STRCMP_EQUAL("name", rule->presence->userInfoColumns.at(0).c_str());
}

TEST(ChannelAuthorizer, RefusesMalformedFilesWithRuleAndReason) {
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
        {R"([{"channel":"private-a","allow":{}}])",
         "rule 1: \"channel\" is written without private- or presence-, as in Laravel"},
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
         "rule 1: presence: user_info must be a list of columns"},
    };
    for (const auto &[json, expected] : cases)
        STRCMP_EQUAL_TEXT(expected, refusalOf(json).c_str(), json);
}

TEST(ChannelAuthorizer, RefusesABraceInsideAParameter) {
    CHECK_TRUE(refusalOf(R"([{"channel":"a.{b{c}","allow":{"c":"user.id"}}])") != "accepted");
}

TEST(ChannelAuthorizer, RefusesAPatternThatNamesAParameterTwice) {
    CHECK_TRUE(refusalOf(R"([{"channel":"{a}.{a}","allow":{"a":"user.id"}}])") != "accepted");
}

TEST(ChannelAuthorizer, RefusesAQueryWithANameThatDoesNotExist) {
    CHECK_TRUE(refusalOf(R"([{"channel":"r.{id}","query":"SELECT 1 WHERE :idd = 1"}])") !=
               "accepted");
}

TEST(ChannelAuthorizer, RefusesUserInfoThatIsNoList) {
    CHECK_TRUE(refusalOf(R"([{"channel":"a","allow":{},
                              "presence":{"user_id":"user.id","user_info":"name"}}])") !=
               "accepted");
}

TEST(ChannelAuthorizer, RefusesAColumnThatIsNeverLoaded) {
    CHECK_TRUE(refusalOf(R"([{"channel":"a.{id}","allow":{"id":"user.shop"}}])") != "accepted");
}

TEST(ChannelAuthorizer, RulesMayNameTheColumnsThatAreLoaded) {
    const char *const rules = R"([{"channel":"team.{id}","allow":{"id":"user.team_id"}}])";
    STRCMP_EQUAL("rule 1: allow: expected \"user.COLUMN\" for id", refusalOf(rules).c_str());

    CHECK_TRUE(ChannelAuthorizer::parse(rules, {"team_id"}).has_value());
    CHECK_FALSE(
        ChannelAuthorizer::parse(
            R"([{"channel":"a","allow":{},"presence":{"user_id":"user.name"}}])", {"team_id"})
            .has_value());
    CHECK_TRUE(ChannelAuthorizer::parse(
                   R"([{"channel":"a","allow":{},"presence":{"user_id":"user.id"}}])", {"team_id"})
                   .has_value());
}
