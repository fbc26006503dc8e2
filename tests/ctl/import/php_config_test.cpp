// SPDX-License-Identifier: MIT
#include "ctl/import/php_config.h"

#include "CppUTest/TestHarness.h"

using namespace pregon;

TEST_GROUP(PhpConfig){
    /// The items of 'key', with bars; `?` for what only PHP can tell.
    static std::string items(const std::string &expression){
        const auto env = LaravelEnv::parse("A=x\nLIST=\" a , b,\"\nNONE=null\n", ".env");
const auto found =
    PhpConfig::parse("<?php\nreturn ['key' => " + expression + "];\n", env).items("key");
if (!found)
    return "?";
std::string all;
for (const std::string &item : *found)
    all += item + "|";
return all;
}
}
;

TEST(PhpConfig, ReadsListsAndTheFunctionsThatMakeThem) {
    const std::pair<const char *, const char *> cases[] = {
        {"['a', \"b\",]", "a|b|"},
        {"array('a')", "a|"},
        {"'it\\'s'", "it's|"},
        {"[]", ""},
        {"true", "true|"},
        {"null", ""},
        {"env('A')", "x|"},
        {"env('B', 'y')", "y|"},
        {"env('B')", ""},
        {"env('NONE', 'y')", "|"},
        {"explode(',', env('LIST', '*'))", " a | b||"},
        {"array_filter(array_map('trim', explode(',', env('LIST'))))", "a|b|"},
        {"['a', /* 'no', */ 'b', // 'no'\n # 'no'\n 'c']", "a|b|c|"},
        {"['a', env('A'), explode('|', 'c|d')]", "a|x|c|d|"},
    };
    for (const auto &[expression, expected] : cases)
        STRCMP_EQUAL_TEXT(expected, items(expression).c_str(), expression);
}

TEST(PhpConfig, SaysWhatOnlyPhpCanTell) {
    for (const char *expression :
         {"$origins", "origins()", "'a' . 'b'", "\"a$b\"", "['a' => 'b']", "[...$a]", "env($name)",
          "explode(',', $a)", "isset($a) ? ['a'] : []", "env('A') ?: 'b'"})
        STRCMP_EQUAL_TEXT("?", items(expression).c_str(), expression);
}

TEST(PhpConfig, KnowsItsKeysAndTheVariablesThatItAsksFor) {
    const auto config = PhpConfig::parse(
        "<?php /* 'COMMENTED' */ return ['a' => ['b' => env('DB_URL'), 'a' => 'inner']];",
        LaravelEnv());
    CHECK_TRUE(config.has("b"));
    CHECK_FALSE(config.has("c"));
    CHECK_TRUE(config.mentions("DB_URL"));
    CHECK_FALSE(config.mentions("COMMENTED"));
    CHECK_TRUE(PhpConfig::read("/nonexistent/cors.php", LaravelEnv()).items("a")->empty());
}
