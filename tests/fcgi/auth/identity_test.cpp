// SPDX-License-Identifier: MIT
#include "fcgi/auth/identity.h"

#include "shared/log/log.h"
#include "tests/fcgi/demo_shops.h"
#include "tests/shared/auth/jwt_tokens.h"
#include "tests/shared/auth/laravel_cookies.h"

#include <fcntl.h>
#include <fstream>
#include <string>
#include <unistd.h>

#include "CppUTest/TestHarness.h"

using namespace pregon;
using namespace pregon::fcgitest;

/// What is logged while it lives.
class LogCapture {
  public:
    explicit LogCapture(const std::string &file)
        : file_(file), before_(::dup(STDERR_FILENO)),
          target_(::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)) {
        ::dup2(target_, STDERR_FILENO);
        setLogLevel(LogLevel::Info);
    }
    ~LogCapture() {
        setLogLevel(static_cast<LogLevel>(0)); // as tests/main.cpp
        ::dup2(before_, STDERR_FILENO);
        ::close(before_);
        ::close(target_);
    }
    std::string text() const {
        std::ifstream file(file_);
        return {std::istreambuf_iterator<char>(file), {}};
    }

  private:
    std::string file_;
    int before_, target_;
};

TEST_GROUP(Identity) {
    DemoShops demo;
    UsageRecorder recorder{demo.clock};
    AppConfig config = configWith({});
    std::optional<Identity> identity;
    const std::string anasToken = demo.store.shops[0].ownerToken;
    const std::string betosToken = demo.store.shops[1].ownerToken;

    void setup() override {
        identity.emplace(config, demo.clock, recorder);
    }

    static AppConfig configWith(Environment values) {
        values.merge(
            Environment{{"PREGON_APP_KEY", kAppKey}, {"PREGON_SESSION_COOKIE", kSessionCookie}});
        return *makeAppConfig(values, {});
    }
    void configure(const Environment &values) {
        config = configWith(values);
        identity.emplace(config, demo.clock, recorder);
    }
    static HttpRequest withToken(const std::string &token) {
        HttpRequest request;
        request.headers = {{"HTTP_AUTHORIZATION", "Bearer " + token}};
        return request;
    }
    static HttpRequest withCookie(const std::string &value,
                                  const std::string &name = kSessionCookie,
                                  const std::string &token = "") {
        HttpRequest request;
        request.headers = {{"HTTP_COOKIE", "XSRF-TOKEN=x; " + name + "=" + value}};
        if (!token.empty())
            request.headers.emplace_back("HTTP_AUTHORIZATION", "Bearer " + token);
        return request;
    }
    void addSession(const std::string &userId) {
        demo.execute("INSERT INTO sessions (id, user_id, payload, last_activity) VALUES ('" +
                     std::string(kSessionId) + "', " + userId + ", '', " +
                     std::to_string(demo.clock.unixSeconds()) + ")");
    }
    /// The user's name; "nobody"; "error".
    std::string nameOf(const HttpRequest &request,
                       Identity::Purpose purpose = Identity::Purpose::Read) {
        return nameIn(demo.database, request, purpose);
    }
    std::string nameIn(Database & database, const HttpRequest &request,
                       Identity::Purpose purpose = Identity::Purpose::Read) {
        const auto user = identity->find(request, purpose, database);
        if (!user)
            return "error";
        return *user ? (*user)->column("name").value_or("NULL") : "nobody";
    }
};

TEST(Identity, IsThatOfTheToken) {
    STRCMP_EQUAL("Ana", nameOf(withToken(anasToken)).c_str());
    STRCMP_EQUAL("Beto", nameOf(withToken(betosToken)).c_str());
    STRCMP_EQUAL("nobody", nameOf(withToken("1|x")).c_str());
    STRCMP_EQUAL("nobody", nameOf({}).c_str());
}

TEST(Identity, IsThatOfTheSession) {
    addSession("1");

    STRCMP_EQUAL("Ana", nameOf(withCookie(kCookie256Cbc)).c_str());
    CHECK_TRUE((*identity->find(withCookie(kCookie256Cbc), Identity::Purpose::Read, demo.database))
                   ->can("anything"));
}

TEST(Identity, ASessionComesBeforeAToken) {
    addSession("1");

    STRCMP_EQUAL("Ana", nameOf(withCookie(kCookie256Cbc, kSessionCookie, betosToken)).c_str());
}

