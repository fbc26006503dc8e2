// SPDX-License-Identifier: MIT
#include "shared/config/app_config.h"
#include "shared/config/apps_file.h"
#include "shared/config/settings.h"
#include "shared/small_file.h"

#include "tests/fcgi/demo_shops.h"

#include <cstdlib>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "CppUTest/TestHarness.h"

using namespace pregon;

TEST_GROUP(AppConfig) {
    fcgitest::TemporaryFolder folder;

    void teardown() override {
        ::unsetenv("PREGON_FCGI_THREADS");
    }

    static AppConfig configOf(const Environment &file, const Environment &environment = {}) {
        const auto config = makeAppConfig(file, environment);
        CHECK_TRUE_TEXT(config.has_value(), config ? "" : config.error().reason.c_str());
        return config.value_or(AppConfig{});
    }

    static std::string refusalOf(const Environment &values) {
        const auto config = makeAppConfig(values, {});
        return config ? "accepted" : config.error().reason;
    }

    /// The value of PREGON_IPC_SOCKET in a file of this text.
    static std::string valueIn(const std::string &text) {
        auto values = parseEnvironmentFile(text, "pregon.env");
        return values ? (*values)["PREGON_IPC_SOCKET"] : "refused: " + values.error().reason;
    }

    std::string write(const std::string &text) {
        const std::string path = folder.file("pregon.env");
        std::ofstream(path) << text;
        return path;
    }

    std::string writeApps(const std::string &json) {
        const std::string path = folder.file("apps.json");
        std::ofstream(path) << json;
        return path;
    }
    /// The error of loading an environment file that names this list of applications.
    std::string refusalOfApps(const std::string &json) {
        const auto config = loadAppConfig(write("REVERB_APP_ID=1\nREVERB_APP_KEY=k\n"
                                                "REVERB_APP_SECRET=s\nPREGON_APPS=" +
                                                writeApps(json)));
        return config ? "accepted" : config.error().reason;
    }

    static std::string withoutFolder(const std::string &text) {
        return text.substr(text.find("pregon.env"));
    }
};

TEST(AppConfig, HasReverbsDefaults) {
    const AppConfig config = configOf({});

    LONGS_EQUAL(1, config.apps.size());
    LONGS_EQUAL(30, config.apps[0].activityTimeoutSeconds);
    LONGS_EQUAL(60, config.apps[0].pingIntervalSeconds);
    LONGS_EQUAL(kUnlimited, config.apps[0].maxConnections);
    LONGS_EQUAL(10000, config.apps[0].maxMessageSize);
    STRCMP_EQUAL("members", config.apps[0].acceptClientEventsFrom.c_str());
    CHECK_TRUE(config.apps[0].allowedOrigins == std::vector<std::string>{"*"});
    CHECK_FALSE(config.apps[0].rateLimiting);
    LONGS_EQUAL(60, config.apps[0].rateLimitMaxAttempts);
    LONGS_EQUAL(60, config.apps[0].rateLimitDecaySeconds);
    CHECK_FALSE(config.apps[0].rateLimitTerminate);
    STRCMP_EQUAL("", config.serverPath.c_str());
}

