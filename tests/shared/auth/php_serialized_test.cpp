// SPDX-License-Identifier: MIT
#include "shared/auth/php_serialized.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace pregon;

TEST_GROUP(PhpSerialized){
    /// `key=value ` of the scalars; "none".
    static std::string scalarsOf(std::string_view text){const auto scalars = readPhpArray(text);
if (!scalars)
    return "none";
std::string all;
for (const auto &[key, value] : *scalars)
    all += key + "=" + value + " ";
return all;
}
}
;

TEST(PhpSerialized, ReadsTextsAndNumbersOfAnArrayAndSkipsTheRest) {
    const std::pair<const char *, const char *> cases[] = {
        {"a:0:{}", ""},
        {R"(a:2:{s:1:"a";i:-7;i:5;s:3:"x"y";})", "5=x\"y a=-7 "},
        {R"(a:1:{s:7:"a";i:1;";s:0:"";})", "a\";i:1;= "},
        {R"(a:5:{i:0;N;i:1;b:1;i:2;d:-1.5E+25;i:3;d:NAN;i:4;r:2;})", ""},
        {R"(a:2:{i:0;a:1:{s:1:"k";s:1:"v";}s:1:"z";i:1;})", "z=1 "},
        {R"(a:2:{i:0;O:3:"A\B":1:{s:1:"k";i:5;}s:1:"z";i:1;})", "z=1 "},
        {R"(a:2:{i:0;C:1:"A":9:{};a:1:{};}s:1:"z";i:1;})", "z=1 "},
        {R"(a:2:{i:0;E:5:"A:One";s:1:"z";i:1;})", "z=1 "},
        {R"(a:2:{s:1:"a";i:1;s:1:"a";i:2;})", "a=2 "},
    };
    for (const auto &[text, expected] : cases)
        STRCMP_EQUAL_TEXT(expected, scalarsOf(text).c_str(), text);
}

TEST(PhpSerialized, RefusesEverythingThatIsNotExactlyOneArray) {
    for (const char *text : {"",
                             "a",
                             "a:",
                             "a:1",
                             "a:1:{",
                             "a:1:{}",
                             "a:0:{}x",
                             "a:0:{} ",
                             "a:-1:{}",
                             "a:1:{i:0;}",
                             "i:1;",
                             "a:1:{i:0;i:;}",
                             "a:1:{i:0;i:1}",
                             "a:1:{i:0;s:2:\"a\";}",
                             "a:1:{i:0;s:99999999999999999999:\"a\";}",
                             "a:1:{i:0;s:1:\"a\"}",
                             "a:1:{b:1;i:1;}",
                             "a:1:{N;i:1;}",
                             "a:1:{d:1;i:1;}",
                             "a:99999999999:{i:0;i:1;}",
                             "a:1:{i:1x;i:1;}",
                             "a:1:{i:0;x:1;}",
                             "a:1:{i:0;C:1:\"A\":99:{}}",
                             "a:1:{i:0;O:1:\"A\":1:{}}",
                             "a:1:{i:0;b:1"})
        STRCMP_EQUAL_TEXT("none", scalarsOf(text).c_str(), text);
}

TEST(PhpSerialized, BoundsTheDepth) {
    const auto nested = [](int levels) {
        std::string text = "i:1;";
        for (int i = 0; i < levels; i++)
            text = "a:1:{i:0;" + text + "}";
        return readPhpArray(text).has_value();
    };
    CHECK_TRUE(nested(kDeepestPhpArray));
    CHECK_FALSE(nested(kDeepestPhpArray + 1));
    CHECK_FALSE(nested(100'000));
}

TEST(PhpSerialized, ReadsATextByItsLengthInBytes) {
    STRCMP_EQUAL("ñ\"", std::string(readPhpText("s:3:\"ñ\"\";").value()).c_str());
    for (const char *text :
         {"", "s:1:\"ab\";", "s:3:\"ab\";", "s:2:\"ab\"", "s:2:\"ab\";x", "i:1;"})
        CHECK_FALSE(readPhpText(text).has_value());
}
