// SPDX-License-Identifier: MIT
#include "ctl/commands.h"
#include "ctl/worker/worker_commands.h"
#include "shared/config/app_config.h"

#include "tests/fcgi/demo_shops.h"

#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <sys/stat.h>

#include "CppUTest/TestHarness.h"

using namespace pregon;
using namespace pregon::fcgitest;

namespace {

constexpr const char *kStatus =
    R"({"pid":12,"uptime_seconds":34,"version":"1.2.3","upgrades":2,"connections":3,"events_published":5,"deliveries":6,)"
    R"("frames_sent":7,"slow_consumers_closed":1,"queued_bytes":8,"heap_bytes":9,"clients_refused":2,)"
    R"("apps":[{"id":"417702","connections":3,"channels":4}]})";

} // namespace

TEST_GROUP(Commands) {
    TemporaryFolder folder;
    CommandOptions options;
    std::ostringstream out;

    Outcome perform(std::string_view phrase) {
        for (const Command &command : commands())
            if (phrase == command.phrase)
                return command.run(options, out);
        return wrongUsage("no such command");
    }
    /// The reason why it failed, with the folder's path cut off; "done".
    std::string outcomeOf(std::string_view phrase) {
        const auto done = perform(phrase);
        if (done)
            return "done";
        std::string reason = done.error().reason;
        for (std::size_t at; (at = reason.find(folder.file(""))) != std::string::npos;)
            reason.erase(at, folder.file("").size());
        return reason;
    }
    /// Writes pregon.env, by which the channels file and the store lie in the folder.
    void configure(const std::string &more = "") {
        options.configFile = folder.file("pregon.env");
        std::ofstream(options.configFile)
            << "REVERB_APP_ID=1\nREVERB_APP_KEY=k\nREVERB_APP_SECRET=s\nPREGON_CHANNELS="
            << folder.file("channels.json")
            << "\nPREGON_DATABASE=sqlite:" << folder.file("store.db")
            << "\nPREGON_IPC_SOCKET=" << folder.file("worker.sock") << "\n"
            << more;
        ::chmod(options.configFile.c_str(), 0600);
    }
    void writeRules(const char *json) {
        std::ofstream(folder.file("channels.json")) << json;
    }
};

TEST(Commands, HaveDistinctPhrasesAndAHelpText) {
    std::set<std::string> phrases;
    for (const Command &command : commands()) {
        phrases.insert(command.phrase);
        CHECK_TRUE_TEXT(std::string(command.help).size() > 10, command.phrase);
    }

    LONGS_EQUAL(commands().size(), phrases.size());
}

TEST(Commands, KeysAreLinesForTheConfiguration) { // spec reverb-config §1.3
    CHECK_TRUE(perform("keys").has_value());
    auto values = *parseEnvironmentFile(out.str(), "keys");

    LONGS_EQUAL(3, values.size());
    LONGS_EQUAL(6, values["REVERB_APP_ID"].size());
    CHECK_TRUE(values["REVERB_APP_ID"].find_first_not_of("0123456789") == std::string::npos);
    for (const char *key : {"REVERB_APP_KEY", "REVERB_APP_SECRET"}) {
        LONGS_EQUAL(20, values[key].size());
        CHECK_TRUE(values[key].find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789") ==
                   std::string::npos);
    }
    CHECK_TRUE(requireCredentials(*makeAppConfig(values, {})).has_value());
}

TEST(Commands, KeysAreNewEachTime) {
    CHECK_TRUE(perform("keys").has_value());
    const std::string first = out.str();
    out.str("");
    CHECK_TRUE(perform("keys").has_value());

    CHECK_TRUE(out.str() != first);
}

TEST(Commands, CheckAcceptsAGoodConfiguration) {
    configure();
    writeRules("[]");
    STRCMP_EQUAL("done", outcomeOf("store init").c_str());
    out.str("");
    options.values = {{"--nginx", folder.file("none")}};

    STRCMP_EQUAL("done", outcomeOf("check").c_str());
    STRCMP_EQUAL("configuration ok\n", out.str().c_str());
}

