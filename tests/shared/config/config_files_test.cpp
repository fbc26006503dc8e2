// SPDX-License-Identifier: MIT
#include "shared/config/app_config.h"
#include "shared/config/config_files.h"
#include "shared/config/settings.h"

#include "tests/fcgi/demo_shops.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

#include "CppUTest/TestHarness.h"

using namespace pregon;

TEST_GROUP(ConfigFiles) {
    fcgitest::TemporaryFolder folder;
    const std::string main = folder.file("pregon.env");

    void setup() override {
        std::filesystem::create_directory(folder.file("pregon.d"));
        write("pregon.env", "# ours\nPREGON_FCGI_THREADS=4\n");
    }
    void teardown() override {
        ::unsetenv("PREGON_FCGI_THREADS");
        ::unsetenv("CREDENTIALS_DIRECTORY");
    }

    void write(const std::string &name, const std::string &text) {
        std::ofstream(folder.file(name)) << text;
    }
    AppConfig load() {
        const auto config = loadAppConfig(main);
        CHECK_TRUE_TEXT(config.has_value(), config ? "" : config.error().reason.c_str());
        return config.value_or(AppConfig{});
    }
    std::string refusal() {
        const auto config = loadAppConfig(main);
        return config ? "accepted" : config.error().reason;
    }
    std::string placeInFolder(const std::string &key) {
        return load().sources[key].place.substr(folder.file("").size());
    }
    /// What a user who is not root finds, for whom alone a mode counts: 0 if `holds`.
    template <class Condition>
    static int asNobody(const Condition &holds) {
        constexpr uid_t kNobody = 65534;
        const pid_t child = ::fork();
        if (child == 0)
            ::_exit((::geteuid() != 0 || ::setuid(kNobody) == 0) && holds() ? 0 : 1);
        int status = -1;
        ::waitpid(child, &status, 0);
        return status;
    }
};

TEST(ConfigFiles, DropInsWinOverTheFileInTheOrderOfTheirNames) {
    write("pregon.d/20-late.env", "PREGON_FCGI_THREADS=20\n");
    write("pregon.d/10-early.env", "PREGON_FCGI_THREADS=10\nPREGON_MAX_BATCH_SIZE=3\n");

    const AppConfig config = load();

    LONGS_EQUAL(20, config.fcgiThreads);
    LONGS_EQUAL(3, config.maxBatchSize);
}

TEST(ConfigFiles, TheEnvironmentWinsOverThemAll) {
    write("pregon.d/10.env", "PREGON_FCGI_THREADS=10\n");
    ::setenv("PREGON_FCGI_THREADS", "7", 1);

    LONGS_EQUAL(7, load().fcgiThreads);
    STRCMP_EQUAL("environment", load().sources["PREGON_FCGI_THREADS"].place.c_str());
}

TEST(ConfigFiles, EachValueKnowsItsFileAndLine) {
    write("pregon.d/10.env", "# more\n\nPREGON_MAX_BATCH_SIZE=3\n");

    STRCMP_EQUAL("pregon.env:2", placeInFolder("PREGON_FCGI_THREADS").c_str());
    STRCMP_EQUAL("pregon.d/10.env:3", placeInFolder("PREGON_MAX_BATCH_SIZE").c_str());
    STRCMP_EQUAL("3", load().sources["PREGON_MAX_BATCH_SIZE"].value.c_str());
    LONGS_EQUAL(0, load().sources.count("PREGON_MAX_BODY_SIZE"));
}

TEST(ConfigFiles, AnEmptyValueLeavesInPlaceWhatCameBefore) {
    write("pregon.d/10.env", "PREGON_FCGI_THREADS=\n");

    LONGS_EQUAL(4, load().fcgiThreads);
    STRCMP_EQUAL("pregon.env:2", placeInFolder("PREGON_FCGI_THREADS").c_str());
}

TEST(ConfigFiles, PassesOverWhatIsNoDropIn) {
    write("pregon.d/keys.env.dpkg-old", "nonsense\n");
    write("pregon.d/.keys.env", "nonsense\n");
    write("pregon.d/README", "nonsense\n");

    LONGS_EQUAL(4, load().fcgiThreads);
}

