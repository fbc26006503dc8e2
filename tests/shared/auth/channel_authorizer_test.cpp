// SPDX-License-Identifier: MIT
#include "shared/auth/channel_authorizer.h"
#include "shared/odd_number.h"

#include "tests/fcgi/demo_shops.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace pregon;
using namespace pregon::fcgitest;

TEST_GROUP(OddNumber){};

TEST_GROUP(ChannelAuthorizer) {
    DemoShops demo;
    User user{"1", {{"id", "1"}, {"name", "Ana"}, {"commerce_id", "1"}, {"role", std::nullopt}}};

    /// The pattern that lets the user in; "refused"; "undecided"; "error"; the reason if the rules
    /// are wrong.
    std::string admit(std::string_view rules, std::string_view channel) {
        const auto authorizer = ChannelAuthorizer::parse(rules);
        if (!authorizer)
            return authorizer.error().reason;
        const auto decision = authorizer->authorize(user, channel, demo.database);
        if (!decision)
            return "error";
        switch (decision->kind) {
        case ChannelDecision::Kind::Allowed:
            return decision->rule->pattern;
        case ChannelDecision::Kind::Refused:
            return "refused";
        case ChannelDecision::Kind::Undecided:
            return "undecided";
        }
        return "";
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
        STRCMP_EQUAL_TEXT("undecided", admit(kCommerce, name).c_str(), name);
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

TEST(ChannelAuthorizer, APrefixInAPatternIsPartOfTheName) { // as in Laravel
    const char *rules = R"([{"channel":"private-chat.{id}","allow":{"id":"user.id"}}])";
    STRCMP_EQUAL("private-chat.{id}", admit(rules, "private-private-chat.1").c_str());
    STRCMP_EQUAL("private-chat.{id}", admit(rules, "presence-private-chat.1").c_str());
    STRCMP_EQUAL("refused", admit(rules, "private-private-chat.2").c_str());
    STRCMP_EQUAL("undecided", admit(rules, "private-chat.1").c_str());
}

TEST(ChannelAuthorizer, NoMatchDecidesNothing) {
    STRCMP_EQUAL("undecided", admit("[]", "private-a").c_str());
}

TEST(ChannelAuthorizer, ARuleMayLeaveItsChannelsToTheApplication) {
    const char *rules = R"([{"channel":"a.{id}","fallback":true},{"channel":"{x}.1","allow":{}},
                            {"channel":"b.1","fallback":false,"allow":{}}])";
    STRCMP_EQUAL("undecided", admit(rules, "private-a.1").c_str());
    STRCMP_EQUAL("{x}.1", admit(rules, "private-b.1").c_str());
    CHECK_TRUE(ChannelAuthorizer::parse(rules)->needsApplication());
    CHECK_FALSE(ChannelAuthorizer::parse(kRoom)->needsApplication());
}

TEST(ChannelAuthorizer, AsksTheDatabaseWithBoundNames) {
    STRCMP_EQUAL("room.{shop}", admit(kRoom, "private-room.1").c_str());
    STRCMP_EQUAL("refused", admit(kRoom, "private-room.2").c_str());
    STRCMP_EQUAL("refused", admit(kRoom, "private-room.1=1").c_str());
}

TEST(ChannelAuthorizer, ANumberThatIsWrittenOddlyIsNoSecondNameOfARow) {
    // SQLite itself finds shop 1 by the text 01.
    LONGS_EQUAL(1,
                demo.database.query("SELECT 1 FROM commerces WHERE id = :id", 1, {"01"})->size());
    for (const char *id : {"01", "1e0", "0x1", "-0", "1_0"})
        STRCMP_EQUAL_TEXT("refused", admit(kRoom, "private-room." + std::string(id)).c_str(), id);
}

TEST(ChannelAuthorizer, AnOddNumberIsANameInAColumnOfText) {
    const char *rules =
        R"([{"channel":"phone.{a}","query":"SELECT 1 FROM users WHERE name = :a AND id = :user.id"}])";
    for (const char *name : {"04567890", "12e5", "0x1F", "1_0", "-0", "007"}) {
        CHECK_TRUE(
            demo.database.execute("UPDATE users SET name = :name WHERE id = 1", {SqlValue(name)})
                .has_value());
        STRCMP_EQUAL_TEXT("phone.{a}", admit(rules, "private-phone." + std::string(name)).c_str(),
                          name);
    }
    STRCMP_EQUAL("refused", admit(rules, "private-phone.7").c_str());
    STRCMP_EQUAL("refused", admit(rules, "private-phone.0007").c_str());
}

TEST(ChannelAuthorizer, OfTwoOddNumbersEachIsLookedAt) {
    const char *rules =
        R"([{"channel":"{shop}.{a}","query":"SELECT 1 FROM users WHERE name = :a AND id = :shop"}])";
    CHECK_TRUE(demo.database.execute("UPDATE users SET name = '007' WHERE id = 1").has_value());

    STRCMP_EQUAL("{shop}.{a}", admit(rules, "private-1.007").c_str());
    STRCMP_EQUAL("refused", admit(rules, "private-01.007").c_str());
}