TEST(Commands, CheckNamesAColumnThatTheUsersLack) {
    configure("PREGON_USER_COLUMNS=id,name,rank\n");
    writeRules("[]");
    CHECK_TRUE(perform("store init").has_value());
    CHECK_TRUE(perform("check").has_value());

    STRCMP_CONTAINS("warning: the store lacks column users.rank (PREGON_USER_COLUMNS)\n",
                    out.str().c_str());
}

TEST(Commands, CheckNamesTheSettingThatComesNear) {
    configure("PREGON_FCGI_THREDS=4\n");
    writeRules("[]");
    STRCMP_EQUAL("pregon.env:7: PREGON_FCGI_THREDS: unknown setting; did you mean "
                 "PREGON_FCGI_THREADS?",
                 outcomeOf("check").c_str());
}

TEST(Commands, ConfigShowsValuesAndWhereTheyComeFrom) {
    configure("PREGON_FCGI_THREADS=4\nPREGON_LOG_LEVEL=info\n");
    CHECK_TRUE(perform("config").has_value());
    const std::string all = out.str();
    out.str("");
    options.values = {{"--changed", ""}};
    CHECK_TRUE(perform("config").has_value());

    STRCMP_CONTAINS("# default\n", all.c_str());
    STRCMP_CONTAINS((folder.file("pregon.env") + ":7\n").c_str(), out.str().c_str());
    STRCMP_CONTAINS("PREGON_FCGI_THREADS=4 ", out.str().c_str());
    STRCMP_CONTAINS("REVERB_APP_SECRET=(set) ", out.str().c_str());
    for (const char *unchanged : {"PREGON_LOG_LEVEL", "default", "PREGON_FCGI_LISTEN"})
        CHECK_TRUE_TEXT(out.str().find(unchanged) == std::string::npos, unchanged);
}

TEST(Commands, ConfigShowsOneValueAndNoSecret) {
    configure("PREGON_FCGI_THREADS=4\n");
    for (const auto &[key, value] : {std::pair("PREGON_FCGI_THREADS", "4\n"),
                                     {"PREGON_FCGI_LISTEN", "unix:/run/pregon/fcgi.sock\n"},
                                     {"REVERB_APP_SECRET", "(set)\n"}}) {
        out.str("");
        options.values = {{"KEY", key}};
        CHECK_TRUE(perform("config").has_value());
        STRCMP_EQUAL(value, out.str().c_str());
    }
    options.values = {{"KEY", "PREGON_FCGI_THREDS"}};
    STRCMP_CONTAINS("did you mean PREGON_FCGI_THREADS", outcomeOf("config").c_str());
}

TEST(Commands, CheckWarnsOfWhatTheDaemonsLiveWith) {
    configure("REVERB_MAX_REQUEST_SIZE=10000\n");
    writeRules("[]");
    ::chmod(options.configFile.c_str(), 0644);

    STRCMP_EQUAL("done", outcomeOf("check").c_str());
    CHECK_TRUE(out.str().find("warning: the store cannot be used: ") != std::string::npos);
    CHECK_TRUE(out.str().find("warning: REVERB_MAX_REQUEST_SIZE: ") != std::string::npos);
    CHECK_TRUE(out.str().find("is readable by everybody") != std::string::npos);
}

TEST(Commands, CheckSaysWhatIsWrong) {
    options.configFile = folder.file("missing.env");
    STRCMP_EQUAL("missing.env: No such file or directory", outcomeOf("check").c_str());
    configure("PREGON_FCGI_THREADS=0\n");
    STRCMP_EQUAL("pregon.env:7: PREGON_FCGI_THREADS: must be 2 to 1024\n"
                 "channels.json: No such file or directory",
                 outcomeOf("check").c_str());
    configure();
    STRCMP_EQUAL("channels.json: No such file or directory", outcomeOf("check").c_str());
    writeRules("[{}]");
    STRCMP_EQUAL("channels.json: rule 1: \"channel\" is missing", outcomeOf("check").c_str());
    STRCMP_EQUAL("", out.str().c_str());
}

