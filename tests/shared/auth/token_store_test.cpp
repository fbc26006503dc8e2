// SPDX-License-Identifier: MIT
#include "shared/auth/token_store.h"

#include "shared/protocol/hmac_signer.h"
#include "tests/fcgi/demo_shops.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace pregon;
using namespace pregon::fcgitest;

TEST_GROUP(TokenStore) {
    DemoShops demo;
    TokenSettings settings{kTokens};
    TokenStore tokens{demo.database, demo.clock, settings};
    const std::string token = demo.store.shops[0].ownerToken; // of Ana, user 1
    const std::string id = token.substr(0, token.find('|'));
    const std::string plain = token.substr(token.find('|') + 1);

    /// The user's name; "nobody"; "error".
    std::string nameOf(std::string_view text) {
        const auto user = tokens.find(text);
        if (!user)
            return "error";
        return *user ? (*user)->user.column("name").value_or("NULL") : "nobody";
    }

    void update(const std::string &assignment) {
        demo.execute("UPDATE personal_access_tokens SET " + assignment + " WHERE id = " + id);
    }
};

TEST(TokenStore, FindsTheUserOfAToken) {
    const auto user = tokens.find(token);

    STRCMP_EQUAL("1", (*user)->user.id.c_str());
    STRCMP_EQUAL("Ana", (*user)->user.column("name")->c_str());
    STRCMP_EQUAL("1", (*user)->user.column("commerce_id")->c_str());
    CHECK_FALSE((*user)->user.column("password").has_value());
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

TEST(TokenStore, AcceptsAnyOfSeveralTypes) {
    settings.userTypes = {kUserType, "user"};
    STRCMP_EQUAL("Ana", nameOf(token).c_str());

    update("tokenable_type = 'user'");
    STRCMP_EQUAL("Ana", nameOf(token).c_str());

    update("tokenable_type = 'User'");
    STRCMP_EQUAL("nobody", nameOf(token).c_str());
}

TEST(TokenStore, ATokenExpiresSoManyMinutesAfterItWasMade) {
    settings.expirationMinutes = 2;
    demo.clock.advance(119);
    STRCMP_EQUAL("Ana", nameOf(token).c_str());

    demo.clock.advance(1); // created_at must be after now - expiration
    STRCMP_EQUAL("nobody", nameOf(token).c_str());

    update("created_at = NULL");
    STRCMP_EQUAL("nobody", nameOf(token).c_str());
}

TEST(TokenStore, TellsTheLastSecondOfATokensTime) {
    const std::int64_t now = demo.clock.unixSeconds();
    CHECK_FALSE((*tokens.find(token))->validUntil.has_value());

    update("expires_at = '" + formatSqlTime(now + 100) + "'");
    LONGS_EQUAL(now + 100, *(*tokens.find(token))->validUntil);

    settings.expirationMinutes = 1;
    LONGS_EQUAL(now + 59, *(*tokens.find(token))->validUntil);

    settings.expirationMinutes = 2;
    LONGS_EQUAL(now + 100, *(*tokens.find(token))->validUntil);
}

TEST(TokenStore, AnUnreadableTimeHasPassed) {
    update("expires_at = 'soon'");

    STRCMP_EQUAL("nobody", nameOf(token).c_str());
}

TEST(TokenStore, KnowsTokensAndUsersWithKeysThatAreNoIntegers) {
    const std::string uuid = "9c3f2f6e-8a52-4b0e-9d0a-0123456789ab";
    demo.execute("CREATE TABLE people (id varchar primary key, name varchar, email varchar, "
                 "commerce_id integer, role varchar)");
    demo.execute("INSERT INTO people VALUES ('" + uuid + "', 'Ana', NULL, 1, 'admin')");
    demo.execute(
        "CREATE TABLE keys (id varchar, tokenable_type varchar, tokenable_id varchar, token "
        "varchar, abilities text, last_used_at datetime, expires_at datetime, created_at "
        "datetime)");
    demo.execute("INSERT INTO keys VALUES ('0aB', '" + std::string(kUserType) + "', '" + uuid +
                 "', '" + sha256Hex("plain") + "', NULL, NULL, NULL, NULL)");
    DatabaseSettings database(demo.url);
    database.names = *SchemaNames::parse({"users=people", "personal_access_tokens=keys"}, {});
    Database renamed = std::move(*Database::open(database));

    const auto found = TokenStore(renamed, demo.clock, settings).find("0aB|plain");

    STRCMP_EQUAL(uuid.c_str(), (*found)->user.id.c_str());
    CHECK_FALSE((*TokenStore(renamed, demo.clock, settings).find("0aC|plain")).has_value());
}

TEST(TokenStore, ASoftDeletedUserIsNobodyUnlessTheSettingSaysOtherwise) {
    demo.execute("ALTER TABLE users ADD COLUMN deleted_at datetime");
    demo.execute("UPDATE users SET deleted_at = '2026-11-24 09:00:00' WHERE id = 1");
    STRCMP_EQUAL("nobody", nameOf(token).c_str());

    settings.users.softDeletes = false;
    STRCMP_EQUAL("Ana", nameOf(token).c_str());
    settings.users.softDeletes = true;

    demo.execute("UPDATE users SET deleted_at = NULL WHERE id = 1");
    STRCMP_EQUAL("Ana", nameOf(token).c_str());
}

TEST(TokenStore, LoadsTheColumnsThatItIsTold) {
    settings.users.columns = {"email"};

    const User user = (*tokens.find(token))->user;

    STRCMP_EQUAL("ana@example.test", user.column("email")->c_str());
    STRCMP_EQUAL("1", user.column("id")->c_str());
    CHECK_FALSE(user.column("name").has_value());
}

TEST(TokenStore, GivesTheTokensAbilities) {
    const auto can = [this](const char *abilities, const char *one) {
        update("abilities = " + std::string(abilities));
        return (*tokens.find(token))->user.can(one);
    };
    CHECK_TRUE(can("'[\"*\"]'", "read"));
    CHECK_TRUE(can("'[\"write\",\"read\"]'", "read"));
    CHECK_FALSE(can("'[\"write\",\"read\"]'", "rea"));
    CHECK_FALSE(can("'[\"write\"]'", "*"));
    CHECK_FALSE(can("'[]'", "read"));
    CHECK_FALSE(can("NULL", "read"));
    CHECK_FALSE(can("'[\"read\"'", "read"));
    CHECK_FALSE(can("'[1,null]'", "1"));
    CHECK_TRUE(User{}.can("anything")); // of a session
}

TEST(TokenStore, AUseIsDueOnceAMinute) {
    const auto isDue = [this] { return (*tokens.find(token))->isUseDue; };
    CHECK_TRUE(isDue());

    CHECK_TRUE(markTokenUsed(demo.database, demo.clock, id).has_value());
    CHECK_FALSE(isDue());
    const std::string first = formatSqlTime(demo.clock.unixSeconds());
    const std::string used = "SELECT last_used_at || updated_at FROM personal_access_tokens "
                             "WHERE id = " +
                             id;
    STRCMP_EQUAL((first + first).c_str(), demo.value(used).c_str());

    demo.clock.advance(59);
    CHECK_FALSE(isDue());
    CHECK_TRUE(markTokenUsed(demo.database, demo.clock, id).has_value()); // another process' turn
    STRCMP_EQUAL((first + first).c_str(), demo.value(used).c_str());

    demo.clock.advance(1);
    CHECK_TRUE(isDue());
    CHECK_TRUE(markTokenUsed(demo.database, demo.clock, id).has_value());
    const std::string second = formatSqlTime(demo.clock.unixSeconds());
    STRCMP_EQUAL((second + second).c_str(), demo.value(used).c_str());
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
