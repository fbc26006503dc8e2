// SPDX-License-Identifier: MIT
#include "ctl/import/laravel_import.h"

#include "ctl/host/private_file.h"
#include "ctl/import/laravel_settings.h"
#include "shared/config/app_config.h"
#include "shared/small_file.h"
#include "tests/fcgi/demo_shops.h"

#include <fstream>
#include <sstream>
#include <sys/stat.h>

#include "CppUTest/TestHarness.h"

using namespace pregon;
using namespace pregon::fcgitest;

TEST_GROUP(LaravelImport) {
    TemporaryFolder folder;
    std::ostringstream out;

    static LaravelSettings read(const std::string &text,
                                const std::map<std::string, std::string> &php = {}) {
        LaravelSource source;
        source.env = LaravelEnv::parse(text, ".env");
        source.folder = "/srv/app";
        for (const auto &[name, config] : php)
            (name == "cors"       ? source.cors
             : name == "database" ? source.database
                                  : source.reverb) = PhpConfig::parse(config, source.env);
        return readLaravelSettings(source);
    }
    /// `KEY=value` of what was taken, sorted as it comes.
    static std::string taken(const std::string &text) {
        std::string all;
        for (const auto &one : read(text).taken)
            all += one.key + "=" + one.value + "\n";
        return all;
    }
    static std::string ignored(const std::string &text) {
        return lines(read(text).ignored);
    }
    static std::string warnings(const std::string &text) {
        return lines(read(text).warnings);
    }
    static std::string lines(const std::vector<std::string> &all) {
        std::string text;
        for (const std::string &line : all)
            text += line + "\n";
        return text;
    }
    /// The store's address, or why there is none.
    static std::string database(const std::string &text) {
        const LaravelSettings settings = read(text);
        const std::string url = settings.valueOf("PREGON_DATABASE");
        return url.empty() ? lines(settings.warnings) : url;
    }
    Outcome import(const std::string &text, std::map<std::string, std::string, std::less<>> more) {
        std::ofstream(folder.file("laravel")) << text;
        CommandOptions options;
        options.configFile = folder.file("pregon.env");
        options.values = std::move(more);
        options.values["FILE"] = folder.file("laravel");
        out.str("");
        return importLaravel(options, out);
    }
};

TEST(LaravelImport, TakesReverbsLinesAndFollowsReferences) {
    STRCMP_EQUAL("REVERB_APP_ID=1\nREVERB_APP_KEY=shop-key\nREVERB_APP_SECRET=s\n"
                 "PREGON_APP_CLIENT_EVENTS_ON_PUBLIC=true\n",
                 taken("NAME=shop\nREVERB_APP_ID=1\nREVERB_APP_KEY=\"${NAME}-key\"\n"
                       "REVERB_APP_SECRET=s\n")
                     .c_str());
}