TEST(Commands, CheckSaysEverythingThatIsWrongAtOnce) {
    configure("no name\nPREGON_FCGI_THREADS=0\nPREGON_LOG_LEVEL=loud\nPREGON_FCGI_THREDS=4\n"
              "PREGON_LOG_LEVEL=louder\nPREGON_UNAUTHENTICATED_STATUS=402\n"
              "PREGON_REMEMBER_ME='\n");
    writeRules(R"([{},{"channel":"a","allow":{}},{"channel":"b"}])");
    ::mkdir(folder.file("pregon.d").c_str(), 0755);
    std::ofstream(folder.file("pregon.d/own.env")) << "\nPREGON_MAX_BODY_SIZE=much\n";

    STRCMP_EQUAL(
        "pregon.env:7: expected NAME=value\n"
        "pregon.env:8: PREGON_FCGI_THREADS: must be 2 to 1024\n"
        "pregon.env:10: PREGON_FCGI_THREDS: unknown setting; did you mean "
        "PREGON_FCGI_THREADS?\n"
        "pregon.env:11: PREGON_LOG_LEVEL: louder: expected error, warning, notice, info or "
        "debug\n"
        "pregon.env:12: PREGON_UNAUTHENTICATED_STATUS: 402: expected 403 or 401; did you "
        "mean 403 or 401?\n"
        "pregon.env:13: PREGON_REMEMBER_ME: the quote is not closed\n"
        "pregon.d/own.env:2: PREGON_MAX_BODY_SIZE: not an integer; expected bytes, 1024 to "
        "67108864\n"
        "channels.json: rule 1: \"channel\" is missing\n"
        "channels.json: rule 3: none of \"allow\", \"user\", \"query\", \"any\" and \"all\"",
        outcomeOf("check").c_str());
}

TEST(Commands, CheckNamesTheFileThatCannotBeRead) {
    configure("PREGON_FCGI_THREADS=0\n");
    ::mkdir(folder.file("pregon.d").c_str(), 0755);
    ::mkdir(folder.file("pregon.d/own.env").c_str(), 0755);

    STRCMP_EQUAL("pregon.env:7: PREGON_FCGI_THREADS: must be 2 to 1024\n"
                 "pregon.d/own.env: cannot be read",
                 outcomeOf("check").c_str());
}

TEST(Commands, CheckNeedsCredentials) {
    configure("REVERB_APP_SECRET=\nREVERB_APP_SECRET=''\n");

    CHECK_TRUE(outcomeOf("check").starts_with("REVERB_APP_ID, REVERB_APP_KEY and"));
}

TEST(Commands, StatusSaysWhereNobodyAnswers) {
    configure();

    CHECK_TRUE(
        outcomeOf("status").starts_with("pregon-worker does not answer on worker.sock: connect: "));
}

TEST_GROUP(StatusText){};

TEST(StatusText, IsForPeople) {
    STRCMP_EQUAL("worker running, pid 12, for 34 s, version 1.2.3, upgraded 2 times\n"
                 "3 connections, 2 refused, 1 closed because too slow\n"
                 "5 events, 6 deliveries, 7 frames sent\n"
                 "8 bytes queued, 9 bytes of memory in use\n"
                 "app 417702: 3 connections, 4 channels\n",
                 describeStatus(kStatus)->c_str());
}

TEST(StatusText, RefusesWhatNoWorkerSays) {
    for (const char *json : {"", "{}", "[]", R"({"apps":{}})", "nonsense"})
        CHECK_FALSE_TEXT(describeStatus(json).has_value(), json);
}

TEST(Commands, DescribeADrainingWorker) {
    std::string status = kStatus;
    status.replace(status.find("\"apps\""), 0, R"("draining":true,"closing":2,)");

    STRCMP_CONTAINS("\ndraining: 3 connections left, 2 closing\napp 417702",
                    describeStatus(status)->c_str());
    CHECK_TRUE(describeStatus(kStatus)->find("draining") == std::string::npos);
}

TEST(Commands, DescribeADrainThatHasBegun) {
    STRCMP_EQUAL("draining 20 connections over 10 s; the worker ends when they are gone\n",
                 describeDrain(R"({"connections":20,"seconds":10})")->c_str());
    for (const char *text : {"", "[]", "{}"})
        CHECK_TEXT(describeDrain(text).error().code == Errc::BadRequest, text);
}

TEST(Commands, DrainSaysWhyTheWorkerDoesNotAnswer) {
    configure();

    CHECK_TRUE(
        outcomeOf("drain").starts_with("pregon-worker does not answer on worker.sock: connect: "));
}