TEST(OddNumber, OfTheSameValueHasMoreZeros) {
    const std::pair<const char *, const char *> cases[] = {
        {"01", "0000000001"},   {"1e5", "000000001e5"},   {"-0", "-000000000"},
        {"+1", "+000000001"},   {"0x1F", "0x000000001F"}, {"-0b1", "-0b000000001"},
        {"1_0", "000000001_0"},
    };
    for (const auto &[number, expected] : cases) {
        STRCMP_EQUAL(expected, withMoreZeros(number).c_str());
        CHECK_TRUE_TEXT(isOddlyWrittenNumber(expected), expected);
    }
}

TEST(OddNumber, IsWhatADatabaseWouldWriteOtherwise) {
    for (const char *odd : {"01", "00", "-0", "+1", "1e0", "1E5", "1e+2", "1e-2", "0x1f", "0X1",
                            "0b1", "0o7", "1_000", "-01", "007"})
        CHECK_TRUE_TEXT(isOddlyWrittenNumber(odd), odd);
    for (const char *fine :
         {"0", "1", "-1", "10", "18446744073709551616", "", "-", "a", "1a", "0x", "e1", "1e", "1e+",
          "0xg", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "-a", "123e4567-e89b-12d3-a456-426614174000", "_1"})
        CHECK_FALSE_TEXT(isOddlyWrittenNumber(fine), fine);
}

TEST(ChannelAuthorizer, WithoutADatabaseOnlyQueriesFail) {
    const auto rules = ChannelAuthorizer::parse(R"([{"channel":"a","allow":{}},
                                                    {"channel":"b","query":"SELECT 1"}])");
    Database away = Database::onDemand("sqlite:" + demo.folder.file("none.db"));
    CHECK_TRUE(rules->authorize(user, "private-a", away)->kind == ChannelDecision::Kind::Allowed);
    CHECK_TRUE(rules->authorize(user, "private-b", away).error().code == Errc::Unavailable);
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

TEST(ChannelAuthorizer, AnAbilityIsOneOfTheTokens) {
    const char *rules = R"([{"channel":"a","allow":{},"ability":"listen"}])";
    user.abilities = std::nullopt; // a session may do everything
    STRCMP_EQUAL("a", admit(rules, "private-a").c_str());
    user.abilities = {"post", "listen"};
    STRCMP_EQUAL("a", admit(rules, "private-a").c_str());
    user.abilities = {"*"};
    STRCMP_EQUAL("a", admit(rules, "private-a").c_str());
    for (const std::vector<std::string> &others :
         {std::vector<std::string>{}, std::vector<std::string>{"post", "listen2"}}) {
        user.abilities = others;
        STRCMP_EQUAL("refused", admit(rules, "private-a").c_str());
    }
}

TEST(ChannelAuthorizer, ReadsWhatSignInTells) {
    const auto authorizer = ChannelAuthorizer::parse(
        R"({"rules":[{"channel":"a","allow":{}}],
            "user":{"id":"user.id","user_info":["name"],
                    "watchlist":"SELECT id FROM users WHERE id <> :user.id ORDER BY id LIMIT 1"}})");

    LONGS_EQUAL(1, authorizer->ruleCount());
    STRCMP_EQUAL("id", authorizer->signIn()->user.idColumn.c_str());
    const auto watched = authorizer->watchlist(user, demo.database);
    LONGS_EQUAL(1, watched->size());
    STRCMP_EQUAL("2", watched->front().c_str());
}

TEST(ChannelAuthorizer, APlainListSignsNobodyIn) {
    CHECK_TRUE(ChannelAuthorizer::parse("[]")->signIn() == nullptr);
    CHECK_TRUE(ChannelAuthorizer::parse(R"({"rules":[]})")->signIn() == nullptr);
}

TEST(ChannelAuthorizer, RulesMayNameTheColumnsThatAreLoaded) {
    const char *const rules = R"([{"channel":"team.{id}","allow":{"id":"user.team_id"}}])";
    STRCMP_EQUAL("rule 1: allow: user.team_id: PREGON_USER_COLUMNS does not list team_id",
                 ChannelAuthorizer::parse(rules).error().reason.c_str());

    CHECK_TRUE(ChannelAuthorizer::parse(rules, {"team_id"}).has_value());
    CHECK_FALSE(
        ChannelAuthorizer::parse(
            R"([{"channel":"a","allow":{},"presence":{"user_id":"user.name"}}])", {"team_id"})
            .has_value());
    CHECK_TRUE(ChannelAuthorizer::parse(
                   R"([{"channel":"a","allow":{},"presence":{"user_id":"user.id"}}])", {"team_id"})
                   .has_value());
}