TEST(Identity, ATokenCountsWhereTheSessionHasNoUser) {
    const HttpRequest both = withCookie(kCookie256Cbc, kSessionCookie, betosToken);
    STRCMP_EQUAL("Beto", nameOf(both).c_str()); // no such session

    addSession("NULL");
    STRCMP_EQUAL("Beto", nameOf(both).c_str());
    STRCMP_EQUAL("nobody", nameOf(withCookie(kCookie256Cbc)).c_str());
    STRCMP_EQUAL("Beto", nameOf(withCookie("forged", kSessionCookie, betosToken)).c_str());
}

TEST(Identity, ASessionDoesNotCountWhereOnlyTokensDo) {
    addSession("1");

    STRCMP_EQUAL("nobody", nameOf(withCookie(kCookie256Cbc), Identity::Purpose::Write).c_str());
    STRCMP_EQUAL("Beto", nameOf(withCookie(kCookie256Cbc, kSessionCookie, betosToken),
                                Identity::Purpose::Write)
                             .c_str());
}

TEST(Identity, OnlyTheConfiguredCookieIsASession) {
    addSession("1");
    STRCMP_EQUAL("nobody", nameOf(withCookie(kCookie256Cbc, "other_session")).c_str());
    STRCMP_EQUAL("nobody", nameOf(withCookie(kSessionId)).c_str()); // not encrypted

    configure({{"PREGON_SESSION_COOKIE", "other_session"}});
    STRCMP_EQUAL("nobody", nameOf(withCookie(kCookie256Cbc, "other_session")).c_str());

    config.sessionCookie.clear();
    identity.emplace(config, demo.clock, recorder);
    STRCMP_EQUAL("nobody", nameOf(withCookie(kCookie256Cbc)).c_str());
}

TEST(Identity, ACookieThatHoldsNoSessionIdIsNone) {
    demo.execute(
        "INSERT INTO sessions (id, user_id, payload, last_activity) VALUES ('q7Zt0aB3', 1, "
        "'', " +
        std::to_string(demo.clock.unixSeconds()) + ")");

    STRCMP_EQUAL("nobody", nameOf(withCookie(kCookieWithShortId)).c_str());
}

TEST(Identity, LogsWhyASessionCookieTellsNoUser) {
    const std::pair<std::string, const char *> cases[] = {
        {kCookie256Cbc, "logged out, expired, or SESSION_DRIVER is not database"},
        {kSessionId, "the cookie is not encrypted"},
        {"eyJpdiI6IngifQ==", "the cookie is of another APP_KEY"},
        {kCookieWithShortId, "the cookie holds no session id"},
    };
    for (const auto &[cookie, reason] : cases) {
        const LogCapture log(demo.folder.file("log"));
        STRCMP_EQUAL("nobody", nameOf(withCookie(cookie)).c_str());
        STRCMP_CONTAINS("<6>session refused", log.text().c_str());
        STRCMP_CONTAINS(reason, log.text().c_str());
        CHECK_TRUE(log.text().find(kSessionId) == std::string::npos);
    }
}

TEST(Identity, LogsNothingOfACookieWhereATokenTellsTheUser) {
    const LogCapture log(demo.folder.file("log"));
    STRCMP_EQUAL("Ana", nameOf(withCookie(kSessionId, kSessionCookie, anasToken)).c_str());
    STRCMP_EQUAL("nobody", nameOf(HttpRequest()).c_str());
    STRCMP_EQUAL("", log.text().c_str());
}

TEST(Identity, ARememberedUserCountsIfThatIsTurnedOn) {
    demo.execute("UPDATE users SET remember_token = 'anasRememberToken' WHERE id = 1");
    const HttpRequest request = withCookie(kRememberedAna, kRememberCookie, betosToken);
    STRCMP_EQUAL("Beto", nameOf(request).c_str());

    configure({{"PREGON_REMEMBER_ME", "true"}, {"PREGON_IDENTITY_CACHE_SECONDS", "0"}});
    STRCMP_EQUAL("Ana", nameOf(request).c_str());
    STRCMP_EQUAL("nobody", nameOf(withCookie(kRememberedWithoutDigest, kRememberCookie)).c_str());
    STRCMP_EQUAL("Beto", nameOf(request, Identity::Purpose::Write).c_str());

    demo.execute("UPDATE users SET remember_token = 'anasRememberTokeN' WHERE id = 1");
    STRCMP_EQUAL("Beto", nameOf(request).c_str());
    demo.execute("UPDATE users SET remember_token = NULL WHERE id = 1");
    STRCMP_EQUAL("Beto", nameOf(request).c_str());
}

