#include "ctl/laravel_import.h"

#include "ctl/private_file.h"
#include "shared/app_config.h"
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

    static LaravelSettings read(const std::string &text) {
        return readLaravelSettings(LaravelEnv::parse(text, ".env"), "/srv/app");
    }
    /// `KEY=value` of what was taken, sorted as it comes.
    static std::string taken(const std::string &text) {
        std::string all;
        for (const auto &one : read(text).taken)
            all += one.key + "=" + one.value + "\n";
        return all;
    }
    static std::string ignored(const std::string &text) {
        std::string all;
        for (const std::string &line : read(text).ignored)
            all += line + "\n";
        return all;
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
    STRCMP_EQUAL("REVERB_APP_ID=1\nREVERB_APP_KEY=shop-key\nREVERB_APP_SECRET=s\n",
                 taken("NAME=shop\nREVERB_APP_ID=1\nREVERB_APP_KEY=\"${NAME}-key\"\n"
                       "REVERB_APP_SECRET=s\n")
                     .c_str());
}

TEST(LaravelImport, MakesAStoresAddress) {
    STRCMP_EQUAL("PREGON_DATABASE=mariadb://shop:p%40ss%2F1@db:3306/shop\n",
                 taken("DB_CONNECTION=mysql\nDB_HOST=db\nDB_PORT=3306\nDB_DATABASE=shop\n"
                       "DB_USERNAME=shop\nDB_PASSWORD=\"p@ss/1\"\n")
                     .c_str());
    STRCMP_EQUAL("PREGON_DATABASE=postgresql://shop@/shop?socket=%2Frun%2Fpostgresql\n",
                 taken("DB_CONNECTION=pgsql\nDB_HOST=/run/postgresql\nDB_DATABASE=shop\n"
                       "DB_USERNAME=shop\n")
                     .c_str());
    STRCMP_EQUAL("PREGON_DATABASE=sqlite:/srv/app/database/database.sqlite\n",
                 taken("DB_CONNECTION=sqlite\n").c_str());
    STRCMP_EQUAL("PREGON_DATABASE=sqlite:/data/a.db\n",
                 taken("DB_CONNECTION=sqlite\nDB_DATABASE=/data/a.db\n").c_str());
    STRCMP_CONTAINS("DB_CONNECTION: sqlsrv is not supported",
                    ignored("DB_CONNECTION=sqlsrv\n").c_str());
}

TEST(LaravelImport, TakesSessionsOfTheDatabaseOnly) {
    const std::string session = "APP_KEY=base64:k\nSESSION_COOKIE=shop_session\n"
                                "APP_TIMEZONE=America/Lima\nSESSION_LIFETIME=60\n";
    STRCMP_EQUAL("PREGON_APP_KEY=base64:k\nPREGON_APP_TIMEZONE=America/Lima\n"
                 "PREGON_SESSION_LIFETIME_MINUTES=60\n"
                 "PREGON_SESSION_COOKIE=shop_session\n",
                 taken(session + "SESSION_DRIVER=database\n").c_str());
    CHECK_TRUE(taken(session + "SESSION_DRIVER=redis\n").find("COOKIE") == std::string::npos);
    STRCMP_CONTAINS("SESSION_DRIVER: only", ignored(session + "SESSION_DRIVER=redis\n").c_str());
    STRCMP_CONTAINS("SESSION_COOKIE: not set", ignored("APP_KEY=k\n").c_str());
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

TEST(LaravelImport, WritesNothingThatIsNotValid) {
    const auto done = import("REVERB_APP_PING_INTERVAL=soon\n",
                             {{"--write", ""}, {"--output", folder.file("out")}});
    STRCMP_CONTAINS("REVERB_APP_PING_INTERVAL: not an integer", done.error().reason.c_str());
    CHECK_FALSE(std::filesystem::exists(folder.file("out")));
    CHECK_TRUE(import("A=1\n", {{"--write", ""}, {"--output", "/nonexistent/out"}}).error().code ==
               ExitCode::Problem);
}