TEST(AppConfig, HasOurDefaults) {
    const AppConfig config = configOf({});

    STRCMP_EQUAL("unix:/run/pregon/ws.sock", config.wsListen.at(0).text().c_str());
    STRCMP_EQUAL("unix:/run/pregon/fcgi.sock", config.fcgiListen.at(0).text().c_str());
    STRCMP_EQUAL("/run/pregon/worker.sock", config.ipcSocket.c_str());
    CHECK_TRUE(config.userTypes == std::vector<std::string>{"App\\Models\\User"});
    CHECK_TRUE(config.userColumns == UserSettings().columns);
    CHECK_TRUE(config.touchLastUsed);
    CHECK_TRUE(config.userSoftDeletes);
    CHECK_FALSE(config.sessionTouch || config.rememberMe);
    STRCMP_EQUAL("", (config.appKey + config.sessionCookie).c_str());
    STRCMP_EQUAL("AES-256-CBC", config.appCipher.c_str());
    LONGS_EQUAL(0, config.tokenExpirationMinutes);
    LONGS_EQUAL(120, config.sessionLifetimeMinutes);
    LONGS_EQUAL(5, config.identityCacheSeconds);
    LONGS_EQUAL(10'000, config.identityCacheSize);
    LONGS_EQUAL(600, config.authTimestampWindowSeconds);
    LONGS_EQUAL(10240, config.maxEventSize);
    LONGS_EQUAL(403, config.unauthenticatedStatus);
    CHECK_TRUE(config.ipcUsers.empty());
    LONGS_EQUAL(10, config.maxBatchSize);
    LONGS_EQUAL(0, config.maxConnections);
    LONGS_EQUAL(0, config.maxConnectionsPerAddress);
    LONGS_EQUAL(0, config.firstMessageTimeoutSeconds);
    CHECK_TRUE(config.trustedProxies.empty());
}

TEST(AppConfig, HasOurDefaultsForAnApplication) {
    const App app = configOf({}).apps[0];

    CHECK_TRUE(app.enabled && app.strictProtocol && !app.clientEventsOnPublic);
    CHECK_FALSE(app.tlsRequired || app.allowMissingOrigin || app.subscriptionCount ||
                app.watchlist || app.userAuthentication || app.emitSubscriptionError);
    LONGS_EQUAL(10, app.clientEventsPerSecond);
    LONGS_EQUAL(300, app.maxRejectedMessages);
    LONGS_EQUAL(0, app.presenceMaxMembers);
    LONGS_EQUAL(0, app.presenceMaxInfoSize);
    LONGS_EQUAL(1800, app.cacheSeconds);
    LONGS_EQUAL(10'000, app.cacheMaxChannels);
    LONGS_EQUAL(4009, app.terminateCloseCode);
    LONGS_EQUAL(30, app.userAuthenticationTimeoutSeconds);
}

TEST(AppConfig, AcceptsEveryDefaultThatItDocuments) {
    Environment values;
    for (const Setting &setting : settings())
        values[std::string(setting.name)] = setting.defaultText;

    STRCMP_EQUAL("accepted", refusalOf(values).c_str());
}

TEST(AppConfig, ReadsTheFormsOfAnEnvFile) {
    const std::pair<const char *, const char *> cases[] = {
        {"PREGON_IPC_SOCKET=/a", "/a"},
        {"PREGON_IPC_SOCKET=/a\r\n", "/a"},
        {"\n  # comment\n\tPREGON_IPC_SOCKET = /a  \n", "/a"},
        {"export PREGON_IPC_SOCKET=/a", "/a"},
        {"PREGON_IPC_SOCKET=/a # comment", "/a"},
        {"PREGON_IPC_SOCKET=/a#b", "/a"},
        {"PREGON_IPC_SOCKET='/a#b'", "/a#b"},
        {"A=1\nPREGON_IPC_SOCKET=\"/${A}\"", "/1"},
        {"PREGON_IPC_SOCKET=/${A}", "/${A}"},
        {"PREGON_IPC_SOCKET=a=b", "a=b"},
        {"PREGON_IPC_SOCKET=", ""},
        {"PREGON_IPC_SOCKET=\"/a b # c\" # comment", "/a b # c"},
        {R"(PREGON_IPC_SOCKET="a\"b\\c\nd")", "a\"b\\c\nd"},
        {R"(PREGON_IPC_SOCKET='a"b\n $x')", "a\"b\\n $x"},
        {"PREGON_IPC_SOCKET=/a\nPREGON_IPC_SOCKET=/b", "/b"},
        {"APP_KEY=\"several\nlines\"\nPREGON_IPC_SOCKET=/a", "/a"},
    };
    for (const auto &[text, expected] : cases)
        STRCMP_EQUAL_TEXT(expected, valueIn(text).c_str(), text);
}

TEST(AppConfig, TakesACommentBehindAnEmptyValueForAComment) {
    STRCMP_EQUAL("", valueIn("PREGON_IPC_SOCKET= # none").c_str());
}

TEST(AppConfig, ReadsAPastedEnvFileAsLaravelDoes) {
    const Environment values = *parseEnvironmentFile("\xEF\xBB\xBF"
                                                     "APP_NAME=shop\r\n"
                                                     "KEY=\"-----BEGIN-----\r\n"
                                                     "REVERB_APP_ID=no\r\n"
                                                     "-----END-----\"\r\n"
                                                     "REVERB_APP_KEY=\"${APP_NAME}-key\"\r\n"
                                                     "REVERB_APP_SECRET=s3cr#et\r\n"
                                                     "REVERB_SCALING_ENABLED=(TRUE)\r\n"
                                                     "REDIS_PASSWORD=null\r\n"
                                                     "PREGON_IPC_SOCKET=/run/null\r\n",
                                                     "pregon.env");
    const Environment expected = {{"REVERB_APP_KEY", "shop-key"},
                                  {"REVERB_APP_SECRET", "s3cr"},
                                  {"REVERB_SCALING_ENABLED", "true"},
                                  {"REDIS_PASSWORD", ""},
                                  {"PREGON_IPC_SOCKET", "/run/null"}};
    CHECK_TRUE(values == expected);
}

TEST(AppConfig, RefusesAMalformedLineWithFileAndLine) {
    const std::pair<const char *, const char *> cases[] = {
        {"\n\nno name\n", "refused: pregon.env:3: expected NAME=value"},
        {"=value", "refused: pregon.env:1: expected a name before the ="},
        {"PREGON IPC=1", "refused: pregon.env:1: expected NAME=value"},
        {"A='x\n", "refused: pregon.env:1: A: the quote is not closed"},
        {"PREGON_IPC_SOCKET='/a",
         "refused: pregon.env:1: PREGON_IPC_SOCKET: the quote is not closed"},
        {"\nPREGON_IPC_SOCKET=\"/a\nB=1",
         "refused: pregon.env:2: a double quote is not closed: the lines up to 3 would be passed "
         "over"},
        {"# A=\"x\nREVERB_APP_ALLOWED_ORIGINS=shop.example\n\"",
         "refused: pregon.env:1: a double quote is not closed: the lines up to 3 would be passed "
         "over"},
        {"PREGON_IPC_SOCKET=/a b", "refused: pregon.env:1: PREGON_IPC_SOCKET: there is more behind "
                                   "the value's end: a value with blanks needs quotes around it"},
        {"\r\nPREGON_IPC_SOCKET=\"/a\\b\"",
         "refused: pregon.env:2: PREGON_IPC_SOCKET: in double quotes a backslash must be written "
         "\\\\ (or use single quotes)"},
    };
    for (const auto &[text, expected] : cases)
        STRCMP_EQUAL_TEXT(expected, valueIn(text).c_str(), text);
}

TEST(AppConfig, RefusesWhatIsUnknownOrOutOfRange) {
    const std::pair<Environment, const char *> cases[] = {
        {{{"PREGON_FCGI_THREAD", "4"}},
         "PREGON_FCGI_THREAD: unknown setting; did you mean PREGON_FCGI_THREADS?"},
        {{{"PREGON_FCGI_THREADS", "1"}}, "PREGON_FCGI_THREADS: must be 2 to 1024"},
        {{{"PREGON_FCGI_THREADS", "1025"}}, "PREGON_FCGI_THREADS: must be 2 to 1024"},
        {{{"PREGON_FCGI_THREADS", "4x"}},
         "PREGON_FCGI_THREADS: not an integer; expected 2 to 1024"},
        {{{"REVERB_APP_MAX_CONNECTIONS", "-2"}},
         "REVERB_APP_MAX_CONNECTIONS: must be -1 to 10000000"},
        {{{"PREGON_WS_LISTEN", "6001"}}, "PREGON_WS_LISTEN: expected unix:PATH or HOST:PORT"},
        {{{"PREGON_WS_LISTEN", " , "}}, "PREGON_WS_LISTEN: the list is empty"},
        {{{"PREGON_UNAUTHENTICATED_STATUS", "402"}},
         "PREGON_UNAUTHENTICATED_STATUS: 402: expected 403 or 401; did you mean 403 or 401?"},
        {{{"REVERB_APP_ACCEPT_CLIENT_EVENTS_FROM", "member"}},
         "REVERB_APP_ACCEPT_CLIENT_EVENTS_FROM: member: expected members, all or none; did you "
         "mean members?"},
        {{{"PREGON_APP_ALLOWED_ORIGINS", "example.com, https://shop.example.com/"}},
         "PREGON_APP_ALLOWED_ORIGINS: https://shop.example.com/: an Origin header has no path; did "
         "you mean https://shop.example.com?"},
        {{{"PREGON_CORS_ORIGINS", "example.com:443"}},
         "PREGON_CORS_ORIGINS: example.com:443: a port needs the scheme before the host; did you "
         "mean https://example.com:443?"},
        {{{"PREGON_IPC_SOCKET", "unix:/run/pregon/worker.sock"}},
         "PREGON_IPC_SOCKET: expected a path without unix: before it"},
        {{{"PREGON_DATABASE", "sqllite:/var/lib/pregon/pregon.db"}},
         "PREGON_DATABASE: expected sqlite:PATH, postgresql://… or mariadb://…"},
        {{{"PREGON_ENCRYPTION_MASTER_KEY", "c2VjcmV0"}},
         "PREGON_ENCRYPTION_MASTER_KEY: expected the base64 of 32 bytes"},
        {{{"PREGON_AUTH_FALLBACK", "127.0.0.1:8000"}},
         "PREGON_AUTH_FALLBACK: expected http://HOST or https://HOST, without user and query"},
        {{{"PREGON_AUTH_FALLBACK", "http://ana:secret@127.0.0.1"}},
         "PREGON_AUTH_FALLBACK: expected http://HOST or https://HOST, without user and query"},
        {{{"PREGON_AUTH_FALLBACK", "http:///"}},
         "PREGON_AUTH_FALLBACK: expected http://HOST or https://HOST, without user and query"},
        {{{"PREGON_CORS_ORIGINS", "a.example, https://*:*"}, {"PREGON_CORS_CREDENTIALS", "true"}},
         "PREGON_CORS_CREDENTIALS: not with the origin *"},
        {{{"PREGON_LOG_LEVEL", "loud"}},
         "PREGON_LOG_LEVEL: loud: expected error, warning, notice, info or debug"},
    };
    for (const auto &[values, expected] : cases)
        STRCMP_EQUAL(expected, refusalOf(values).c_str());
}

TEST(AppConfig, RefusesAnUnknownKeyOfOursEvenIfItsValueIsEmpty) {
    STRCMP_EQUAL("PREGON_TYPO: unknown setting", refusalOf({{"PREGON_TYPO", ""}}).c_str());
}

TEST(AppConfig, TakesAnEmptyValueForTheDefault) {
    LONGS_EQUAL(16, configOf({{"PREGON_FCGI_THREADS", ""}}).fcgiThreads);
}

TEST(AppConfig, SplitsLists) {
    const AppConfig config = configOf({{"PREGON_WS_LISTEN", "unix:/a, 127.0.0.1:1,[::1]:2"},
                                       {"PREGON_IPC_USERS", "www-data, pregon"}});

    LONGS_EQUAL(3, config.wsListen.size());
    STRCMP_EQUAL("[::1]:2", config.wsListen[2].text().c_str());
    LONGS_EQUAL(2, config.ipcUsers.size());
    STRCMP_EQUAL("pregon", config.ipcUsers[1].c_str());
}

TEST(AppConfig, EnvironmentWinsOverTheFile) {
    const AppConfig config = configOf({{"REVERB_APP_KEY", "file"}, {"REVERB_APP_ID", "1"}},
                                      {{"REVERB_APP_KEY", "environment"}});

    STRCMP_EQUAL("environment", config.apps[0].key.c_str());
    STRCMP_EQUAL("1", config.apps[0].id.c_str());
}

TEST(AppConfig, RemembersOptionsOfReverbThatHaveNoEffect) {
    const AppConfig config = configOf({{"REVERB_MAX_REQUEST_SIZE", "10000"},
                                       {"REVERB_HOST", "ws.example.com"},
                                       {"APP_NAME", "Shop"}});

    LONGS_EQUAL(1, config.ignoredKeys.size());
    STRCMP_EQUAL("REVERB_MAX_REQUEST_SIZE", config.ignoredKeys[0].c_str());
}

TEST(AppConfig, SaysWhichSettingAMisspeltNameOfReverbsMayMean) {
    const auto warnings = configWarnings(configOf({{"REVERB_APP_MAX_CONNECTION", "5"}}));

    LONGS_EQUAL(1, warnings.size());
    STRCMP_EQUAL("this option of Reverb has no effect here; did you mean "
                 "REVERB_APP_MAX_CONNECTIONS?",
                 warnings[0].reason.c_str());
}

TEST(AppConfig, NamesOurSettingForANameOfReverbsThatIsNone) {
    for (const char *name : {"REVERB_ALLOWED_ORIGINS", "REVERB_APP_ALLOWED_ORIGINS"}) {
        const auto warnings = configWarnings(configOf({{name, "shop.example"}}));
        LONGS_EQUAL(1, warnings.size());
        STRCMP_CONTAINS("did you mean PREGON_APP_ALLOWED_ORIGINS?", warnings[0].reason.c_str());
    }
}

TEST(AppConfig, WarnsOfOptionsWithoutEffect) {
    const auto warnings = configWarnings(configOf({{"REVERB_MAX_REQUEST_SIZE", "10000"}}));

    LONGS_EQUAL(1, warnings.size());
    STRCMP_EQUAL("REVERB_MAX_REQUEST_SIZE", warnings[0].key.c_str());
}

TEST(AppConfig, WarnsOfOriginsThatAllowLookalikes) {
    for (const char *doubtful : {"*example.com", "https://*example.com", "**example.com"})
        LONGS_EQUAL_TEXT(
            1, configWarnings(configOf({{"PREGON_APP_ALLOWED_ORIGINS", doubtful}})).size(),
            doubtful);
    for (const char *fine : {"*", "example.com", "*.example.com", "https://*.example.com",
                             "https://example.com:*", "http://*", "http://*:3000"})
        LONGS_EQUAL_TEXT(0, configWarnings(configOf({{"PREGON_APP_ALLOWED_ORIGINS", fine}})).size(),
                         fine);
}

TEST(AppConfig, ReadsTheProxiesAsAddressesAndPrefixes) {
    const AppConfig config = configOf({{"PREGON_TRUSTED_PROXIES", "192.0.2.20, 10.0.0.0/8"}});

    CHECK_TRUE(containsAddress(config.trustedProxies, "10.9.8.7"));
    CHECK_TRUE(containsAddress(config.trustedProxies, "192.0.2.20"));
    CHECK_FALSE(containsAddress(config.trustedProxies, "192.0.2.21"));
    LONGS_EQUAL(0, configWarnings(config).size());
    STRCMP_CONTAINS("PREGON_TRUSTED_PROXIES: proxy: expected an address such as",
                    refusalOf({{"PREGON_TRUSTED_PROXIES", "10.0.0.1, proxy"}}).c_str());
}

TEST(AppConfig, WarnsOfASettingThatWaitsForAnother) {
    const std::pair<Environment, Environment> cases[] = {
        {{{"REVERB_APP_RATE_LIMIT_TERMINATE", "true"}},
         {{"REVERB_APP_RATE_LIMITING_ENABLED", "true"}}},
        {{{"PREGON_CORS_CREDENTIALS", "true"}}, {{"PREGON_CORS_ORIGINS", "a.example"}}},
        {{{"PREGON_SESSION_TOUCH", "true"}},
         {{"PREGON_SESSION_COOKIE", "s"}, {"PREGON_APP_KEY", "01234567890123456789012345678901"}}},
        {{{"PREGON_APP_PREVIOUS_KEYS", "x"}}, {}},
    };
    for (const auto &[alone, with] : cases) {
        const auto warnings = configWarnings(configOf(alone));
        LONGS_EQUAL(1, warnings.size());
        STRCMP_EQUAL(alone.begin()->first.c_str(), warnings[0].key.c_str());
        STRCMP_CONTAINS("has no effect without", warnings[0].reason.c_str());
        if (!with.empty())
            LONGS_EQUAL(0, configWarnings(configOf(alone, with)).size());
    }
}

TEST(AppConfig, WarnsOfModelsThatWouldShareTheNumbersOfTheUsers) {
    const auto countOf = [](const char *types) {
        return configWarnings(configOf({{"PREGON_USER_TYPE", types}})).size();
    };
    LONGS_EQUAL(1, countOf("App\\Models\\User,App\\Models\\Admin"));
    LONGS_EQUAL(0, countOf("App\\Models\\User,user"));
    LONGS_EQUAL(0, countOf("App\\Models\\User"));
}

TEST(AppConfig, WarnsOfTrustInEveryAddress) {
    for (const char *every : {"0.0.0.0/0", "10.0.0.1,::/0"}) {
        const auto warnings = configWarnings(configOf({{"PREGON_TRUSTED_PROXIES", every}}));
        LONGS_EQUAL_TEXT(1, warnings.size(), every);
        STRCMP_EQUAL("PREGON_TRUSTED_PROXIES", warnings[0].key.c_str());
    }
}

TEST(AppConfig, NamesFileAndLineOfAWrongValue) {
    const std::string path = write("# comment\n\nexport PREGON_FCGI_THREADS = many\n");

    const auto config = loadAppConfig(path);

    STRCMP_EQUAL("pregon.env:3: PREGON_FCGI_THREADS: not an integer; expected 2 to 1024",
                 withoutFolder(config.error().reason).c_str());
}

TEST(AppConfig, NamesTheEnvironmentForAWrongValueThere) {
    ::setenv("PREGON_FCGI_THREADS", "many", 1);

    const auto config = loadAppConfig(write("PREGON_FCGI_THREADS=4\n"));

    STRCMP_EQUAL("environment: PREGON_FCGI_THREADS: not an integer; expected 2 to 1024",
                 config.error().reason.c_str());
}

TEST(AppConfig, NamesTheFileForAWrongValueThatTheEnvironmentReplaces) {
    ::setenv("PREGON_FCGI_THREADS", "4", 1);

    const auto config = loadAppConfig(write("PREGON_FCGI_THREADS=many\n"));

    // Either the environment wins, or the message says where the wrong value stands.
    if (!config)
        STRCMP_EQUAL(
            "pregon.env:1: PREGON_FCGI_THREADS: not an integer; expected 2 to 1024",
            config.error().reason.substr(config.error().reason.find_last_of('/') + 1).c_str());
}

TEST(AppConfig, SaysThatAFileIsMissing) {
    const auto config = loadAppConfig(folder.file("pregon.env"));

    CHECK(config.error().code == Errc::Unavailable);
    STRCMP_EQUAL("pregon.env: No such file or directory",
                 withoutFolder(config.error().reason).c_str());
}

TEST(AppConfig, RefusesAKeyThatNoClientCanConnectWith) {
    for (const char *key : {"a?b", "a#b", "a%2Fb", "a\\b", "a\tb"}) {
        const std::string reason = refusalOf({{"REVERB_APP_KEY", key}});
        CHECK_TRUE_TEXT(reason.starts_with("REVERB_APP_KEY: holds a "), reason.c_str());
        CHECK_TRUE_TEXT(reason.find(key) == std::string::npos, reason.c_str());
    }
}

TEST(AppConfig, TakesLaravelsOwnFormOfAKey) {
    const AppConfig config = configOf({{"REVERB_APP_KEY", "base64:a/b+c=="}});
    STRCMP_EQUAL("base64:a/b+c==", config.apps[0].key.c_str());
    LONGS_EQUAL(0, configWarnings(config).size());
}

TEST(AppConfig, WarnsOfAKeyThatSomeClientsAlter) {
    for (const char *key : {"a b", "ñ", "a\"b", "a/../b", "..", "a|b"}) {
        const auto warnings =
            configWarnings(configOf({{"REVERB_APP_ID", "7"}, {"REVERB_APP_KEY", key}}));
        LONGS_EQUAL_TEXT(1, warnings.size(), key);
        STRCMP_EQUAL("key of 7", warnings[0].key.c_str());
    }
}

TEST(AppConfig, NeedsIdKeyAndSecret) {
    Environment values = {
        {"REVERB_APP_ID", "1"}, {"REVERB_APP_KEY", "k"}, {"REVERB_APP_SECRET", "s"}};
    CHECK_TRUE(requireCredentials(configOf(values)).has_value());
    for (const char *key : {"REVERB_APP_ID", "REVERB_APP_KEY", "REVERB_APP_SECRET"}) {
        Environment incomplete = values;
        incomplete.erase(key);
        CHECK_FALSE_TEXT(requireCredentials(configOf(incomplete)).has_value(), key);
    }
}

TEST(AppConfig, TakesTheUsualWordsForASwitch) { // spec reverb-config §1.2
    for (const char *word : {"true", "1", "on", "yes"})
        CHECK_TRUE_TEXT(configOf({{"REVERB_APP_RATE_LIMITING_ENABLED", word}}).apps[0].rateLimiting,
                        word);
    for (const char *word : {"false", "0", "off", "no"})
        CHECK_FALSE_TEXT(configOf({{"PREGON_APP_ENABLED", word}}).apps[0].enabled, word);
    STRCMP_EQUAL("PREGON_APP_ENABLED: must be true or false",
                 refusalOf({{"PREGON_APP_ENABLED", "maybe"}}).c_str());
}

TEST(AppConfig, SplitsOrigins) {
    const auto origins =
        configOf({{"PREGON_APP_ALLOWED_ORIGINS", "example.com, *.example.com"}}).apps[0];

    CHECK_TRUE(
        (origins.allowedOrigins == std::vector<std::string>{"example.com", "*.example.com"}));
}

TEST(AppConfig, NormalisesTheServerPath) {
    const std::pair<const char *, const char *> cases[] = {
        {"", ""}, {"/", ""}, {"/ws", "/ws"}, {"ws", "/ws"}, {"/ws/", "/ws"}, {"a/b//", "/a/b"},
    };
    for (const auto &[path, expected] : cases)
        STRCMP_EQUAL(expected, configOf({{"REVERB_SERVER_PATH", path}}).serverPath.c_str());
}

TEST(AppConfig, FindsAnApplicationById) {
    const AppConfig config = configOf({{"REVERB_APP_ID", "417702"}});

    POINTERS_EQUAL(&config.apps[0], config.findApp("417702"));
    POINTERS_EQUAL(nullptr, config.findApp("0417702"));
}

TEST(AppConfig, AddsTheApplicationsOfAFile) {
    const std::string apps =
        R"([{"app_id":"2","key":"two","secret":"s"},{"app_id":"3","key":"three","secret":"s"}])";
    const auto idsOf = [&](const std::string &environment) {
        std::string ids;
        const auto config =
            loadAppConfig(write(environment + "PREGON_APPS=" + writeApps(apps) + "\n"));
        CHECK_TRUE_TEXT(config.has_value(), config ? "" : config.error().reason.c_str());
        for (const App &app : config->apps)
            ids += app.id + " ";
        return ids;
    };

    STRCMP_EQUAL("1 2 3 ", idsOf("REVERB_APP_ID=1\nREVERB_APP_KEY=k\n").c_str());
    STRCMP_EQUAL("2 3 ", idsOf("").c_str());
}

TEST(AppConfig, RefusesAnIdOrKeyThatAppearsTwice) {
    const std::pair<const char *, const char *> cases[] = {
        {R"([{"app_id":"1","key":"other","secret":"s"}])", "1"},
        {R"([{"app_id":"2","key":"k","secret":"s"}])", "2"},
        {R"([{"app_id":"2","key":"a","secret":"s"},{"app_id":"2","key":"b","secret":"s"}])", "2"},
    };
    for (const auto &[json, id] : cases) {
        const std::string refusal = refusalOfApps(json);
        STRCMP_EQUAL((": application " + std::string(id) + ": id or key appears twice").c_str(),
                     refusal.substr(refusal.find("apps.json") + 9).c_str());
    }
}

TEST(AppConfig, NamesTheFileOfApplicationsInAnError) {
    CHECK_TRUE(refusalOfApps("nonsense").find("apps.json: ") != std::string::npos);
    CHECK_TRUE(refusalOfApps(R"([{"app_id":"2"}])").find("apps.json: application 1: ") !=
               std::string::npos);
    const auto missing = loadAppConfig(write("PREGON_APPS=" + folder.file("none.json") + "\n"));
    CHECK(missing.error().code == Errc::Unavailable);
}

TEST_GROUP(ParseApps) {
    const std::string start = R"([{"app_id":"2","key":"k","secret":"s")";

    App one(const std::string &options) {
        const auto apps = parseApps(start + options + "}]");
        CHECK_TRUE_TEXT(apps.has_value(), apps ? "" : apps.error().reason.c_str());
        return apps ? apps->at(0) : App{};
    }
    static std::string refusalOf(const std::string &json) {
        const auto apps = parseApps(json);
        return apps ? "accepted" : apps.error().reason;
    }
};

TEST(ParseApps, ReadsReverbsForm) { // spec reverb-config §1.2, as json_encode writes it
    const auto apps = parseApps(R"([{
        "key": "the-key", "secret": "the-secret", "app_id": 417702,
        "options": {"host": "example.com", "port": 443, "scheme": "https", "useTLS": true},
        "allowed_origins": ["example.com", "*.example.com"],
        "ping_interval": 20, "activity_timeout": "25",
        "max_connections": null, "max_message_size": 5000,
        "accept_client_events_from": "all",
        "rate_limiting": {"enabled": true, "max_attempts": 7, "decay_seconds": 8,
                          "terminate_on_limit": true}
    }])");

    LONGS_EQUAL(1, apps->size());
    const App &app = apps->at(0);
    STRCMP_EQUAL("417702", app.id.c_str());
    STRCMP_EQUAL("the-key", app.key.c_str());
    STRCMP_EQUAL("the-secret", app.secret.c_str());
    CHECK_TRUE((app.allowedOrigins == std::vector<std::string>{"example.com", "*.example.com"}));
    LONGS_EQUAL(20, app.pingIntervalSeconds);
    LONGS_EQUAL(25, app.activityTimeoutSeconds);
    LONGS_EQUAL(kUnlimited, app.maxConnections);
    LONGS_EQUAL(5000, app.maxMessageSize);
    STRCMP_EQUAL("all", app.acceptClientEventsFrom.c_str());
    CHECK_TRUE(app.rateLimiting && app.rateLimitTerminate);
    LONGS_EQUAL(7, app.rateLimitMaxAttempts);
    LONGS_EQUAL(8, app.rateLimitDecaySeconds);
}

