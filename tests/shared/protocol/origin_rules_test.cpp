// SPDX-License-Identifier: MIT
#include "shared/protocol/origin_rules.h"

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
        {"[::1]", "http://[::1]:3000", true},
        {"https://h:443", "https://h", true},
        {"https://h", "https://h:443", true},
        {"https://h:443", "https://h:443", true},
        {"https://h:443", "http://h", false},
        {"https://h:80", "https://h", false},
        {"http://h:80", "http://h", true},
        {"http://h", "http://h:80", true},
        {"https://*.h:443", "https://a.h", true},
        {"*://h:443", "https://h", true},
        {"*://h:443", "http://h", false},
        {"https://[::1]:443", "https://[::1]", true},
        {"https://h:*", "https://h", true},
        {"https://h:*", "https://h:8443", true},
        {"https://h:*", "https://evil.h", false},
        {"https://*3", "https://h", false},
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

TEST(OriginRules, APatternThatNoBrowserCouldMatchIsRefusedWithTheReason) {
    const std::pair<const char *, const char *> cases[] = {
        {"https://h/", "https://h/: an Origin header has no path; did you mean https://h?"},
        {"https://h:8443/app?x",
         "https://h:8443/app?x: an Origin header has no path; did you mean https://h:8443?"},
        {"h/", "h/: an Origin header has no path; did you mean h?"},
        {"h:443", "h:443: a port needs the scheme before the host; did you mean https://h:443?"},
        {"[::1]:443",
         "[::1]:443: a port needs the scheme before the host; did you mean https://[::1]:443?"},
        {"wss://h", "wss://h: an Origin header is the page's, https://HOST or http://HOST"},
        {"https://", "https://: names no host"},
        {"https://:443", "https://:443: names no host"},
        {"https://h:0", "https://h:0: its port must be 1 to 65535"},
        {"https://h:65536", "https://h:65536: its port must be 1 to 65535"},
        {"https://h:", "https://h:: its port must be 1 to 65535"},
        {"https://h:https", "https://h:https: its port must be 1 to 65535"},
        {"https://::1", "https://::1: an IPv6 address stands in brackets"},
        {"https://[::1", "https://[::1: the bracket is not closed"},
        {"https://[::1]x", "https://[::1]x: has characters behind the bracket"},
        {"https://ana@h", "https://ana@h: an Origin header names no user"},
        {"https://tiendañ.pe",
         "https://tiendañ.pe: a browser sends such a name as ASCII (xn--...): write that"},
        {"https://a b", "https://a b: has characters that no origin has"},
        {"\"https://h\"", "\"https://h\": has characters that no origin has"},
        {"null", "null: stands for no origin: PREGON_APP_ALLOW_MISSING_ORIGIN allows that"},
        {"://h", "://h: expected HOST or https://HOST"},
        {"https:/h", "https:/h: an Origin header has no path"},
        {"//h", "//h: an Origin header has no path"},
        {"", ": names no host"},
    };
    for (const auto &[pattern, expected] : cases) {
        const auto done = checkOriginPattern(pattern);
        STRCMP_EQUAL(expected, done ? "accepted" : done.error().reason.c_str());
    }
}

TEST(OriginRules, APatternThatCanMatchIsAccepted) {
    for (const char *pattern : {"*",
                                "**",
                                "example.com",
                                "*.example.com",
                                "Shop_1.example",
                                "localhost",
                                "192.0.2.1",
                                "::1",
                                "[::1]",
                                "https://example.com",
                                "https://*.example.com:8443",
                                "https://h:443",
                                "https://h:*",
                                "https://*",
                                "*://h",
                                "http://[::1]:3000",
                                "capacitor://localhost",
                                "chrome-extension://abcdef",
                                "https://*:*",
                                "https://h:8*"})
        CHECK_TRUE_TEXT(checkOriginPattern(pattern).has_value(), pattern);
}
