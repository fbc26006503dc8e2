// SPDX-License-Identifier: MIT
#include "shared/auth/doubtful_rules.h"

#include "shared/auth/user_store.h"

#include <string>
#include <vector>

#include "CppUTest/TestHarness.h"

using namespace pregon;

TEST_GROUP(DoubtfulRules){/// What is said of rules with these patterns, a line each.
                          static std::string doubtsOf(const std::vector<std::string> &patterns){
                              std::vector<ChannelRule> rules;
for (const std::string &pattern : patterns) {
    rules.push_back({pattern, {}, {}, false, std::nullopt});
    rules.back().condition.query = "SELECT 1";
}
return doubtsOfRules(rules);
}
static std::string doubtsOfRules(const std::vector<ChannelRule> &rules) {
    std::string all;
    for (const std::string &doubt : doubtfulRules(rules))
        all += doubt + "\n";
    return all;
}
}
;

TEST(DoubtfulRules, ARuleThatAnEarlierOneHidesIsNeverReached) {
    STRCMP_EQUAL("rule 2: orders.mine is never reached: rule 1 (orders.{id}) matches every such "
                 "channel before it\n",
                 doubtsOf({"orders.{id}", "orders.mine"}).c_str());
    const std::pair<const char *, const char *> hidden[] = {
        {"a.{x}", "a.{y}"},       {"{x}", "news"},        {"{x}{y}", "ab"},
        {"{a}.{b}", "chat.{id}"}, {"x{a}", "x{a}{b}"},    {"{a}{b}", "{a}-{b}"},
        {"{a}", "{a}-{b}"},       {"c-{a}", "c-{a}-{b}"}, {"{a}.{b}.c", "x.{b}.c"},
    };
    for (const auto &[earlier, later] : hidden)
        CHECK_TRUE_TEXT(doubtsOf({earlier, later}).find("rule 2: ") == 0, later);
}

TEST(DoubtfulRules, ARuleThatAnEarlierOneLeavesSomethingIsGood) {
    const std::pair<const char *, const char *> good[] = {
        {"orders.mine", "orders.{id}"},
        {"a.{x}", "a.{x}.b"},
        {"{x}", "a.{x}"},
        {"a.{x}", "b.{x}"},
        {"{x}{y}", "{x}"},
        {"x{a}", "{a}"},
        {"{a}-{b}", "{a}"},
        {"{a}x", "{a}"},
        {"{a}.c", "{a}.{b}"},
    };
    for (const auto &[earlier, later] : good)
        STRCMP_EQUAL_TEXT("", doubtsOf({earlier, later}).c_str(), later);
}

TEST(DoubtfulRules, APatternWithWhatNoNameHasMatchesNothing) {
    for (const char *pattern :
         {"room {id}", "chat:{id}", "App\\Models\\User.{id}", "a}b", "a/b", "caf\xC3\xA9"})
        CHECK_TRUE_TEXT(doubtsOf({pattern}).find("matches no channel: names have letters") !=
                            std::string::npos,
                        pattern);
    CHECK_TRUE(doubtsOf({std::string(193, 'x')}) != "");
    STRCMP_EQUAL("", doubtsOf({std::string(192, 'x')}).c_str());
    STRCMP_EQUAL("", doubtsOf({"App.Models.User.{id}", "a_b-c=d@e,f;{x}"}).c_str());
}

TEST(DoubtfulRules, APrefixInAPatternIsPointedAt) {
    STRCMP_EQUAL("rule 1: private-chat.{id} matches only channels that pages call "
                 "private-private-chat.{id}: patterns are written without the prefix\n",
                 doubtsOf({"private-chat.{id}"}).c_str());
    CHECK_TRUE(doubtsOf({"presence-room"}).find("presence-presence-room") != std::string::npos);
    STRCMP_EQUAL("", doubtsOf({"privates.{id}", "chat.private-{id}"}).c_str());
}

TEST(DoubtfulRules, AChannelForEachOfSomethingThatLetsEveryoneInIsDoubtful) {
    const std::pair<const char *, const char *> cases[] = {
        {R"("channel":"store.{id}","allow":{})",
         "rule 1: store.{id} lets in every user who is logged in, whatever {id} is\n"},
        {R"("channel":"a.{x}.{y}","any":[{"user":{"role":["admin"]}},{"all":[{"allow":{}}]}])",
         "rule 1: a.{x}.{y} lets in every user who is logged in, whatever {x} is\n"},
        {R"("channel":"store.{id}","fallback":true)", ""},
        {R"("channel":"online","allow":{})", ""},
        {R"("channel":"store.{id}","allow":{"id":"user.id"})", ""},
        {R"("channel":"store.{id}","allow":{},"ability":"store:read")", ""},
        {R"("channel":"store.{id}","user":{"role":["admin"]})", ""},
        {R"("channel":"store.{id}","all":[{"allow":{}},{"user":{"role":["admin"]}}])", ""},
        {R"("channel":"store.{id}","any":[{"allow":{"id":"user.id"}},{"query":"SELECT 1"}])", ""},
    };
    for (const auto &[rule, expected] : cases) {
        const auto file =
            parseChannelsFile("[{" + std::string(rule) + "}]", UserSettings().columns);
        STRCMP_EQUAL_TEXT(expected, doubtsOfRules(file->rules).c_str(), rule);
    }
}