TEST(ParseApps, ReadsOurOptions) {
    const App app = one(
        R"(,"enabled":false,"tls_required":true,"allow_missing_origin":true,"strict_protocol":false,
        "client_events_on_public":true,"client_events_per_second":7,"pong_timeout":9,"presence_max_members":100,
        "presence_max_info_size":1024,"cache_seconds":60,"cache_max_channels":5,
        "terminate_close_code":4200,"subscription_count":true,"watchlist":true,
        "user_authentication":true,"user_authentication_timeout":12,
        "emit_subscription_error":true)");

    CHECK_FALSE(app.enabled || app.strictProtocol);
    CHECK_TRUE(app.clientEventsOnPublic);
    LONGS_EQUAL(9, app.pongTimeoutSeconds);
    CHECK_TRUE(app.tlsRequired && app.allowMissingOrigin && app.subscriptionCount &&
               app.watchlist && app.userAuthentication && app.emitSubscriptionError);
    LONGS_EQUAL(7, app.clientEventsPerSecond);
    LONGS_EQUAL(100, app.presenceMaxMembers);
    LONGS_EQUAL(1024, app.presenceMaxInfoSize);
    LONGS_EQUAL(60, app.cacheSeconds);
    LONGS_EQUAL(5, app.cacheMaxChannels);
    LONGS_EQUAL(4200, app.terminateCloseCode);
    LONGS_EQUAL(12, app.userAuthenticationTimeoutSeconds);
}

