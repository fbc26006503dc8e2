// SPDX-License-Identifier: MIT
#include "ctl/commands.h"
#include "ctl/import/channel_import.h"
#include "shared/small_file.h"

#include "tests/fcgi/demo_shops.h"

#include <fstream>
#include <sstream>
#include <string>

#include "CppUTest/TestHarness.h"

using namespace pregon;
using namespace pregon::fcgitest;

TEST_GROUP(ChannelImport) {
    TemporaryFolder folder;
    std::ostringstream out;

    /// The rules of a file's code, without blanks between them.
    static std::string rulesOf(const std::string &code) {
        Models models;
        const auto imported = importChannels("<?php\n" + code, models);
        return imported ? imported->json() : imported.error().reason;
    }
    std::string write(const std::string &name, const std::string &text) {
        std::ofstream(folder.file(name)) << text;
        return folder.file(name);
    }
    /// What pregonctl does with the file: "done", or why not.
    std::string importFile(const std::string &file,
                           std::map<std::string, std::string, std::less<>> more) {
        CommandOptions options;
        options.values = std::move(more);
        options.values["FILE"] = file;
        const auto done = findCommand("import channels")->run(options, out);
        return done ? "done" : done.error().reason;
    }
};

namespace {

constexpr const char *kOpen = "Broadcast::channel('a', fn () => true);\n";
constexpr const char *kLeft = "[\n  {\"channel\":\"a\",\"fallback\":true}\n]\n";

} // namespace

TEST(ChannelImport, CodeThatMayRegisterMoreLeavesEverythingToTheApplication) {
    for (const char *code :
         {"require 'more.php';", "if (1) { Broadcast::channel('b', fn () => true); }", "more();",
          "foreach ($a as $b) {}", "Broadcast::channel($name, fn () => true);", "return;",
          "Broadcast::channel('a.*', fn () => true);",
          "Broadcast::channel('b', fn () => true)->channel('c', fn () => true);", "use A\\{B, C};",
          "function f() {}", "$x = 1;", "Broadcast::channel('b');", "}"}) {
        STRCMP_CONTAINS_TEXT(R"({"channel":"a","fallback":true})",
                             rulesOf(kOpen + std::string(code)).c_str(), code);
        CHECK_TRUE_TEXT(rulesOf(kOpen + std::string(code)).find("allow") == std::string::npos,
                        code);
        CHECK_TRUE_TEXT(
            rulesOf(code + std::string("\n") + kOpen).find("allow") == std::string::npos, code);
    }
}

TEST(ChannelImport, OnlyLaravelsOwnBroadcastRegistersChannels) {
    const char *rule = "[\n  {\"channel\":\"a\",\"allow\":{}}\n]\n";
    STRCMP_EQUAL(rule, rulesOf("declare(strict_types=1);\nuse "
                               "Illuminate\\Support\\Facades\\Broadcast;\nBroadcast::routes(['"
                               "middleware' => ['auth:sanctum']]);\n" +
                               std::string(kOpen))
                           .c_str());
    STRCMP_EQUAL(rule, rulesOf("use Illuminate\\Support\\Facades\\Broadcast as "
                               "Air;\nAir::channel('a', fn () => true);")
                           .c_str());
    STRCMP_EQUAL(
        rule,
        rulesOf("\\Illuminate\\Support\\Facades\\Broadcast::channel('a', fn () => true);").c_str());
    STRCMP_EQUAL("[]\n", rulesOf("use App\\Broadcast;\n" + std::string(kOpen)).c_str());
}

TEST(ChannelImport, TheLastRegistrationOfAPatternCountsAtTheFirstOnesPlace) {
    STRCMP_EQUAL("[\n  {\"channel\":\"a\",\"user\":{\"role\":[\"x\"]}},\n  "
                 "{\"channel\":\"b\",\"allow\":{}}\n]\n",
                 rulesOf(std::string(kOpen) +
                         "Broadcast::channel('b', fn () => true);\n"
                         "Broadcast::channel('a', fn ($u) => $u->role === 'x');")
                     .c_str());
}

TEST(ChannelImport, WithoutTheModelsNothingIsSaidOfThem) {
    for (const char *closure :
         {"fn ($user) => $user->hasRole('x')", "fn ($user) => $user->teams()->exists()",
          "fn ($user) => \\App\\Models\\Order::find(1)->user_id === $user->id"})
        STRCMP_EQUAL_TEXT(kLeft,
                          rulesOf("Broadcast::channel('a', " + std::string(closure) + ");").c_str(),
                          closure);
}

TEST(ChannelImport, ASecretColumnMakesNoRule) {
    STRCMP_EQUAL(kLeft,
                 rulesOf("Broadcast::channel('a', fn ($u) => $u->password == 'x');").c_str());
}

TEST(ChannelImport, ShowsDangersFirstThenEachLineAndWritesOnlyWhenTold) {
    const std::string file =
        write("channels.php",
              "<?php\n"
              "Broadcast::channel('company.{id}', fn ($user, $id) => $user->company_id == $id);\n"
              "Broadcast::channel('store.{id}', fn ($user, $id) => true);\n"
              "Broadcast::channel('x', App\\X::class);\n");
    STRCMP_EQUAL("done", importFile(file, {}).c_str());
    STRCMP_EQUAL(
        "dangerous: line 3: store.{id}: the application lets in every user who is logged in, "
        "whatever {id} is\n"
        "2  company.{id}  rule\n"
        "3  store.{id}    rule\n"
        "4  x             application  the class App\\X decides\n"
        "3 channels: 2 became rules, 1 are left to the application (PREGON_AUTH_FALLBACK)\n"
        "the rules need: PREGON_USER_COLUMNS=id,name,email,commerce_id,role,company_id\n"
        "nothing is written: --print shows the rules, --write FILE writes them\n",
        out.str().substr(out.str().find("dangerous")).c_str());
}

TEST(ChannelImport, PrintsTheRulesAlone) {
    const std::string file = write("channels.php", "<?php\n" + std::string(kOpen));
    STRCMP_EQUAL("done", importFile(file, {{"--print", ""}}).c_str());
    STRCMP_EQUAL("[\n  {\"channel\":\"a\",\"allow\":{}}\n]\n", out.str().c_str());
    STRCMP_CONTAINS("--print writes no file",
                    importFile(file, {{"--print", ""}, {"--write", "x"}}).c_str());
}

TEST(ChannelImport, WritesAFileThatIsNotThere) {
    const std::string file = write("channels.php", "<?php\n" + std::string(kOpen)),
                      target = folder.file("channels.json");
    STRCMP_EQUAL("done", importFile(file, {{"--write", target}}).c_str());
    STRCMP_EQUAL("[\n  {\"channel\":\"a\",\"allow\":{}}\n]\n", readSmallFile(target)->c_str());
    STRCMP_CONTAINS("channels.json", importFile(file, {{"--write", target}}).c_str());
    STRCMP_EQUAL("done", importFile(file, {{"--write", target}, {"--force", ""}}).c_str());
}

TEST(ChannelImport, SaysWhatFileOrFolderItCannotRead) {
    STRCMP_CONTAINS("none.php", importFile(folder.file("none.php"), {}).c_str());
    const std::string file = write("channels.php", "<?php\n'a");
    STRCMP_EQUAL((file + ": line 2: a text without an end").c_str(), importFile(file, {}).c_str());
    STRCMP_CONTAINS("nowhere: no folder",
                    importFile(write("c.php", "<?php\n"), {{"--models", "nowhere"}}).c_str());
}