TEST(LaravelImport, TakesTheApplicationsDatabaseExactly) {
    const std::string mysql = "DB_CONNECTION=mysql\nDB_DATABASE=shop\nDB_USERNAME=shop\n",
                      pgsql = "DB_CONNECTION=pgsql\nDB_DATABASE=shop\nDB_USERNAME=shop\n";
    const std::pair<std::string, const char *> cases[] = {
        {mysql + "DB_HOST=db.lan\nDB_PORT=3306\nDB_PASSWORD=\"p@ss/1 ñ\"\n",
         "mariadb://shop:p%40ss%2F1%20%C3%B1@db.lan:3306/shop"},
        {mysql, "mariadb://shop@127.0.0.1/shop"},
        {mysql + "DB_HOST=::1\nDB_PORT=3307\n", "mariadb://shop@[::1]:3307/shop"},
        {mysql + "DB_SOCKET=/run/mysqld/mysqld.sock\nDB_PORT=3306\n",
         "mariadb://shop@/shop?socket=%2Frun%2Fmysqld%2Fmysqld.sock"},
        {mysql + "DB_HOST=db.lan\nMYSQL_ATTR_SSL_CA=/etc/ssl/rds.pem\n",
         "mariadb://shop@db.lan/shop?sslca=%2Fetc%2Fssl%2Frds.pem"},
        {pgsql + "DB_HOST=/run/postgresql\nDB_PORT=5433\n",
         "postgresql://shop@:5433/shop?socket=%2Frun%2Fpostgresql"},
        {pgsql + "DB_HOST=db.lan\nDB_SSLMODE=verify-full\n",
         "postgresql://shop@db.lan/shop?sslmode=verify-full"},
        {"DB_CONNECTION=sqlite\n", "sqlite:/srv/app/database/database.sqlite"},
        {"DB_CONNECTION=sqlite\nDB_DATABASE=/data/a.db\n", "sqlite:/data/a.db"},
        {"DB_CONNECTION=sqlite\nDB_URL=sqlite:////data/a.db\n", "sqlite:/data/a.db"},
        {"DB_URL=mysql://u:p%40w@h:25060/defaultdb?charset=utf8mb4\n",
         "mariadb://u:p%40w@h:25060/defaultdb"},
        {"DB_URL=postgres://u:a+b@h/d?sslmode=require&schema=public\n",
         "postgresql://u:a%2Bb@h/d?sslmode=require"},
        {mysql + "DB_URL=mysql://h/other\nDB_PASSWORD=p\n", "mariadb://shop:p@h/other"},
        {"DATABASE_URL=mysql://u:p@h/d\n", "mariadb://u:p@h/d"},
        {mysql + "DATABASE_URL=mysql://u:p@h/d\n", "mariadb://shop@127.0.0.1/shop"},
    };
    for (const auto &[text, expected] : cases)
        STRCMP_EQUAL_TEXT(expected, database(text).c_str(), text.c_str());
    STRCMP_EQUAL("mariadb://u:p@h/d",
                 read(mysql + "DATABASE_URL=mysql://u:p@h/d\n",
                      {{"database", "<?php return ['url' => env('DATABASE_URL')];"}})
                     .valueOf("PREGON_DATABASE")
                     .c_str());
}

TEST(LaravelImport, TakesNoDatabaseRatherThanAnotherOne) {
    const std::string login = "DB_DATABASE=shop\nDB_USERNAME=shop\n";
    const std::pair<std::string, const char *> cases[] = {
        {"DB_CONNECTION=sqlsrv\n", "DB_CONNECTION: sqlsrv is not supported"},
        {"DB_CONNECTION=mysql\nDB_USERNAME=shop\n", "DB_DATABASE: not set"},
        {"DB_CONNECTION=mysql\nDB_DATABASE=shop\n", "DB_USERNAME: not set"},
        {"DB_CONNECTION=mysql\nDB_HOST=h:3307\n" + login, "DB_HOST: is no host name or address"},
        {login, "DB_CONNECTION: not set"},
        {"DB_CONNECTION=sqlite\nDB_DATABASE=:memory:\n", "in memory"},
        {"DB_URL=postgres://u:p@h/d?schema=app\n", "DB_URL: the schema is not public"},
        {"DB_URL=\"mysql://u:p#x@h/d\"\n", "%23"},
        {"DB_URL=mysql://u:p@h/d?read[host]=r\n", "for reading and writing"},
        {"DB_URL=mysql://u:p@h:x/d\n", "malformed port"},
        {"DB_URL=sqlite:///data/a.db\n", "must be absolute"},
        {"DB_CONNECTION=pgsql\nDB_URL=nonsense\n" + login, "is no URL"},
    };
    for (const auto &[text, expected] : cases) {
        STRCMP_CONTAINS_TEXT(expected, database(text).c_str(), text.c_str());
        STRCMP_CONTAINS_TEXT("no PREGON_DATABASE is written", warnings(text).c_str(), text.c_str());
    }
}

TEST(LaravelImport, SaysWhichEncryptionOfTheDatabaseHasNoEffect) {
    const std::string login = "DB_DATABASE=shop\nDB_USERNAME=shop\n";
    STRCMP_CONTAINS("DB_URL: ssl-mode has no effect on Laravel's connection",
                    warnings("DB_URL=mysql://u:p@h/d?ssl-mode=REQUIRED\n").c_str());
    STRCMP_CONTAINS("DB_SSLMODE: counts for PostgreSQL only",
                    warnings("DB_CONNECTION=mysql\nDB_SSLMODE=require\n" + login).c_str());
    STRCMP_CONTAINS("MYSQL_ATTR_SSL_CA: counts for MySQL",
                    warnings("DB_CONNECTION=pgsql\nMYSQL_ATTR_SSL_CA=/a\n" + login).c_str());
}