TEST(ParseApps, TakesTheSettingsDefaultsForWhatIsMissing) {
    const App app = one(""), defaults = makeAppConfig({}, {})->apps[0];

    CHECK_TRUE(app.allowedOrigins == defaults.allowedOrigins);
    STRCMP_EQUAL(defaults.acceptClientEventsFrom.c_str(), app.acceptClientEventsFrom.c_str());
    LONGS_EQUAL(defaults.pingIntervalSeconds, app.pingIntervalSeconds);
    LONGS_EQUAL(defaults.activityTimeoutSeconds, app.activityTimeoutSeconds);
    LONGS_EQUAL(kUnlimited, app.maxConnections);
    LONGS_EQUAL(defaults.rateLimitMaxAttempts, app.rateLimitMaxAttempts);
    LONGS_EQUAL(defaults.rateLimitDecaySeconds, app.rateLimitDecaySeconds);
    LONGS_EQUAL(defaults.cacheSeconds, app.cacheSeconds);
    LONGS_EQUAL(defaults.terminateCloseCode, app.terminateCloseCode);
    CHECK_TRUE(app.enabled && app.strictProtocol && !app.clientEventsOnPublic);
}

TEST(ParseApps, TakesIdForAppId) {
    STRCMP_EQUAL("9", parseApps(R"([{"id":"9","key":"k","secret":"s"}])")->at(0).id.c_str());
}

