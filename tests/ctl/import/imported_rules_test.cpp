// SPDX-License-Identifier: MIT

// Closures of routes/channels.php as people write them (application/routes/*.php, each shape of
// spec channels-php §1 at least three times), and what becomes of them. A line `//= RULE` before a
// registration is a rule that it must become, `//= application REASON` one that it must not.

#include "ctl/import/channel_import.h"
#include "shared/auth/channel_authorizer.h"
#include "shared/small_file.h"

#include "tests/fcgi/demo_shops.h"
#include "tests/not_run.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "CppUTest/TestHarness.h"

using namespace pregon;
using namespace pregon::fcgitest;

namespace {

const std::string kApplication = "tests/ctl/import/application";
constexpr const char *kLaravel = "/usr/share/php/Illuminate/autoload.php";

std::vector<std::string> routeFiles() {
    std::vector<std::string> files;
    for (const auto &entry : std::filesystem::directory_iterator(kApplication + "/routes"))
        files.push_back(entry.path().string());
    std::sort(files.begin(), files.end());
    return files;
}

ChannelImport import(const std::string &file) {
    Models models(kApplication + "/app/Models");
    auto imported = importChannels(*readSmallFile(file), models);
    if (!imported)
        FAIL((file + ": " + imported.error().reason).c_str());
    return *imported;
}

/// What the comments of a file demand, and what became of it, a line each.
std::string demanded(const std::string &file) {
    std::ifstream in(file);
    std::string all;
    for (std::string line; std::getline(in, line);)
        if (line.starts_with("//= "))
            all += line.substr(4) + "\n";
    return all;
}

/// Reasons are compared as far as the demand says them, without their line.
std::string became(const ChannelImport &import, const std::string &demands) {
    std::string all;
    for (const ImportedChannel &channel : import.channels) {
        const std::string reason = channel.reason.substr(
            channel.reason.starts_with("line ") ? channel.reason.find(": ") + 2 : 0);
        const auto at = static_cast<std::size_t>(std::count(all.begin(), all.end(), '\n'));
        std::size_t start = 0;
        for (std::size_t i = 0; i < at; i++)
            start = demands.find('\n', start) + 1;
        const std::string demand = demands.substr(start, demands.find('\n', start) - start);
        if (!channel.isRule)
            all += ("application " + reason)
                       .substr(0, demand.starts_with("application") ? demand.size()
                                                                    : std::string::npos) +
                   "\n";
        else
            for (const std::string &rule : channel.rules)
                all += rule + "\n";
    }
    return all;
}

/// Names that the pattern matches, with odd numbers, texts and divided names among them.
std::vector<std::string> namesOf(const std::string &pattern) {
    std::vector<std::string> names{pattern};
    for (std::size_t at; (at = names.back().find('{')) != std::string::npos;) {
        std::vector<std::string> more;
        for (const std::string &name : names)
            for (const char *value :
                 {"1",    "2",    "3",     "7",      "9",     "01",  "1x",  "1e0",
                  "0",    "-1",   "admin", "aaaa-1", "ana",   "1-2", "2-1", "1-2-7",
                  "1--2", "-1-2", "1-2-",  "1_2",    "1_2_7", "_1_2"}) {
                const std::size_t start = name.find('{');
                more.push_back(name.substr(0, start) + value + name.substr(name.find('}') + 1));
            }
        names = std::move(more);
    }
    return names;
}

struct Question {
    std::string user, channel;
};

} // namespace

TEST_GROUP(ImportedRules) {
    TemporaryFolder folder;
    std::string databaseFile = folder.file("application.db");

    Database makeDatabase() {
        auto database = Database::open("sqlite:" + databaseFile, Database::IfMissing::Create);
        std::string sql = *readSmallFile(kApplication + "/schema.sql");
        for (std::size_t end; (end = sql.find(";\n")) != std::string::npos; sql.erase(0, end + 2))
            CHECK_TRUE(database->execute(sql.substr(0, end), {}).has_value());
        return std::move(*database);
    }

    /// Laravel's answers: true is allowed.
    std::vector<bool> askLaravel(const std::string &file, const std::vector<Question> &questions) {
        std::ofstream out(folder.file("questions"));
        for (const Question &question : questions)
            out << question.user << ' ' << question.channel << '\n';
        out.close();
        const std::string command = "php tests/ctl/import/ask-closures.php " + file + " " +
                                    kApplication + "/app/Models " + databaseFile + " < " +
                                    folder.file("questions") + " > " + folder.file("answers");
        LONGS_EQUAL(0, std::system(command.c_str()));
        std::vector<bool> answers;
        std::ifstream in(folder.file("answers"));
        for (std::string line; std::getline(in, line);)
            answers.push_back(line == "allow");
        LONGS_EQUAL(questions.size(), answers.size());
        return answers;
    }

    static std::vector<Question> questionsAbout(const ImportedChannel &channel) {
        std::vector<Question> questions;
        for (const char *user : {"1", "2", "3", "7"})
            for (const std::string &name : namesOf(channel.pattern))
                questions.push_back({user, name});
        return questions;
    }

    /// Compares one file; fails where a rule allows what the closure refuses, and where a rule
    /// never allows what the closure does.
    void compare(const std::string &file, Database &database) {
        const ChannelImport imported = import(file);
        UserSettings settings{{"id", "name", "email"}, true};
        settings.columns.insert(settings.columns.end(), imported.columns.begin(),
                                imported.columns.end());
        const auto rules = ChannelAuthorizer::parse(imported.json(), settings.columns);
        CHECK_TRUE_TEXT(rules.has_value(), file.c_str());
        for (const ImportedChannel &channel : imported.channels) {
            if (!channel.isRule)
                continue;
            const auto questions = questionsAbout(channel);
            const auto answers = askLaravel(file, questions);
            int both = 0;
            for (std::size_t i = 0; i < questions.size(); i++) {
                const auto user = UserStore(database, settings).find(questions[i].user);
                const auto decision =
                    rules->authorize(**user, "private-" + questions[i].channel, database);
                CHECK_TRUE_TEXT(decision.has_value(), channel.rules.back().c_str());
                const bool isAllowed = decision->kind == ChannelDecision::Kind::Allowed;
                both += isAllowed && answers[i] ? 1 : 0;
                CHECK_TRUE_TEXT(
                    !isAllowed || answers[i],
                    (file + ": user " + questions[i].user + ", " + questions[i].channel).c_str());
            }
            CHECK_TRUE_TEXT(both > 0, (file + ": " + channel.pattern + " allows nobody").c_str());
        }
    }
};

TEST(ImportedRules, EachShapeBecomesItsRuleOrIsLeftToTheApplicationWithTheReason) {
    LONGS_EQUAL(16, routeFiles().size());
    for (const std::string &file : routeFiles()) {
        const std::string demands = demanded(file);
        STRCMP_EQUAL_TEXT(demands.c_str(), became(import(file), demands).c_str(), file.c_str());
    }
}

TEST(ImportedRules, NoneAllowsWhatTheClosureRefusesInLaravel) {
    if (!std::filesystem::exists(kLaravel))
        return notRun("php-laravel-framework is not installed");
    Database database = makeDatabase();
    for (const std::string &file : routeFiles())
        if (file.find("04_") == std::string::npos && file.find("07_") == std::string::npos)
            compare(file, database);
}