TEST(LaravelImport, TakesPrefixAndSessionTable) {
    STRCMP_EQUAL("sessions=web_sessions",
                 read("SESSION_TABLE=web_sessions\n").valueOf("PREGON_TABLES").c_str());
    STRCMP_EQUAL("users=sh_users,commerces=sh_commerces,devices=sh_devices,"
                 "notifications=sh_notifications,personal_access_tokens=sh_personal_access_tokens,"
                 "sessions=sh_sessions,app_instances=sh_app_instances",
                 read("DB_PREFIX=sh_\n").valueOf("PREGON_TABLES").c_str());
    STRCMP_CONTAINS("DB_PREFIX, SESSION_TABLE: ", warnings("DB_PREFIX=sh-\n").c_str());
    const std::string session = "APP_KEY=k\nSESSION_COOKIE=c\nDB_CONNECTION=mysql\n";
    STRCMP_CONTAINS("SESSION_CONNECTION: the sessions are in another database",
                    warnings(session + "SESSION_CONNECTION=other\n").c_str());
    STRCMP_EQUAL(
        "", read(session + "SESSION_CONNECTION=other\n").valueOf("PREGON_SESSION_COOKIE").c_str());
    STRCMP_EQUAL(
        "c", read(session + "SESSION_CONNECTION=mysql\n").valueOf("PREGON_SESSION_COOKIE").c_str());
}

TEST(LaravelImport, TakesWhoMayConnect) {
    for (const std::string name : {"REVERB_ALLOWED_ORIGINS", "REVERB_APP_ALLOWED_ORIGINS"})
        STRCMP_EQUAL("shop.example,*.shop.example", read(name + "=shop.example,*.shop.example\n")
                                                        .valueOf("PREGON_APP_ALLOWED_ORIGINS")
                                                        .c_str());
    const auto ofFile = [](const std::string &expression) {
        return read("", {{"reverb", "<?php return ['allowed_origins' => " + expression + "];"}});
    };
    STRCMP_EQUAL("shop.example",
                 ofFile("['shop.example']").valueOf("PREGON_APP_ALLOWED_ORIGINS").c_str());
    STRCMP_EQUAL("", ofFile("['*']").valueOf("PREGON_APP_ALLOWED_ORIGINS").c_str());
    STRCMP_CONTAINS("otherwise every page may connect", lines(ofFile("$origins").warnings).c_str());
}

TEST(LaravelImport, WarnsOfARestrictionThatItDoesNotKnow) {
    STRCMP_CONTAINS("REVERB_APP_DENIED_USERS: is not known here",
                    warnings("REVERB_APP_DENIED_USERS=7\n").c_str());
    STRCMP_CONTAINS("DB_SSL_KEY: is not used", warnings("DB_SSL_KEY=/a\n").c_str());
    STRCMP_CONTAINS("PREGON_X: is no setting", warnings("PREGON_X=1\n").c_str());
}

TEST(LaravelImport, TakesTheOriginsOfPagesThatAreElsewhere) {
    const auto origins = [](const std::string &text, const std::string &cors = "") {
        return read(text, {{"cors", cors}}).valueOf("PREGON_CORS_ORIGINS");
    };
    STRCMP_EQUAL("https://app.example.com",
                 origins("FRONTEND_URL=https://App.example.com/login\n").c_str());
    STRCMP_EQUAL("https://app.example.com,https://*.shop.example",
                 origins("APP_URL=https://api.example.com\n"
                         "SANCTUM_STATEFUL_DOMAINS=localhost,localhost:3000,127.0.0.1:8000,::1,"
                         "api.example.com,app.example.com,*.shop.example\n")
                     .c_str());
    STRCMP_EQUAL(
        "http://localhost:3000",
        origins("APP_URL=http://localhost\nSANCTUM_STATEFUL_DOMAINS=localhost:3000\n").c_str());
    const std::string cors = "<?php return ['allowed_origins' => [env('FRONTEND_URL', "
                             "'http://localhost:3000'), 'https://b.example'],\n"
                             "'allowed_origins_patterns' => [], 'supports_credentials' => true];";
    STRCMP_EQUAL("https://a.example,https://b.example",
                 origins("FRONTEND_URL=https://a.example\n", cors).c_str());
    STRCMP_EQUAL("true", read("", {{"cors", cors}}).valueOf("PREGON_CORS_CREDENTIALS").c_str());
    STRCMP_EQUAL("", origins("", "<?php return ['allowed_origins' => ['*']];").c_str());
}

