// SPDX-License-Identifier: MIT

// Rules with a query on real servers: a row is found by its own name alone.

#include "shared/auth/channel_authorizer.h"

#include "tests/fcgi/notifications/stores_to_test.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace pregon;
using namespace pregon::fcgitest;

TEST_GROUP(RuleQueriesOnEveryDatabase) {
    /// `allowed`, or why not.
    static std::string admit(DemoShops & demo, std::string_view rules, const std::string &channel) {
        const auto authorizer = ChannelAuthorizer::parse(rules);
        CHECK_TRUE(authorizer.has_value());
        const auto decision = authorizer->authorize(demo.ana, channel, demo.database);
        if (!decision)
            return "error: " + decision.error().reason;
        return decision->kind == ChannelDecision::Kind::Allowed ? "allowed"
                                                                : std::string(decision->reason);
    }
    static void nameAna(DemoShops & demo, const std::string &name) {
        CHECK_TRUE(demo.database
                       .execute("UPDATE users SET name = :name WHERE id = :id",
                                {SqlValue(name), demo.ana.column("id")})
                       .has_value());
    }
    static constexpr std::string_view kByName =
        R"([{"channel":"a.{name}","query":"SELECT 1 FROM users WHERE name = :name"}])";
    static constexpr std::string_view kByNumber =
        R"([{"channel":"a.{id}","query":"SELECT 1 FROM users WHERE id = :id"}])";
};

TEST(RuleQueriesOnEveryDatabase, AnOddNumberIsANameInAColumnOfText) {
    for (const DatabaseKind kind : storesToTest()) {
        DemoShops demo(kind);
        for (const char *name : {"04567890", "12e5", "0x1F", "007", "-0"}) {
            nameAna(demo, name);
            STRCMP_EQUAL_TEXT("allowed",
                              admit(demo, kByName, std::string("private-a.") + name).c_str(),
                              nameOf(kind));
        }
    }
}

TEST(RuleQueriesOnEveryDatabase, AnOddNumberIsNoNameInAColumnOfNumbers) {
    for (const DatabaseKind kind : storesToTest()) {
        DemoShops demo(kind);
        const std::string id = demo.ana.column("id").value_or("");
        STRCMP_EQUAL_TEXT("allowed", admit(demo, kByNumber, "private-a." + id).c_str(),
                          nameOf(kind));
        for (const std::string &odd : {"0" + id, "00" + id, id + "e0", "0x" + id, id + "x"}) {
            const std::string why = admit(demo, kByNumber, "private-a." + odd);
            CHECK_TRUE_TEXT(why != "allowed" && !why.starts_with("error"),
                            (std::string(nameOf(kind)) + " " + odd + ": " + why).c_str());
        }
    }
}

TEST(RuleQueriesOnEveryDatabase, ANameIsFoundInItsOwnCaseAlone) {
    for (const DatabaseKind kind : storesToTest()) {
        DemoShops demo(kind);
        nameAna(demo, "Sala-Azul");
        STRCMP_EQUAL_TEXT("allowed", admit(demo, kByName, "private-a.Sala-Azul").c_str(),
                          nameOf(kind));
        for (const char *other : {"sala-azul", "SALA-AZUL", "Sala-azul"})
            STRCMP_EQUAL_TEXT(kind == DatabaseKind::MariaDb ? "a name in other letters' case"
                                                            : "the rule's query finds nothing",
                              admit(demo, kByName, std::string("private-a.") + other).c_str(),
                              nameOf(kind));
    }
}