TEST(ChannelAuthorizer, AllowsByFixedValuesOfTheUser) {
    const char *rules = R"([{"channel":"audit","user":{"role":["admin","manager"]}},
                            {"channel":"a","user":{"commerce_id":[true]}},
                            {"channel":"b","user":{"commerce_id":[false]}},
                            {"channel":"c","user":{"commerce_id":[1],"name":["Ana"]}},
                            {"channel":"d","user":{"commerce_id":[1],"name":["ana"]}}])";
    STRCMP_EQUAL("refused", admit(rules, "private-audit").c_str()); // NULL
    for (const char *role : {"admin", "manager"}) {
        user.columns["role"] = role;
        STRCMP_EQUAL("audit", admit(rules, "private-audit").c_str());
    }
    for (const char *role : {"", "Admin", "admin ", "admin,manager"}) {
        user.columns["role"] = role;
        STRCMP_EQUAL_TEXT("refused", admit(rules, "private-audit").c_str(), role);
    }
    STRCMP_EQUAL("a", admit(rules, "private-a").c_str());
    STRCMP_EQUAL("refused", admit(rules, "private-b").c_str());
    STRCMP_EQUAL("c", admit(rules, "private-c").c_str());
    STRCMP_EQUAL("refused", admit(rules, "private-d").c_str());
}

TEST(ChannelAuthorizer, OneAlternativeIsEnoughAndEachOfAllMustHold) {
    const char *rules =
        R"([{"channel":"any.{x}","any":[{"user":{"role":["admin"]}},{"allow":{"x":"user.id"}}]},
            {"channel":"all.{x}","all":[{"user":{"name":["Ana"]}},{"allow":{"x":"user.id"}}]},
            {"channel":"both.{x}","user":{"name":["Ana"]},
             "any":[{"allow":{"x":"user.id"}},{"allow":{"x":"user.name"}}]}])";
    STRCMP_EQUAL("any.{x}", admit(rules, "private-any.1").c_str());
    STRCMP_EQUAL("refused", admit(rules, "private-any.2").c_str());
    STRCMP_EQUAL("all.{x}", admit(rules, "private-all.1").c_str());
    STRCMP_EQUAL("refused", admit(rules, "private-all.2").c_str());
    STRCMP_EQUAL("both.{x}", admit(rules, "private-both.Ana").c_str());
    user.columns["name"] = "Ben";
    STRCMP_EQUAL("refused", admit(rules, "private-all.1").c_str());
    STRCMP_EQUAL("refused", admit(rules, "private-both.1").c_str());
    user.columns["role"] = "admin";
    STRCMP_EQUAL("any.{x}", admit(rules, "private-any.2").c_str());
}

TEST(ChannelAuthorizer, AsksTheDatabaseOnlyWhereTheRestLeavesItOpen) {
    const char *rules =
        R"([{"channel":"any.{x}","any":[{"query":"SELECT 1 FROM nowhere"},{"allow":{"x":"user.id"}}]},
            {"channel":"all.{x}","all":[{"query":"SELECT 1 FROM nowhere"},{"allow":{"x":"user.id"}}]},
            {"channel":"or.{x}","any":[{"query":"SELECT 1 FROM nowhere"},
                                       {"query":"SELECT 1 FROM commerces WHERE id = :x"}]},
            {"channel":"in.{x}","any":[{"query":"SELECT 1 WHERE 1 = 2"},
                                       {"all":[{"query":"SELECT 1 FROM commerces WHERE id = :x"},
                                               {"allow":{}}]}]}])";
    STRCMP_EQUAL("any.{x}", admit(rules, "private-any.1").c_str());
    STRCMP_EQUAL("error", admit(rules, "private-any.2").c_str());
    STRCMP_EQUAL("error", admit(rules, "private-all.1").c_str());
    STRCMP_EQUAL("refused", admit(rules, "private-all.2").c_str());
    STRCMP_EQUAL("or.{x}", admit(rules, "private-or.1").c_str());
    STRCMP_EQUAL("error", admit(rules, "private-or.77").c_str());
    STRCMP_EQUAL("in.{x}", admit(rules, "private-in.1").c_str());
    STRCMP_EQUAL("refused", admit(rules, "private-in.77").c_str());
    for (const char *odd : {"01", "1x", "1e0"})
        STRCMP_EQUAL_TEXT("refused", admit(rules, std::string("private-in.") + odd).c_str(), odd);
}

TEST(ChannelAuthorizer, WantsTheGuardsThatARuleNames) {
    const char *rules = R"([{"channel":"w","allow":{},"guards":["web"]},
                            {"channel":"s","allow":{},"guards":["sanctum"]},
                            {"channel":"a","allow":{},"guards":["api","web"]},
                            {"channel":"x","allow":{},"guards":["admin"]},
                            {"channel":"f","allow":{}}])";
    const std::pair<const char *, const char *> cases[] = {
        {"web", "wsaf"}, {"sanctum", "sf"}, {"api", "af"}, {"", "f"}};
    for (const auto &[guard, channels] : cases) {
        user.guard = guard;
        std::string allowed;
        for (const char *channel : {"w", "s", "a", "x", "f"})
            if (admit(rules, std::string("private-") + channel) == channel)
                allowed += channel;
        STRCMP_EQUAL_TEXT(channels, allowed.c_str(), guard);
    }
    for (const char *guards : {"[]", "[1]", "[\"\"]", "[null]"})
        STRCMP_EQUAL("rule 1: guards: expected a list of names",
                     admit(R"([{"channel":"a","allow":{},"guards":)" + std::string(guards) + "}]",
                           "private-a")
                         .c_str());
}