TEST(ParseApps, ReadsAnEmptyList) {
    CHECK_TRUE(parseApps("[]")->empty());
}

TEST(ParseApps, RefusesWithTheNumberAndTheOption) {
    const std::string good = R"({"app_id":"1","key":"k","secret":"s"},)";
    const auto with = [&](const char *option) {
        return "[" + good + R"({"app_id":"2","key":"k2","secret":"s",)" + option + "}]";
    };
    const std::pair<std::string, const char *> cases[] = {
        {with(R"("max_connection":5)"),
         "application 2: max_connection: unknown option; did you mean max_connections?"},
        {with(R"("rate_limiting":{"enable":true})"),
         "application 2: rate_limiting.enable: unknown option; did you mean "
         "rate_limiting.enabled?"},
        {with(R"("PREGON_APPS":"x")"), "application 2: PREGON_APPS: unknown option"},
        {with(R"("ping_interval":0)"), "application 2: ping_interval: must be 1 to 86400"},
        {with(R"("ping_interval":"soon")"),
         "application 2: ping_interval: not an integer; expected seconds, 1 to 86400"},
        {with(R"("ping_interval":2.5)"),
         "application 2: ping_interval: not an integer; expected seconds, 1 to 86400"},
        {with(R"("ping_interval":"")"),
         "application 2: ping_interval: not an integer; expected seconds, 1 to 86400"},
        {with(R"("accept_client_events_from":"member")"),
         "application 2: accept_client_events_from: member: expected members, all or none; did you "
         "mean members?"},
        {with(R"("accept_client_events_from":"")"),
         "application 2: accept_client_events_from: : expected members, all or none"},
        {with(R"("allowed_origins":["example.com","https://shop.example.com/"])"),
         "application 2: allowed_origins: https://shop.example.com/: an Origin header has no path; "
         "did you mean https://shop.example.com?"},
        {with(R"("allowed_origins":["a.example"],"allowed_origins":["*"])"),
         "application 2: allowed_origins: stands there twice"},
        {with(R"("rate_limiting":{"enabled":true,"enabled":false})"),
         "application 2: rate_limiting.enabled: stands there twice"},
        {with(R"("allowed_origins":["example.com",7])"),
         "application 2: allowed_origins: has the wrong type"},
        {with(R"("enabled":"maybe")"), "application 2: enabled: must be true or false"},
        {with(R"("rate_limiting":{"max_attempts":0})"),
         "application 2: rate_limiting.max_attempts: must be 1 to 1000000"},
        {"[" + good + R"({"app_id":"2","key":"k2"}])",
         "application 2: app_id, key and secret are required"},
        {"[" + good + R"({"app_id":"2","key":"a?b","secret":"s"}])",
         "application 2: key: holds a ?, which no client can put into /app/KEY"},
        {"[{},{}]", "application 1: app_id, key and secret are required"},
        {"[5]", "application 1: app_id, key and secret are required"},
        {"{}", "expected a list of applications"},
    };
    for (const auto &[json, expected] : cases)
        STRCMP_EQUAL_TEXT(expected, refusalOf(json).c_str(), json.c_str());
    CHECK_FALSE(parseApps("nonsense").has_value());
}

TEST_GROUP(SmallFile) {
    fcgitest::TemporaryFolder folder;
};

TEST(SmallFile, IsReadAsAWhole) {
    std::ofstream(folder.file("a")) << std::string("x\0y\n", 4);

    CHECK_TRUE(*readSmallFile(folder.file("a")) == std::string("x\0y\n", 4));
}

TEST(SmallFile, OverAMebibyteIsRefused) {
    std::ofstream(folder.file("a")) << std::string((1 << 20) + 1, 'x');

    CHECK(readSmallFile(folder.file("a")).error().code == Errc::TooLarge);
}

TEST(SmallFile, IsNoDirectory) {
    CHECK(readSmallFile(folder.file("")).error().code == Errc::Unavailable);
}

TEST(ParseApps, ANullIsNoKeyAndNoSecret) { // what Laravel writes where the variable is missing
    for (const char *json : {R"([{"app_id":"2","key":null,"secret":"s"}])",
                             R"([{"app_id":"2","key":"k","secret":null}])",
                             R"([{"app_id":"2","key":true,"secret":"s"}])",
                             R"([{"app_id":"2","key":"k","secret":["a","b"]}])"})
        CHECK_FALSE_TEXT(parseApps(json).has_value(), json);
}

TEST(ParseApps, ANullLeavesTheDefault) {
    const auto apps = parseApps(R"([{"app_id":"2","key":"k","secret":"s","allowed_origins":null,
                                     "ping_interval":null,"max_connections":null}])");

    CHECK_TRUE_TEXT(apps.has_value(), apps ? "" : apps.error().reason.c_str());
    STRCMP_EQUAL("*", apps->at(0).allowedOrigins.at(0).c_str());
    LONGS_EQUAL(60, apps->at(0).pingIntervalSeconds);
    LONGS_EQUAL(kUnlimited, apps->at(0).maxConnections);
}