TEST(Identity, ARevokedTokenWorksNoLongerThanTheCacheRemembers) {
    STRCMP_EQUAL("Ana", nameOf(withToken(anasToken)).c_str());
    demo.execute("DELETE FROM personal_access_tokens");

    demo.clock.advance(4);
    STRCMP_EQUAL("Ana", nameOf(withToken(anasToken)).c_str());

    demo.clock.advance(1);
    STRCMP_EQUAL("nobody", nameOf(withToken(anasToken)).c_str());
}

TEST(Identity, WithoutCacheARevokedTokenOrSessionEndsAtOnce) {
    configure({{"PREGON_IDENTITY_CACHE_SECONDS", "0"}});
    addSession("1");
    STRCMP_EQUAL("Ana", nameOf(withToken(anasToken)).c_str());
    STRCMP_EQUAL("Ana", nameOf(withCookie(kCookie256Cbc)).c_str());
    demo.execute("DELETE FROM personal_access_tokens");
    demo.execute("DELETE FROM sessions");

    STRCMP_EQUAL("nobody", nameOf(withToken(anasToken)).c_str());
    STRCMP_EQUAL("nobody", nameOf(withCookie(kCookie256Cbc)).c_str());
}

TEST(Identity, ADeletedUserIsKnownNoLongerThanTheCacheRemembers) {
    addSession("1");
    STRCMP_EQUAL("Ana", nameOf(withToken(anasToken)).c_str());
    STRCMP_EQUAL("Ana", nameOf(withCookie(kCookie256Cbc)).c_str());
    demo.execute("PRAGMA foreign_keys = OFF");
    demo.execute("DELETE FROM users WHERE id = 1");
    STRCMP_EQUAL("Ana", nameOf(withToken(anasToken)).c_str());

    demo.clock.advance(5);
    STRCMP_EQUAL("nobody", nameOf(withToken(anasToken)).c_str());
    STRCMP_EQUAL("nobody", nameOf(withCookie(kCookie256Cbc)).c_str());
}

TEST(Identity, WhoWritesIsAskedForEachTime) {
    STRCMP_EQUAL("Ana", nameOf(withToken(anasToken)).c_str());
    demo.execute("UPDATE users SET name = 'Juan Pérez' WHERE id = 1");
    STRCMP_EQUAL("Ana", nameOf(withToken(anasToken)).c_str());

    STRCMP_EQUAL("Juan Pérez", nameOf(withToken(anasToken), Identity::Purpose::Write).c_str());
    STRCMP_EQUAL("Juan Pérez", nameOf(withToken(anasToken)).c_str());

    demo.execute("DELETE FROM personal_access_tokens");
    STRCMP_EQUAL("nobody", nameOf(withToken(anasToken), Identity::Purpose::Write).c_str());
}

TEST(Identity, NobodyIsNeverRemembered) {
    demo.execute("UPDATE personal_access_tokens SET tokenable_type = 'Other'");
    STRCMP_EQUAL("nobody", nameOf(withToken(anasToken)).c_str());

    demo.execute("UPDATE personal_access_tokens SET tokenable_type = '" + std::string(kUserType) +
                 "'");
    STRCMP_EQUAL("Ana", nameOf(withToken(anasToken)).c_str());
}

TEST(Identity, TheCacheHonoursTheEndOfATokenAndOfASession) {
    const std::int64_t now = demo.clock.unixSeconds();
    configure({{"PREGON_IDENTITY_CACHE_SECONDS", "300"}, {"PREGON_SESSION_LIFETIME_MINUTES", "1"}});
    demo.execute("UPDATE personal_access_tokens SET expires_at = '" + formatSqlTime(now + 2) + "'");
    addSession("1");
    STRCMP_EQUAL("Ana", nameOf(withToken(anasToken)).c_str());
    STRCMP_EQUAL("Ana", nameOf(withCookie(kCookie256Cbc)).c_str());

    demo.clock.advance(2);
    STRCMP_EQUAL("Ana", nameOf(withToken(anasToken)).c_str());
    demo.clock.advance(1);
    STRCMP_EQUAL("nobody", nameOf(withToken(anasToken)).c_str());

    demo.clock.advance(57);
    STRCMP_EQUAL("Ana", nameOf(withCookie(kCookie256Cbc)).c_str());
    demo.clock.advance(1);
    STRCMP_EQUAL("nobody", nameOf(withCookie(kCookie256Cbc)).c_str());
}