TEST(LaravelImport, SaysWhatOfTheCorsFileItCannotTell) {
    STRCMP_CONTAINS(
        "allowed_origins is more than a list",
        lines(read("", {{"cors", "<?php return ['allowed_origins' => origins()];"}}).warnings)
            .c_str());
    STRCMP_CONTAINS(
        "allowed_origins_patterns are regular expressions",
        lines(
            read("", {{"cors", "<?php return ['allowed_origins_patterns' => ['#.#']];"}}).warnings)
            .c_str());
}

TEST(LaravelImport, KeepsReverbsClientEventsOnPublicChannelsAndWarnsOfThem) {
    const std::string keys = "REVERB_APP_ID=1\nREVERB_APP_KEY=k\nREVERB_APP_SECRET=s\n";
    constexpr const char *kSetting = "PREGON_APP_CLIENT_EVENTS_ON_PUBLIC";
    STRCMP_CONTAINS(kSetting, taken(keys).c_str());
    STRCMP_CONTAINS("every visitor of a page can send to all others", warnings(keys).c_str());
    const std::string off = keys + "REVERB_APP_ACCEPT_CLIENT_EVENTS_FROM=none\n";
    CHECK_TRUE(taken(off).find(kSetting) == std::string::npos);
    STRCMP_CONTAINS((std::string(kSetting) + "=false").c_str(),
                    taken(keys + kSetting + "=false\n").c_str());
    CHECK_TRUE(warnings(keys + kSetting + "=false\n").empty());
}

TEST(LaravelImport, WarnsOfAKeyThatSomeClientsAlter) {
    STRCMP_CONTAINS("REVERB_APP_KEY: holds characters",
                    warnings("REVERB_APP_KEY=\"a b\"\n").c_str());
    CHECK_TRUE(warnings("REVERB_APP_KEY=base64:a/b+c=\n").empty());
}

TEST(LaravelImport, TakesTheKeysOfPusherAndSoketi) {
    const std::string pusher = "PUSHER_APP_ID=7\nPUSHER_APP_KEY=k\nPUSHER_APP_SECRET=s\n";
    STRCMP_EQUAL("REVERB_APP_ID=7\nREVERB_APP_KEY=k\nREVERB_APP_SECRET=s\n", taken(pusher).c_str());
    STRCMP_EQUAL("REVERB_APP_ID=1\n", taken(pusher + "REVERB_APP_ID=1\n").c_str());
    CHECK_TRUE(import(pusher, {}).has_value());
    STRCMP_CONTAINS("  REVERB_APP_SECRET=\"${PUSHER_APP_SECRET}\"\n", out.str().c_str());
}

TEST(LaravelImport, WarnsOfNamesInsideDocker) {
    STRCMP_CONTAINS("DB_HOST=mysql: a name inside Docker",
                    warnings("DB_CONNECTION=mysql\nDB_HOST=mysql\n").c_str());
    STRCMP_CONTAINS("REVERB_HOST=reverb: a name inside Docker",
                    warnings("REVERB_HOST=reverb\n").c_str());
    CHECK_TRUE(warnings("REDIS_HOST=redis\n").empty());
    STRCMP_CONTAINS("REDIS_HOST=redis: a name",
                    warnings("REDIS_HOST=redis\nREVERB_SCALING_ENABLED=true\n").c_str());
}

TEST(LaravelImport, TellsWhatLaravelReadsOtherwiseThanItLooks) {
    STRCMP_CONTAINS(".env:2: a double quote is not closed",
                    warnings("A=1\nREVERB_APP_KEY=\"k\nREVERB_APP_ID=1\n").c_str());
    STRCMP_CONTAINS("REVERB_APP_KEY: no line above sets ${NONE}",
                    warnings("REVERB_APP_KEY=\"${NONE}-k\"\n").c_str());
    STRCMP_CONTAINS(".env:1: REVERB_HOST is a name without scheme and path",
                    warnings("REVERB_HOST=https://ws.example.com/\n").c_str());
}