TEST(AppConfig, EveryApplicationNeedsItsSecret) {
    AppConfig config =
        configOf({{"REVERB_APP_ID", "1"}, {"REVERB_APP_KEY", "k"}, {"REVERB_APP_SECRET", "s"}});
    config.apps.push_back(config.apps[0]);
    config.apps[0].secret.clear();

    CHECK_FALSE(requireCredentials(config).has_value());
}

TEST(AppConfig, RefusesAnIdentityThatCannotWork) {
    const std::pair<Environment, const char *> cases[] = {
        {{{"PREGON_USER_TYPE", ","}}, "PREGON_USER_TYPE: the list is empty"},
        {{{"PREGON_USER_COLUMNS", "id,na me"}}, "PREGON_USER_COLUMNS: na me: not a column's name"},
        {{{"PREGON_USER_COLUMNS", "id,1x"}}, "PREGON_USER_COLUMNS: 1x: not a column's name"},
        {{{"PREGON_USER_COLUMNS", "password"}}, "PREGON_USER_COLUMNS: password: is a secret"},
        {{{"PREGON_USER_COLUMNS", "remember_token"}},
         "PREGON_USER_COLUMNS: remember_token: is a secret"},
        {{{"PREGON_SESSION_COOKIE", "laravel_session"}},
         "PREGON_APP_KEY: must be set where PREGON_SESSION_COOKIE or PREGON_REMEMBER_ME is"},
        {{{"PREGON_REMEMBER_ME", "true"}},
         "PREGON_APP_KEY: must be set where PREGON_SESSION_COOKIE or PREGON_REMEMBER_ME is"},
        {{{"PREGON_APP_KEY", "base64:c2hvcnQ="}},
         "PREGON_APP_KEY: the key has 5 bytes; aes-256-cbc needs 32"},
        {{{"PREGON_APP_KEY", "0123456789abcdef"}, {"PREGON_APP_CIPHER", "AES-128-CBC"}},
         "accepted"},
        {{{"PREGON_TOKEN_EXPIRATION_MINUTES", "-1"}},
         "PREGON_TOKEN_EXPIRATION_MINUTES: must be 0 to 5270400"},
    };
    for (const auto &[values, expected] : cases)
        STRCMP_EQUAL(expected, refusalOf(values).c_str());
}