TEST(ConfigFiles, NeedsNoFolder) {
    std::filesystem::remove(folder.file("pregon.d"));

    LONGS_EQUAL(4, load().fcgiThreads);
    STRCMP_EQUAL("", dropInFolder("/etc/pregon/settings").c_str());
    STRCMP_EQUAL("/etc/other.d", dropInFolder("/etc/other.env").c_str());
}

TEST(ConfigFiles, NamesTheDropInAndTheLineOfAnError) {
    write("pregon.d/10.env", "\nPREGON_FCGI_THREADS=many\n");
    STRCMP_EQUAL((folder.file("pregon.d/10.env") +
                  ":2: PREGON_FCGI_THREADS: not an integer; expected 2 to 1024")
                     .c_str(),
                 refusal().c_str());

    write("pregon.d/20.env", "PREGON_FCGI_THREADS=5\n"); // replaces it, which makes it no better
    STRCMP_EQUAL((folder.file("pregon.d/10.env") +
                  ":2: PREGON_FCGI_THREADS: not an integer; expected 2 to 1024")
                     .c_str(),
                 refusal().c_str());

    write("pregon.d/10.env", "no name\n");
    STRCMP_EQUAL((folder.file("pregon.d/10.env") + ":1: expected NAME=value").c_str(),
                 refusal().c_str());
}

TEST(ConfigFiles, ChecksWhatGoesTogetherAcrossFiles) {
    const std::string appKey = "PREGON_APP_KEY=base64:" + std::string(43, 'A') + "=\n";
    write("pregon.env", "PREGON_SESSION_COOKIE=shop_session\n");
    CHECK_TRUE(refusal().find("PREGON_APP_KEY: must be set where") != std::string::npos);

    write("pregon.d/keys.env", appKey);
    STRCMP_EQUAL("shop_session", load().sessionCookie.c_str());

    write("pregon.d/keys.env", appKey + "PREGON_CORS_ORIGINS=*\n\nPREGON_CORS_CREDENTIALS=true\n");
    STRCMP_EQUAL(
        (folder.file("pregon.d/keys.env") + ":4: PREGON_CORS_CREDENTIALS: not with the origin *")
            .c_str(),
        refusal().c_str());
}

TEST(ConfigFiles, TakesACredentialForADropInOfRoots) {
    namespace fs = std::filesystem;
    fs::permissions(folder.file(""), fs::perms(0755));
    write("pregon.d/keys.env", "REVERB_APP_ID=1\n");
    fs::permissions(folder.file("pregon.d/keys.env"), fs::perms::none);
    fs::create_directory(folder.file("credentials"));
    write("credentials/keys.env", "\nREVERB_APP_ID=2\n");
    const std::string path = folder.file("pregon.d/keys.env");
    const auto refusedWithItsName = [&] { return refusal() == path + ": Permission denied"; };

    LONGS_EQUAL(0, asNobody(refusedWithItsName));

    ::setenv("CREDENTIALS_DIRECTORY", folder.file("elsewhere").c_str(), 1);
    LONGS_EQUAL(0, asNobody(refusedWithItsName));

    ::setenv("CREDENTIALS_DIRECTORY", folder.file("credentials").c_str(), 1);
    LONGS_EQUAL(0, asNobody([&] {
                    const auto config = loadAppConfig(main);
                    return config && config->apps[0].id == "2" &&
                           config->sources.at("REVERB_APP_ID").place == path + ":2";
                }));
}

TEST(ConfigFiles, WarnsOfASecretThatEverybodyMayRead) {
    namespace fs = std::filesystem;
    write("pregon.d/keys.env", "REVERB_APP_SECRET=hush\n");
    const auto warnings = [&](unsigned mode) {
        fs::permissions(folder.file("pregon.d/keys.env"), fs::perms(mode));
        return configWarnings(load());
    };

    LONGS_EQUAL(0, warnings(0640).size());
    LONGS_EQUAL(1, warnings(0644).size());
    STRCMP_EQUAL(
        (folder.file("pregon.d/keys.env") + " is readable by everybody: chmod o-r it").c_str(),
        warnings(0644)[0].reason.c_str());
}