TEST(LaravelImport, TakesSessionsOfTheDatabase) {
    const std::string session = "APP_KEY=base64:k\nSESSION_COOKIE=shop_session\n"
                                "APP_TIMEZONE=America/Lima\nSESSION_LIFETIME=60\n";
    STRCMP_EQUAL("PREGON_APP_KEY=base64:k\nPREGON_APP_TIMEZONE=America/Lima\n"
                 "PREGON_SESSION_LIFETIME_MINUTES=60\n"
                 "PREGON_SESSION_COOKIE=shop_session\n",
                 taken(session + "SESSION_DRIVER=database\n").c_str());
    STRCMP_CONTAINS("SESSION_COOKIE: not set", ignored("APP_KEY=k\n").c_str());
}

TEST(LaravelImport, TakesSessionsOfRedisFilesAndCookies) {
    const std::string session = "APP_NAME=\"My Shop\"\nAPP_KEY=base64:k\nSESSION_COOKIE=shop\n"
                                "REDIS_HOST=10.0.0.9\nREDIS_DB=2\n";
    STRCMP_CONTAINS("PREGON_SESSION_COOKIE=shop\nPREGON_SESSION_DRIVER=redis\n"
                    "PREGON_SESSION_PREFIX=my_shop_database_my_shop_cache_\n",
                    taken(session + "SESSION_DRIVER=redis\n").c_str());
    STRCMP_CONTAINS("REDIS_HOST=10.0.0.9\n", taken(session + "SESSION_DRIVER=redis\n").c_str());
    CHECK_TRUE(taken(session + "SESSION_DRIVER=file\n").find("REDIS_") == std::string::npos);
    STRCMP_CONTAINS(
        "PREGON_SESSION_PREFIX=a:b:\n",
        taken(session + "SESSION_DRIVER=redis\nREDIS_PREFIX=a:\nCACHE_PREFIX=b:\n").c_str());
    STRCMP_CONTAINS("PREGON_SESSION_DRIVER=cookie\n",
                    taken(session + "SESSION_DRIVER=cookie\n").c_str());
    STRCMP_CONTAINS("PREGON_SESSION_DRIVER=file\nPREGON_SESSION_FILES=",
                    taken(session + "SESSION_DRIVER=file\n").c_str());
    CHECK_TRUE(taken(session + "SESSION_DRIVER=memcached\n").find("PREGON_SESSION_COOKIE") ==
               std::string::npos);
}

TEST(LaravelImport, SaysWhyItIgnoresALine) {
    const std::string lines = ignored("REVERB_HOST=a\nREVERB_SERVER_PORT=8080\nREDIS_HOST=r\n"
                                      "REVERB_SCALING_ENABLED=false\nMAIL_HOST=m\n");
    for (const char *name :
         {"REVERB_HOST: ", "REVERB_SERVER_PORT: ", "REDIS_HOST: ", "REVERB_SCALING_ENABLED: "})
        STRCMP_CONTAINS(name, lines.c_str());
    CHECK_TRUE(lines.find("MAIL") == std::string::npos);
}

TEST(LaravelImport, TakesRedisWhereReverbIsScaled) {
    STRCMP_EQUAL("REDIS_HOST=r\nREVERB_SCALING_ENABLED=true\n",
                 taken("REDIS_HOST=r\nREVERB_SCALING_ENABLED=true\n").c_str());
}

TEST(LaravelImport, WarnsOfTheClassicConfusions) {
    const auto warnings =
        read("REVERB_HOST=0.0.0.0\nREVERB_PORT=443\nREVERB_SCHEME=http\n").warnings;
    LONGS_EQUAL(2, warnings.size());
    STRCMP_CONTAINS("it is no bind address", warnings[0].c_str());
    STRCMP_CONTAINS("REVERB_PORT=443 with REVERB_SCHEME=http", warnings[1].c_str());
    LONGS_EQUAL(
        0, read("REVERB_HOST=ws.example\nREVERB_PORT=443\nREVERB_SCHEME=https\n").warnings.size());
}

TEST(LaravelImport, ShowsNoSecretAndWritesNothingUntold) {
    CHECK_TRUE(import("REVERB_APP_SECRET=geheim\nDB_CONNECTION=pgsql\nDB_DATABASE=shop\n"
                      "DB_PASSWORD=geheim\n",
                      {})
                   .has_value());

    CHECK_TRUE(out.str().find("geheim") == std::string::npos);
    STRCMP_CONTAINS("taken:   REVERB_APP_SECRET=(set)", out.str().c_str());
    STRCMP_CONTAINS("nothing written", out.str().c_str());
    CHECK_TRUE(import("A=1\n", {{"--output", "x"}}).error().code == ExitCode::Usage);
}

