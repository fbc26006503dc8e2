#include "shared/app_config.h"

#include "tests/fcgi/demo_shops.h"

#include <cstdlib>
#include <fstream>
#include <string>

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
}

TEST(AppConfig, HasOurDefaults) {
    const AppConfig config = configOf({});

    STRCMP_EQUAL("unix:/run/pregon/ws.sock", config.wsListen.at(0).text().c_str());
    STRCMP_EQUAL("unix:/run/pregon/fcgi.sock", config.fcgiListen.at(0).text().c_str());
    STRCMP_EQUAL("/run/pregon/worker.sock", config.ipcSocket.c_str());
    STRCMP_EQUAL("App\\Models\\User", config.userType.c_str());
    LONGS_EQUAL(600, config.authTimestampWindowSeconds);
    LONGS_EQUAL(10240, config.maxEventSize);
    LONGS_EQUAL(403, config.unauthenticatedStatus);
    CHECK_TRUE(config.ipcUsers.empty());
}

TEST(AppConfig, AcceptsEveryDefaultThatItDocuments) {
    Environment values;
    for (const SettingHelp &setting : settings())
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
        {"PREGON_IPC_SOCKET=/a#b", "/a#b"},
        {"PREGON_IPC_SOCKET=a=b", "a=b"},
        {"PREGON_IPC_SOCKET=", ""},
        {"PREGON_IPC_SOCKET=\"/a b # c\" # comment", "/a b # c"},
        {R"(PREGON_IPC_SOCKET="a\"b\\c\nd")", "a\"b\\c\nd"},
        {R"(PREGON_IPC_SOCKET='a"b\n $x')", "a\"b\\n $x"},
        {"PREGON_IPC_SOCKET=/a\nPREGON_IPC_SOCKET=/b", "/b"},
        {"APP_NAME=\"not ours, so not looked at\nPREGON_IPC_SOCKET=/a", "/a"},
    };
    for (const auto &[text, expected] : cases)
        STRCMP_EQUAL_TEXT(expected, valueIn(text).c_str(), text);
}

TEST(AppConfig, TakesACommentBehindAnEmptyValueForAComment) {
    STRCMP_EQUAL("", valueIn("PREGON_IPC_SOCKET= # none").c_str());
}

TEST(AppConfig, RefusesAMalformedLineWithFileAndLine) {
    const std::pair<const char *, const char *> cases[] = {
        {"\n\nnonsense\n", "refused: pregon.env:3: expected KEY=value"},
        {"=value", "refused: pregon.env:1: expected KEY=value"},
        {"PREGON IPC=1", "refused: pregon.env:1: expected KEY=value"},
        {"PREGON_IPC_SOCKET=\"/a", "refused: pregon.env:1: PREGON_IPC_SOCKET: quote not closed"},
        {"PREGON_IPC_SOCKET='/a", "refused: pregon.env:1: PREGON_IPC_SOCKET: quote not closed"},
        {"PREGON_IPC_SOCKET=${HOME}/a",
         "refused: pregon.env:1: PREGON_IPC_SOCKET: ${…} is not replaced here"},
    };
    for (const auto &[text, expected] : cases)
        STRCMP_EQUAL_TEXT(expected, valueIn(text).c_str(), text);
}

TEST(AppConfig, RefusesWhatIsUnknownOrOutOfRange) {
    const std::pair<Environment, const char *> cases[] = {
        {{{"PREGON_FCGI_THREAD", "4"}}, "PREGON_FCGI_THREAD: unknown setting"},
        {{{"PREGON_FCGI_THREADS", "0"}}, "PREGON_FCGI_THREADS: must be 1 to 1024"},
        {{{"PREGON_FCGI_THREADS", "1025"}}, "PREGON_FCGI_THREADS: must be 1 to 1024"},
        {{{"PREGON_FCGI_THREADS", "4x"}}, "PREGON_FCGI_THREADS: not an integer"},
        {{{"PREGON_FCGI_THREADS", "4.0"}}, "PREGON_FCGI_THREADS: not an integer"},
        {{{"PREGON_FCGI_THREADS", "99999999999999999999"}}, "PREGON_FCGI_THREADS: not an integer"},
        {{{"REVERB_APP_MAX_CONNECTIONS", "-2"}},
         "REVERB_APP_MAX_CONNECTIONS: must be -1 to 10000000"},
        {{{"PREGON_WS_LISTEN", "6001"}}, "PREGON_WS_LISTEN: expected unix:PATH or HOST:PORT"},
        {{{"PREGON_WS_LISTEN", " , "}}, "PREGON_WS_LISTEN: expected unix:PATH or HOST:PORT"},
        {{{"PREGON_UNAUTHENTICATED_STATUS", "402"}},
         "PREGON_UNAUTHENTICATED_STATUS: must be 401 or 403"},
        {{{"PREGON_LOG_LEVEL", "loud"}},
         "PREGON_LOG_LEVEL: expected error, warning, notice, info or debug"},
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
    const AppConfig config = configOf({{"REVERB_SCALING_ENABLED", "true"},
                                       {"REVERB_HOST", "ws.example.com"},
                                       {"APP_NAME", "Shop"}});

    LONGS_EQUAL(1, config.ignoredKeys.size());
    STRCMP_EQUAL("REVERB_SCALING_ENABLED", config.ignoredKeys[0].c_str());
}

TEST(AppConfig, NamesFileAndLineOfAWrongValue) {
    const std::string path = write("# comment\n\nexport PREGON_FCGI_THREADS = many\n");

    const auto config = loadAppConfig(path);

    STRCMP_EQUAL("pregon.env:3: PREGON_FCGI_THREADS: not an integer",
                 withoutFolder(config.error().reason).c_str());
}

TEST(AppConfig, NamesTheEnvironmentForAWrongValueThere) {
    ::setenv("PREGON_FCGI_THREADS", "many", 1);

    const auto config = loadAppConfig(write("PREGON_FCGI_THREADS=4\n"));

    STRCMP_EQUAL("environment: PREGON_FCGI_THREADS: not an integer", config.error().reason.c_str());
}

TEST(AppConfig, NamesTheFileForAWrongValueThatTheEnvironmentReplaces) {
    ::setenv("PREGON_FCGI_THREADS", "4", 1);

    const auto config = loadAppConfig(write("PREGON_FCGI_THREADS=many\n"));

    // Either the environment wins, or the message says where the wrong value stands.
    if (!config)
        STRCMP_EQUAL(
            "pregon.env:1: PREGON_FCGI_THREADS: not an integer",
            config.error().reason.substr(config.error().reason.find_last_of('/') + 1).c_str());
}

TEST(AppConfig, SaysThatAFileIsMissing) {
    const auto config = loadAppConfig(folder.file("pregon.env"));

    CHECK(config.error().code == Errc::Unavailable);
    STRCMP_EQUAL("pregon.env: No such file or directory",
                 withoutFolder(config.error().reason).c_str());
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
