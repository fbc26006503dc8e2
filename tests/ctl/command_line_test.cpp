// SPDX-License-Identifier: MIT
#include "ctl/command_line.h"

#include "ctl/commands.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace pregon;

TEST_GROUP(CommandLine){
    /// The phrase and what was read, `status --json= | /file`; or the error's first line.
    static std::string read(std::vector<std::string> words){
        const auto line = parseCommandLine(std::move(words));
if (!line) {
    LONGS_EQUAL(static_cast<int>(ExitCode::Usage), static_cast<int>(line.error().code));
    return "error: " + line.error().reason.substr(0, line.error().reason.find('\n'));
}
if (line->command == nullptr)
    return "text: " + line->text.substr(0, line->text.find('\n'));
std::string text = line->command->phrase;
for (const auto &[name, value] : line->options.values)
    text += " " + name + "=" + value;
return text + " | " + line->options.configFile;
}
}
;

TEST(CommandLine, TakesTheConfigurationBeforeAndBehindTheCommand) {
    STRCMP_EQUAL("status --json= | /f", read({"--config", "/f", "status", "--json"}).c_str());
    STRCMP_EQUAL("status --json= | /f", read({"status", "--json", "--config=/f"}).c_str());
    STRCMP_EQUAL("database check | /f", read({"database", "check", "--config", "/f"}).c_str());
}

TEST(CommandLine, ReadsValuesAndAllWordsThatAreLeft) {
    STRCMP_EQUAL("demo --page=/p | /f", read({"--config", "/f", "demo", "--page", "/p"}).c_str());
    STRCMP_EQUAL("help COMMAND=database check | /f",
                 read({"--config", "/f", "help", "database", "check"}).c_str());
}

TEST(CommandLine, NamesWhatComesNearAnUnknownCommand) {
    STRCMP_EQUAL("error: statsu: no such command; did you mean status? (pregonctl help lists them)",
                 read({"statsu"}).c_str());
    STRCMP_EQUAL("error: database: expected database check or database migrate",
                 read({"database"}).c_str());
    STRCMP_EQUAL("error: no command", read({}).c_str());
}

TEST(CommandLine, RefusesWhatACommandDoesNotTake) {
    STRCMP_EQUAL("error: status: The following argument was not expected: --jsn",
                 read({"status", "--jsn"}).c_str());
    CHECK_TRUE(read({"keys", "more"}).starts_with("error: keys: "));
    CHECK_TRUE(read({"demo", "--page"}).starts_with("error: demo: --page"));
    CHECK_TRUE(read({"--cnfig", "/f", "status"}).starts_with("error: "));
}

TEST(CommandLine, HelpsEverywhere) {
    for (const std::vector<std::string> &words : {std::vector<std::string>{"--help"}, {"-h"}})
        STRCMP_EQUAL("text: usage: pregonctl [--config FILE] COMMAND …", read(words).c_str());
    STRCMP_EQUAL("text: usage: pregonctl status [--json]", read({"status", "--help"}).c_str());
    CHECK_TRUE(read({"--version"}).starts_with("text: pregonctl "));
}

TEST(CommandLine, EveryCommandIsInTheOverviewAndReadable) {
    for (const Command &command : commands()) {
        CHECK_TRUE_TEXT(overview().find("\n  " + std::string(command.phrase) + " ") !=
                            std::string::npos,
                        command.phrase);
        CHECK_TRUE_TEXT(
            helpOf(command).starts_with("usage: pregonctl " + std::string(command.phrase)),
            command.phrase);
    }
}