TEST(LaravelImport, WritesADropInThatIsReadBack) {
    std::ofstream(folder.file("pregon.env")) << "";
    std::filesystem::create_directory(folder.file("pregon.d"));
    const std::string file = folder.file("pregon.d/laravel.env");
    CHECK_TRUE(
        import("REVERB_APP_SECRET=\"it's \\\"x\\\" \\\\\"\n", {{"--write", ""}}).has_value());

    const auto config = loadAppConfig(folder.file("pregon.env"));
    STRCMP_EQUAL("it's \"x\" \\", config->apps[0].secret.c_str());
    struct stat status {};
    ::stat(file.c_str(), &status);
    LONGS_EQUAL(0640, status.st_mode & 0777);

    const auto again = import("REVERB_APP_SECRET=other\n", {{"--write", ""}});
    STRCMP_CONTAINS("--force replaces it", again.error().reason.c_str());
    STRCMP_EQUAL("it's \"x\" \\", loadAppConfig(folder.file("pregon.env"))->apps[0].secret.c_str());
    CHECK_TRUE(import("REVERB_APP_SECRET=other\n", {{"--write", ""}, {"--force", ""}}).has_value());
    STRCMP_EQUAL("other", loadAppConfig(folder.file("pregon.env"))->apps[0].secret.c_str());
    LONGS_EQUAL(1, std::distance(std::filesystem::directory_iterator(folder.file("pregon.d")),
                                 std::filesystem::directory_iterator()));
}

TEST(LaravelImport, KeepsTheOperatorsOwnLinesWhenForced) {
    std::ofstream(folder.file("pregon.env")) << "";
    std::filesystem::create_directory(folder.file("pregon.d"));
    std::ofstream(folder.file("pregon.d/laravel.env"))
        << "REVERB_APP_KEY=old\n# mine\nPREGON_APP_ALLOWED_ORIGINS='shop.example'\n";
    const std::map<std::string, std::string, std::less<>> forced = {{"--write", ""},
                                                                    {"--force", ""}};
    CHECK_TRUE(import("REVERB_APP_KEY=new\n", forced).has_value());

    const auto config = loadAppConfig(folder.file("pregon.env"));
    STRCMP_EQUAL("new", config->apps[0].key.c_str());
    STRCMP_EQUAL("shop.example", config->apps[0].allowedOrigins.at(0).c_str());
    STRCMP_CONTAINS("kept:    PREGON_APP_ALLOWED_ORIGINS", out.str().c_str());

    std::ofstream(folder.file("pregon.d/laravel.env")) << "PREGON_APP_ALLOWED_ORIGINS=a b\n";
    STRCMP_CONTAINS("laravel.env:1: PREGON_APP_ALLOWED_ORIGINS",
                    import("REVERB_APP_KEY=k\n", forced).error().reason.c_str());
}

TEST(LaravelImport, NamesTheLineOfAValueThatTheDaemonsWouldRefuse) {
    const auto done = import("A=1\nSESSION_LIFETIME=soon\n", {{"--write", ""}});
    STRCMP_CONTAINS("laravel:2: SESSION_LIFETIME: PREGON_SESSION_LIFETIME_MINUTES: not an integer",
                    done.error().reason.c_str());
}

TEST(LaravelImport, RefusesAFileThatLaravelRefuses) {
    STRCMP_CONTAINS("laravel:2: REVERB_APP_SECRET: there is more behind",
                    import("A=1\nREVERB_APP_SECRET=a b\n", {}).error().reason.c_str());
}

TEST(LaravelImport, WritesNothingThatIsNotValid) {
    const auto done = import("REVERB_APP_PING_INTERVAL=soon\n",
                             {{"--write", ""}, {"--output", folder.file("out")}});
    STRCMP_CONTAINS("REVERB_APP_PING_INTERVAL: not an integer", done.error().reason.c_str());
    CHECK_FALSE(std::filesystem::exists(folder.file("out")));
    CHECK_TRUE(import("A=1\n", {{"--write", ""}, {"--output", "/nonexistent/out"}}).error().code ==
               ExitCode::Problem);
}