TEST(Identity, WhoIsRememberedNeedsNoDatabase) {
    addSession("1");
    STRCMP_EQUAL("Ana", nameOf(withToken(anasToken)).c_str());
    STRCMP_EQUAL("Ana", nameOf(withCookie(kCookie256Cbc)).c_str());
    Database away = Database::onDemand(std::string("sqlite:/nonexistent/store.db"));

    STRCMP_EQUAL("Ana", nameIn(away, withToken(anasToken)).c_str());
    STRCMP_EQUAL("Ana", nameIn(away, withCookie(kCookie256Cbc)).c_str());
    STRCMP_EQUAL("error", nameIn(away, withToken(betosToken)).c_str());
    STRCMP_EQUAL("nobody", nameIn(away, {}).c_str());
}

TEST(Identity, RecordsTheUseOfATokenIfThatIsTurnedOn) {
    const char *const used = "SELECT count(last_used_at) FROM personal_access_tokens";
    (void)nameOf(withToken(anasToken));
    CHECK_TRUE(recorder.write(demo.database).has_value());
    STRCMP_EQUAL("1", demo.value(used).c_str());

    configure({{"PREGON_TOUCH_LAST_USED", "false"}});
    (void)nameOf(withToken(betosToken));
    CHECK_TRUE(recorder.write(demo.database).has_value());
    STRCMP_EQUAL("1", demo.value(used).c_str());
}

TEST(Identity, RecordsTheUseOfASessionIfThatIsTurnedOn) {
    const std::int64_t start = demo.clock.unixSeconds();
    const char *const last = "SELECT last_activity FROM sessions";
    addSession("1");
    demo.clock.advance(60);
    (void)nameOf(withCookie(kCookie256Cbc));
    CHECK_TRUE(recorder.write(demo.database).has_value());
    STRCMP_EQUAL(std::to_string(start).c_str(), demo.value(last).c_str());

    configure({{"PREGON_SESSION_TOUCH", "true"}});
    (void)nameOf(withCookie(kCookie256Cbc));
    CHECK_TRUE(recorder.write(demo.database).has_value());
    STRCMP_EQUAL(std::to_string(start + 60).c_str(), demo.value(last).c_str());
}

namespace {

const std::string kJwtSecret = "0123456789abcdef0123456789abcdef";

Environment withJwt(Environment more = {}) {
    more.merge(Environment{{"PREGON_JWT_ALGORITHM", "HS256"}, {"PREGON_JWT_SECRET", kJwtSecret}});
    return more;
}
std::string claimsOf(const std::string &subject, const std::string &id = "t1") {
    return R"({"sub":)" + subject + R"(,"jti":")" + id + R"(","exp":1795514460})";
}

} // namespace

TEST(Identity, KnowsTheUserOfAJsonWebToken) {
    const std::string token = hmacToken(claimsOf("1"), kJwtSecret);
    STRCMP_EQUAL("nobody", nameOf(withToken(token)).c_str()); // not configured
    configure(withJwt());
    STRCMP_EQUAL("Ana", nameOf(withToken(token)).c_str());
    STRCMP_EQUAL("Ana", nameOf(withToken(anasToken)).c_str()); // Sanctum's, too
    STRCMP_EQUAL(
        "api",
        (*identity->find(withToken(token), Identity::Purpose::Read, demo.database))->guard.c_str());
    CHECK_FALSE(
        (*identity->find(withToken(token), Identity::Purpose::Read, demo.database))->can("any"));
    demo.clock.advance(3600 + 30);
    STRCMP_EQUAL("nobody", nameOf(withToken(token)).c_str());
}

