#include "shared/origin_rules.h"

#include <string>
#include <vector>

#include "CppUTest/TestHarness.h"

using namespace pregon;

TEST_GROUP(OriginRules){};

TEST(OriginRules, MatchTheHostOrTheWholeOrigin) { // spec reverb-config §5
    struct {
        const char *pattern, *origin;
        bool isAllowed;
    } const cases[] = {
        {"*", "https://anything.example", true},
        {"example.com", "https://example.com", true},
        {"example.com", "http://example.com:8080", true},
        {"example.com", "https://a.example.com", false},
        {"example.com", "https://example.com.evil.net", false},
        {"Example.COM", "https://eXAMPLE.com", true},
        {"*.example.com", "https://a.example.com", true},
        {"*.example.com", "https://a.b.example.com", true},
        {"*.example.com", "https://example.com", false},
        {"*example.com", "https://evilexample.com", true},
        {"shop-*.example.*", "https://shop-7.example.co.uk:444", true},
        {"shop-*.example.*", "https://shop.example.com", false},
        {"a*a", "https://a", false},
        {"a*b*c", "https://aXbYbZc", true},
        {"**", "https://a", true},
        {"localhost:3000", "http://localhost:3000", false},
        {"http://localhost:3000", "http://localhost:3000", true},
        {"http://localhost:3000", "http://localhost:3001", false},
        {"http://localhost:3000", "https://localhost:3000", false},
        {"https://example.com", "https://example.com", true},
        {"https://example.com", "http://example.com", false},
        {"https://example.com", "https://example.com:8443", false},
        {"HTTPS://*.Example.com:8443", "https://a.example.com:8443", true},
        {"https://*", "https://example.com:8443", true},
        {"::1", "http://[::1]:3000", true},
        {"", "https://example.com", false},
    };
    for (const auto &one : cases)
        CHECK_EQUAL_TEXT(one.isAllowed, isOriginAllowed(one.origin, {one.pattern}, false),
                         (std::string(one.pattern) + " " + one.origin).c_str());
}

TEST(OriginRules, OnePatternThatMatchesIsEnough) {
    const std::vector<std::string> patterns = {"a.example", "b.example"};

    CHECK_TRUE(isOriginAllowed("https://b.example", patterns, false));
    CHECK_FALSE(isOriginAllowed("https://c.example", patterns, false));
    CHECK_FALSE(isOriginAllowed("https://c.example", {}, true));
}

TEST(OriginRules, AClientWithoutOriginNeedsTheStarOrTheOption) {
    for (const char *missing : {"", "null", "NULL"}) {
        CHECK_FALSE_TEXT(isOriginAllowed(missing, {"example.com", "*.com", "**"}, false), missing);
        CHECK_TRUE_TEXT(isOriginAllowed(missing, {"example.com"}, true), missing);
        CHECK_TRUE_TEXT(isOriginAllowed(missing, {"*"}, false), missing);
    }
}

TEST(OriginRules, ManyStarsTakeNoExponentialTime) {
    std::string pattern;
    for (int i = 0; i < 50; i++)
        pattern += "*a";

    CHECK_FALSE(isOriginAllowed("https://" + std::string(5000, 'a') + "b", {pattern}, false));
}
