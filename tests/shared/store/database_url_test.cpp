// SPDX-License-Identifier: MIT
#include "shared/store/database_url.h"

#include "CppUTest/TestHarness.h"

using namespace pregon;

TEST_GROUP(DatabaseUrl){
    static std::string described(std::string_view text){const auto url = parseDatabaseUrl(text);
if (!url)
    return "refused: " + url.error().reason;
std::string line = url->path + "|" + url->user + "|" + url->password + "|" + url->host + "|" +
                   url->port + "|" + url->name;
for (const auto &[name, value] : url->options)
    line += "|" + name + "=" + value;
return line;
}
static std::string connecting(std::string_view text) {
    return connectText(*parseDatabaseUrl(text), std::chrono::milliseconds(1500));
}
}
;

TEST(DatabaseUrl, TakesItApart) {
    const std::pair<const char *, const char *> cases[] = {
        {"sqlite:/a/b.db", "/a/b.db|||||"},
        {"postgresql://ana:se%40cret@db.example:5433/shop", "|ana|se@cret|db.example|5433|shop"},
        {"pgsql://ana@db/shop", "|ana||db||shop"},
        {"postgres://db/shop", "|||db||shop"},
        {"mysql://ana:a:b@[::1]:3307/shop", "|ana|a:b|::1|3307|shop"},
        {"mariadb:///shop", "|||||shop"},
        {"mariadb://ana@/shop?socket=/run/mysqld/mysqld.sock",
         "|ana||||shop|socket=/run/mysqld/mysqld.sock"},
        {"postgresql://ana@/s?socket=/run/postgresql&sslmode=require",
         "|ana||||s|socket=/run/postgresql|sslmode=require"},
    };
    for (const auto &[text, expected] : cases)
        STRCMP_EQUAL(expected, described(text).c_str());
}

TEST(DatabaseUrl, RefusesWithoutRepeatingThePassword) {
    for (const char *text :
         {"", "oracle://x", "sqlite:", "postgresql://ana:secret@host", "postgresql://host/",
          "postgresql://ana:secret@host:port/x", "postgresql://ana:secret@host:123456/x",
          "mariadb://ana:secret@[::1/x", "mariadb://ana:secret@h/x?sslmode=require",
          "postgresql://h/x?secret"}) {
        const std::string said = described(text);
        CHECK_TRUE_TEXT(said.starts_with("refused: "), text);
        CHECK_TRUE_TEXT(said.find("secret") == std::string::npos, text);
    }
}

TEST(DatabaseUrl, APasswordCannotAddToTheConnectText) {
    const std::string text = connecting("postgresql://ana:p%27%20host%3D%27evil@db/shop");
    STRCMP_CONTAINS(R"(password='p\' host=\'evil' )", text.c_str());
    STRCMP_CONTAINS("host='db' ", text.c_str());
}

TEST(DatabaseUrl, LimitsTheTime) {
    const std::string postgreSql = connecting("postgresql://db/shop");
    STRCMP_CONTAINS("connect_timeout=2 tcp_user_timeout=1500 ", postgreSql.c_str());
    CHECK_TRUE(postgreSql.find("options=") == std::string::npos); // pgbouncer refuses them
    STRCMP_CONTAINS("connect_timeout=2 read_timeout=3 write_timeout=2 ",
                    connecting("mariadb://db/shop").c_str());
}

TEST(DatabaseUrl, PrefersTheSocket) {
    STRCMP_CONTAINS("host='/run/postgresql' ",
                    connecting("postgresql://x/shop?socket=/run/postgresql").c_str());
    STRCMP_CONTAINS("unix_socket='/run/m.sock' ",
                    connecting("mariadb:///shop?socket=/run/m.sock").c_str());
}
