#include "shared/token_store.h"

#include "shared/hmac_signer.h"
#include "tests/fcgi/demo_shops.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace pregon;
using namespace pregon::fcgitest;

TEST_GROUP(TokenStore) {
    DemoShops demo;
    TokenStore tokens{demo.database, demo.clock, kUserType};
    const std::string token = demo.store.shops[0].ownerToken; // of Ana, user 1
    const std::string id = token.substr(0, token.find('|'));
    const std::string plain = token.substr(token.find('|') + 1);

    /// The user's name; "nobody"; "error".
    std::string nameOf(std::string_view text) {
        const auto user = tokens.find(text);
        if (!user)
            return "error";
        return *user ? (*user)->column("name").value_or("NULL") : "nobody";
    }

    void update(const std::string &assignment) {
        demo.execute("UPDATE personal_access_tokens SET " + assignment + " WHERE id = " + id);
    }
};

TEST(TokenStore, FindsTheUserOfAToken) {
    const auto user = tokens.find(token);

    STRCMP_EQUAL("1", (*user)->id.c_str());
    STRCMP_EQUAL("Ana", (*user)->column("name")->c_str());
    STRCMP_EQUAL("1", (*user)->column("commerce_id")->c_str());
    CHECK_FALSE((*user)->column("password").has_value());
}

TEST(TokenStore, FindsATokenWithoutItsId) {
    STRCMP_EQUAL("Ana", nameOf(plain).c_str());
}

TEST(TokenStore, KnowsNobodyByAnythingElse) {
    const std::string hash = sha256Hex(plain);
    const std::string cases[] = {
        "",
        "|",
        id + "|",
        "|" + plain,
        id,
        id + "|" + plain + "x",
        id + "|" + plain.substr(1),
        id + "||" + plain,
        "999|" + plain,
        "-" + id + "|" + plain,
        id + "x|" + plain,
        " " + id + "|" + plain,
        "99999999999999999999|" + plain,
        id + "|" + hash,
        hash,
        id + " OR 1=1|" + plain,
        "' OR '1'='1",
        id + "|" + plain + "\n",
    };
    for (const std::string &text : cases)
        STRCMP_EQUAL_TEXT("nobody", nameOf(text).c_str(), text.c_str());
}

TEST(TokenStore, OneUsersIdWithAnothersTokenIsNobody) {
    const std::string other = demo.store.shops[1].ownerToken;

    STRCMP_EQUAL("nobody", nameOf(id + other.substr(other.find('|'))).c_str());
}

TEST(TokenStore, AcceptsATokenUntilItExpires) {
    update("expires_at = '" + formatSqlTime(demo.clock.unixSeconds() + 1) + "'");
    STRCMP_EQUAL("Ana", nameOf(token).c_str());

    demo.clock.advance(2);
    STRCMP_EQUAL("nobody", nameOf(token).c_str());
    STRCMP_EQUAL("nobody", nameOf(plain).c_str());
}

TEST(TokenStore, RefusesATokenOfAnotherType) {
    update("tokenable_type = 'App\\Models\\Admin'");

    STRCMP_EQUAL("nobody", nameOf(token).c_str());
    STRCMP_EQUAL("nobody", nameOf(plain).c_str());
}

TEST(TokenStore, RefusesATokenWhoseUserHasGone) {
    update("tokenable_id = 999");

    STRCMP_EQUAL("nobody", nameOf(token).c_str());
}

TEST(TokenStore, RefusesATokenThatWasRevoked) {
    demo.execute("DELETE FROM personal_access_tokens WHERE id = " + id);

    STRCMP_EQUAL("nobody", nameOf(token).c_str());
}

TEST(TokenStore, SaysThatTheStoreFailed) {
    demo.execute("DROP TABLE personal_access_tokens");

    STRCMP_EQUAL("error", nameOf(token).c_str());
}

TEST(TokenStore, IssuesATokenThatWorksAndKeepsOnlyItsHash) {
    const auto issued = tokens.issue("3", "till");

    STRCMP_EQUAL("Beto", nameOf(*issued).c_str());
    const std::string text = issued->substr(issued->find('|') + 1);
    LONGS_EQUAL(48, text.size());
    STRCMP_EQUAL(
        sha256Hex(text).c_str(),
        demo.value("SELECT token FROM personal_access_tokens WHERE name = 'till'").c_str());
    STRCMP_EQUAL(
        "[\"*\"]",
        demo.value("SELECT abilities FROM personal_access_tokens WHERE name = 'till'").c_str());
}

TEST(TokenStore, IssuesAnotherTokenEachTime) {
    CHECK_TRUE(*tokens.issue("1", "a") != *tokens.issue("1", "a"));
}

TEST_GROUP(BearerToken){};

TEST(BearerToken, IsTakenAsSanctumTakesIt) {
    const std::pair<const char *, const char *> cases[] = {
        {"Bearer 12|abc", "12|abc"},
        {"bearer 12|abc", "12|abc"},
        {"BEARER 12|abc", "12|abc"},
        {"Bearer 12|abc, Basic x", "12|abc"},
        {"Bearer a Bearer b", "b"},
        {"Basic x, Bearer b", "b"},
        {"Bearer  a", " a"},
        {"Bearer ", ""},
        {"Bearer", ""},
        {"Basic abc", ""},
        {"", ""},
        {"12|abc", ""},
        {"xBearer b", "b"},
        {"Bearer ,a", ""},
    };
    for (const auto &[header, expected] : cases)
        STRCMP_EQUAL_TEXT(expected, std::string(bearerToken(header)).c_str(), header);
}
