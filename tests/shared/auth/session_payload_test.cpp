// SPDX-License-Identifier: MIT

// Sessions that a real Laravel wrote (record-sessions.php), and what later versions write.

#include "shared/auth/session_payload.h"

#include "shared/json/json.h"
#include "shared/small_file.h"
#include "tests/shared/auth/laravel_cookies.h"

#include <string>
#include <vector>

#include "CppUTest/TestHarness.h"

using namespace pregon;
using namespace pregon::fcgitest;

TEST_GROUP(SessionPayload) {
    JsonDocument recorded =
        *JsonDocument::parse(*readSmallFile("tests/shared/auth/recorded/laravel-sessions.json"));
    LaravelCookie keys = *LaravelCookie::make(kAppKey, {}, "AES-256-CBC");
    LaravelCookie otherKeys = *LaravelCookie::make(kOtherAppKey, {kAppKey}, "AES-256-CBC");
    LaravelCookie strangeKeys = *LaravelCookie::make(kOtherAppKey, {}, "AES-256-CBC");

    std::string payload(const char *driver, const char *name, const char *member = nullptr) const {
        const JsonValue value = recorded.root().find(driver).find(name);
        return *decodeBase64(*(member != nullptr ? value.find(member) : value).asString());
    }
    static std::string userOf(std::string_view text, const LaravelCookie *with) {
        return sessionUserId(text, with).value_or("nobody");
    }
};

TEST(SessionPayload, KnowsTheUserOfWhatEachDriverOfLaravelWrites) {
    for (const auto &[name, user] : {std::pair("plain", "1"), std::pair("encrypted", "1"),
                                     std::pair("uuid", "9b2c6f0e-1c2d-4e3f-8a9b-0c1d2e3f4a5b"),
                                     std::pair("guest", "nobody")}) {
        STRCMP_EQUAL_TEXT(user, userOf(payload("file", name), &keys).c_str(), name);
        STRCMP_EQUAL_TEXT(user, userOf(payload("redis", name, "value"), &keys).c_str(), name);
        const auto cookie = readCookieSession(payload("cookie", name, "text"));
        STRCMP_EQUAL_TEXT(user, userOf(cookie->payload, &keys).c_str(), name);
    }
    STRCMP_EQUAL("1", userOf(payload("json", "plain"), &keys).c_str());
}

TEST(SessionPayload, OpensAnEncryptedOneWithAnyOfTheKeysAndNoOther) {
    const std::string encrypted = payload("redis", "encrypted", "value");
    STRCMP_EQUAL("1", userOf(encrypted, &otherKeys).c_str());
    STRCMP_EQUAL("nobody", userOf(encrypted, &strangeKeys).c_str());
    STRCMP_EQUAL("nobody", userOf(encrypted, nullptr).c_str());
    std::string changed = payload("file", "encrypted");
    changed[changed.size() / 2] = changed[changed.size() / 2] == 'A' ? 'B' : 'A';
    STRCMP_EQUAL("nobody", userOf(changed, &keys).c_str());
}

TEST(SessionPayload, TakesNoUserFromTextsWithinThePayload) {
    const std::string login = "s:50:\"login_web_59ba36addc2b2f9401580f014c7f58ea4e30989d\";i:2;";
    const std::vector<std::string> texts = {
        "a:1:{s:1:\"x\";a:1:{" + login + "}}",
        "a:1:{s:1:\"x\";s:61:\"" + login + "x\";}",
        "a:1:{" + login + "}x",
        "x" + login,
        R"({"a":{"login_web_59ba36addc2b2f9401580f014c7f58ea4e30989d":2}})",
        "[]",
        "",
        "s:0:\"\";",
        "a:1:{s:50:\"login_web_59ba36addc2b2f9401580f014c7f58ea4e30989d\";b:1;}",
    };
    for (const std::string &text : texts)
        STRCMP_EQUAL_TEXT("nobody", userOf(text, &keys).c_str(), text.c_str());
    STRCMP_EQUAL("2", userOf("a:1:{" + login + "}", &keys).c_str());
}

TEST(SessionPayload, ReadsTheTimeOfACookieSession) {
    LONGS_EQUAL(7, readCookieSession(R"({"data":"x","expires":7})")->validUntil);
    for (const char *text :
         {"", "[]", "{}", R"({"data":"x"})", R"({"expires":7})", R"({"data":1,"expires":7})"})
        CHECK_FALSE(readCookieSession(text).has_value());
}