TEST(Identity, RefusesAJsonWebTokenThatTellsNoUserAndLogsWhy) {
    configure(withJwt());
    const std::pair<std::string, const char *> cases[] = {
        {hmacToken(claimsOf("99"), kJwtSecret), "no user has the value of the token's claim sub"},
        {hmacToken(claimsOf("\"1x\""), kJwtSecret), "no user has the value"},
        {hmacToken(claimsOf("\"01\""), kJwtSecret), "no user has the value"},
        {hmacToken(claimsOf("1"), std::string(32, 'x')), "signature is of none of the keys"},
        {unsignedToken(R"({"alg":"none"})", claimsOf("1")) + ".", "another algorithm"},
    };
    for (const auto &[token, reason] : cases) {
        const LogCapture log(demo.folder.file("log"));
        STRCMP_EQUAL_TEXT("nobody", nameOf(withToken(token)).c_str(), reason);
        STRCMP_CONTAINS("<6>token refused", log.text().c_str());
        STRCMP_CONTAINS(reason, log.text().c_str());
    }
}

TEST(Identity, FindsTheUserByTheColumnThatIsConfigured) {
    configure(withJwt({{"PREGON_JWT_COLUMN", "name"}}));
    STRCMP_EQUAL("Ana", nameOf(withToken(hmacToken(claimsOf("\"Ana\""), kJwtSecret))).c_str());
    STRCMP_EQUAL("nobody", nameOf(withToken(hmacToken(claimsOf("\"ana\""), kJwtSecret))).c_str());
    demo.execute("UPDATE users SET name = 'Ana'");
    demo.clock.advance(60); // nothing is remembered
    STRCMP_EQUAL("nobody",
                 nameOf(withToken(hmacToken(claimsOf("\"Ana\"", "t2"), kJwtSecret))).c_str());
}

TEST(Identity, PassportsTokensCountUntilTheyAreRevoked) {
    demo.execute("CREATE TABLE oauth_access_tokens (id VARCHAR(100) PRIMARY KEY, revoked BOOLEAN)");
    demo.execute("INSERT INTO oauth_access_tokens VALUES ('t1', 0), ('t2', 1)");
    configure(withJwt({{"PREGON_JWT_PASSPORT", "true"}, {"PREGON_IDENTITY_CACHE_SECONDS", "0"}}));
    STRCMP_EQUAL("Ana", nameOf(withToken(hmacToken(claimsOf("1", "t1"), kJwtSecret))).c_str());
    for (const char *id : {"t2", "t3", "T1", ""})
        STRCMP_EQUAL_TEXT("nobody",
                          nameOf(withToken(hmacToken(claimsOf("1", id), kJwtSecret))).c_str(), id);
    demo.execute("UPDATE oauth_access_tokens SET revoked = 1");
    STRCMP_EQUAL("nobody", nameOf(withToken(hmacToken(claimsOf("1", "t1"), kJwtSecret))).c_str());
    demo.execute("DROP TABLE oauth_access_tokens");
    STRCMP_EQUAL("error", nameOf(withToken(hmacToken(claimsOf("1", "t1"), kJwtSecret))).c_str());
}

TEST(Identity, RefusesJwtSettingsThatDoNotFitTogether) {
    const std::pair<Environment, const char *> cases[] = {
        {{{"PREGON_JWT_ALGORITHM", "HS256"}},
         "PREGON_JWT_ALGORITHM: HS256 needs PREGON_JWT_SECRET alone"},
        {{{"PREGON_JWT_ALGORITHM", "RS256"}, {"PREGON_JWT_SECRET", kJwtSecret}},
         "PREGON_JWT_ALGORITHM: "},
        {{{"PREGON_JWT_ALGORITHM", "HS256"}, {"PREGON_JWT_SECRET", "short"}},
         "PREGON_JWT_SECRET: HS256 needs a secret of at least 32 bytes"},
        {{{"PREGON_JWT_ALGORITHM", "RS256"}, {"PREGON_JWT_KEY_FILE", "/nowhere"}},
         "PREGON_JWT_KEY_FILE: /nowhere"},
        {withJwt({{"PREGON_JWT_COLUMN", "dni"}}),
         "PREGON_JWT_COLUMN: PREGON_USER_COLUMNS does not list dni"},
        {{{"PREGON_JWT_ALGORITHM", "none"}}, "PREGON_JWT_ALGORITHM"},
    };
    for (const auto &[values, reason] : cases) {
        const auto made = makeAppConfig(values, {});
        CHECK_FALSE_TEXT(made.has_value(), reason);
        STRCMP_CONTAINS(reason, made.error().reason.c_str());
    }
}
