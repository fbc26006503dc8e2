// SPDX-License-Identifier: MIT

// Sessions that a real Laravel wrote, in files, in cookies and in a real Redis.

#include "fcgi/auth/session_source.h"

#include "shared/json/json.h"
#include "shared/small_file.h"
#include "shared/unix_socket.h"
#include "tests/fcgi/demo_shops.h"
#include "tests/not_run.h"
#include "tests/shared/auth/laravel_cookies.h"

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <utime.h>

#include "CppUTest/TestHarness.h"

using namespace pregon;
using namespace pregon::fcgitest;

namespace {

/// A Redis of the test's own, on a Unix-domain socket.
class OwnRedis {
  public:
    explicit OwnRedis(const std::string &socket) : socket_(socket) {
        process_ = ::fork();
        if (process_ == 0) {
            std::freopen("/dev/null", "w", stdout);
            ::execlp("redis-server", "redis-server", "--port", "0", "--unixsocket", socket.c_str(),
                     "--save", "", "--requirepass", "secret", nullptr);
            ::_exit(127);
        }
        for (int i = 0; i < 200 && cli("PING").find("PONG") == std::string::npos; i++)
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    ~OwnRedis() { stop(); }
    void stop() {
        if (process_ <= 0)
            return;
        ::kill(process_, SIGKILL);
        ::waitpid(process_, nullptr, 0);
        process_ = 0;
    }
    /// What redis-cli prints.
    std::string cli(const std::string &command) {
        const std::string line =
            "redis-cli -s " + socket_ + " -a secret --no-auth-warning -n 3 " + command + " 2>&1";
        FILE *out = ::popen(line.c_str(), "r");
        std::string text(256, '\0');
        text.resize(std::fread(text.data(), 1, text.size(), out));
        ::pclose(out);
        return text;
    }

  private:
    std::string socket_;
    pid_t process_ = 0;
};

bool hasRedis() {
    return std::system("command -v redis-server redis-cli > /dev/null") == 0;
}

} // namespace

TEST_GROUP(SessionSource) {
    DemoShops demo;
    TemporaryFolder folder;
    JsonDocument recorded =
        *JsonDocument::parse(*readSmallFile("tests/shared/auth/recorded/laravel-sessions.json"));
    LaravelCookie keys = *LaravelCookie::make(kAppKey, {}, "AES-256-CBC");
    const std::string id = kSessionId;
    std::string cookies;

    AppConfig configure(const std::string &driver) {
        const auto config =
            makeAppConfig({{"PREGON_APP_KEY", kAppKey},
                           {"PREGON_SESSION_COOKIE", kSessionCookie},
                           {"PREGON_SESSION_DRIVER", driver},
                           {"PREGON_SESSION_FILES", folder.file("")},
                           {"PREGON_SESSION_PREFIX", "laravel_database_laravel_cache:"},
                           {"REDIS_HOST", folder.file("redis.sock")},
                           {"REDIS_PASSWORD", "secret"},
                           {"REDIS_DB", "3"},
                           {"PREGON_REDIS_TIMEOUT_MS", "300"}},
                          {});
        return *config;
    }
    std::string bytes(const char *driver, const char *name, const char *member = nullptr) const {
        const JsonValue value = recorded.root().find(driver).find(name);
        return *decodeBase64(*(member != nullptr ? value.find(member) : value).asString());
    }
    /// The user's id; "nobody"; "error".
    std::string userIn(SessionSource & source, const std::string &session) {
        const auto found = source.find(
            {session, cookies, std::chrono::steady_clock::now() + std::chrono::seconds(5)},
            demo.database);
        return !found ? "error" : *found ? (*found)->userId : "nobody";
    }
    void writeSession(const std::string &text) {
        std::ofstream(folder.file(id)) << text;
        const utimbuf times{demo.clock.unixSeconds(), demo.clock.unixSeconds()};
        ::utime(folder.file(id).c_str(), &times);
    }
};

TEST(SessionSource, ReadsFilesUntilTheyExpire) {
    const AppConfig config = configure("file");
    SessionSource source(config, demo.clock, &keys);
    STRCMP_EQUAL("nobody", userIn(source, id).c_str());
    for (const char *name : {"plain", "encrypted"}) {
        writeSession(bytes("file", name));
        STRCMP_EQUAL_TEXT("1", userIn(source, id).c_str(), name);
    }
    const utimbuf old{demo.clock.unixSeconds(),
                      demo.clock.unixSeconds() - config.sessionLifetimeMinutes * 60 - 1};
    ::utime(folder.file(id).c_str(), &old);
    STRCMP_EQUAL("nobody", userIn(source, id).c_str());
    writeSession(bytes("file", "guest"));
    STRCMP_EQUAL("nobody", userIn(source, id).c_str());
}

TEST(SessionSource, AFileThatCannotBeReadIsAnErrorAndNotNobody) {
    const AppConfig config = configure("file");
    SessionSource source(config, demo.clock, &keys);
    std::ofstream(folder.file(id)) << std::string((1 << 20) + 1, 'a');
    STRCMP_EQUAL("error", userIn(source, id).c_str());
}

TEST(SessionSource, ReadsCookiesUntilTheyExpire) {
    const AppConfig config = configure("cookie");
    SessionSource source(config, demo.clock, &keys);
    STRCMP_EQUAL("nobody", userIn(source, id).c_str());
    for (const char *name : {"plain", "encrypted"}) {
        cookies = "a=b; " + id + "=" +
                  *recorded.root().find("cookie").find(name).find("cookie").asString();
        STRCMP_EQUAL_TEXT("1", userIn(source, id).c_str(), name);
    }
    STRCMP_EQUAL("nobody", userIn(source, std::string(40, 'a')).c_str());
    demo.clock.advance(365 * 86400);
    STRCMP_EQUAL("nobody", userIn(source, id).c_str());
}

TEST(SessionSource, ReadsRedisByPrefixAndDatabase) {
    if (!hasRedis())
        return notRun("redis-server is not installed");
    std::signal(SIGPIPE, SIG_IGN); // as pregon-fcgi does
    OwnRedis redis(folder.file("redis.sock"));
    const AppConfig config = configure("redis");
    SessionSource source(config, demo.clock, &keys);
    STRCMP_EQUAL("nobody", userIn(source, id).c_str());
    for (const auto &[name, user] :
         {std::pair("plain", "1"), std::pair("encrypted", "1"), std::pair("guest", "nobody")}) {
        const std::string key = *recorded.root().find("redis").find(name).find("key").asString();
        std::ofstream(folder.file("value")) << bytes("redis", name, "value");
        STRCMP_CONTAINS("OK", redis.cli("-x SET " + key + " < " + folder.file("value")).c_str());
        redis.cli("EXPIRE " + key + " 7200");
        STRCMP_EQUAL_TEXT(user, userIn(source, id).c_str(), name);
    }
    STRCMP_EQUAL("nobody", userIn(source, std::string(40, 'a')).c_str());
    redis.cli("LPUSH laravel_database_laravel_cache:" + std::string(40, 'b') + " x");
    STRCMP_EQUAL("error", userIn(source, std::string(40, 'b')).c_str());
    STRCMP_EQUAL("nobody", userIn(source, id).c_str()); // on a connection of now
    redis.stop();
    STRCMP_EQUAL("error", userIn(source, id).c_str());
}

TEST(SessionSource, ARedisThatSaysNothingIsAnErrorInTime) {
    const auto silent = listenOn(*parseListenAddress("unix:" + folder.file("redis.sock")));
    CHECK_TRUE(silent.has_value());
    const AppConfig config = configure("redis");
    SessionSource source(config, demo.clock, &keys);
    STRCMP_EQUAL("error", userIn(source, id).c_str());
}
