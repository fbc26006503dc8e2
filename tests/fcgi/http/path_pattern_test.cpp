// SPDX-License-Identifier: MIT
#include "fcgi/http/path_pattern.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace pregon;

TEST_GROUP(PathPattern){/// The parameters as `app=7;`; "no match".
                        static std::string match(std::string_view pattern, std::string_view path){
                            const auto parameters = matchPath(pattern, path);
if (!parameters)
    return "no match";
std::string text;
for (const auto &[name, value] : *parameters)
    text += name + "=" + value + ";";
return text;
}
}
;

TEST(PathPattern, MatchesSegmentBySegment) {
    struct {
        const char *pattern, *path, *expected;
    } const cases[] = {
        {"/up", "/up", ""},
        {"/up", "/up/", "no match"},
        {"/up", "/upx", "no match"},
        {"/up", "/", "no match"},
        {"/up", "", "no match"},
        {"/up", "up", "no match"},
        {"/up", "//up", "no match"},
        {"/up", "/UP", "no match"},
        {"/apps/:app/events", "/apps/7/events", "app=7;"},
        {"/apps/:app/events", "/apps/a%2Fb/events", "app=a%2Fb;"},
        {"/apps/:app/events", "/apps//events", "no match"},
        {"/apps/:app/events", "/apps/7", "no match"},
        {"/apps/:app/events", "/apps/7/events/x", "no match"},
        {"/apps/:app/events", "/apps/7/../events", "no match"},
        {"/:a/:b", "/1/2", "a=1;b=2;"},
    };
    for (const auto &one : cases)
        STRCMP_EQUAL_TEXT(one.expected, match(one.pattern, one.path).c_str(), one.path);
}

TEST(PathPattern, DecodesParametersOnce) {
    const PathParameters parameters = {{"plain", "a+b"}, {"escaped", "a%20b%2Fc%2541"}};

    STRCMP_EQUAL("a+b", decodedParameter(parameters, "plain").c_str());
    STRCMP_EQUAL("a b/c%41", decodedParameter(parameters, "escaped").c_str());
    STRCMP_EQUAL("", decodedParameter(parameters, "missing").c_str());
}

TEST(PathPattern, TakesAPrefixOffWholeSegmentsOnly) {
    struct {
        const char *path, *prefix, *expected;
    } const cases[] = {
        {"/ws/up", "/ws", "/up"},
        {"/up", "/ws", "/up"},
        {"/wsx/up", "/ws", "/wsx/up"},
        {"/ws", "/ws", "/ws"},
        {"/ws/ws/up", "/ws", "/ws/up"},
        {"/a/b/up", "/a/b", "/up"},
        {"/up", "", "/up"},
        {"", "", ""},
        {"//up", "", "//up"},
    };
    for (const auto &one : cases)
        STRCMP_EQUAL_TEXT(one.expected,
                          std::string(withoutPathPrefix(one.path, one.prefix)).c_str(), one.path);
}
