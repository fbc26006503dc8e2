// SPDX-License-Identifier: MIT
#include "shared/auth/laravel_cookie.h"

#include "tests/shared/auth/laravel_cookies.h"

#include <string>
#include <utility>

#include "CppUTest/TestHarness.h"

using namespace pregon;
using namespace pregon::fcgitest;

TEST_GROUP(LaravelCookie){static LaravelCookie with(const char *key,
                                                    std::vector<std::string> previous = {},
                                                    const char *cipher = "AES-256-CBC"){
    return std::move(*LaravelCookie::make(key, previous, cipher));
}
static std::string refusalOf(const char *key, std::vector<std::string> previous = {},
                             const char *cipher = "AES-256-CBC") {
    const auto cookie = LaravelCookie::make(key, previous, cipher);
    return cookie ? "accepted" : cookie.error().reason;
}
/// The text; "nothing".
static std::string open(const LaravelCookie &cookie, std::string_view value,
                        std::string_view name = kSessionCookie) {
    return cookie.open(name, value).value_or("nothing");
}
/// The envelope's JSON with `part` replaced, as a cookie.
static std::string withChanged(const char *value, std::string_view part,
                               std::string_view replacement) {
    std::string json = *decodeBase64(value);
    const std::size_t at = json.find(part);
    CHECK_TRUE_TEXT(at != std::string::npos, std::string(part).c_str());
    return encodeBase64(json.replace(at, part.size(), replacement));
}
}
;

TEST(LaravelCookie, OpensWhatEachCipherMade) {
    STRCMP_EQUAL(kSessionId, open(with(kAppKey), kCookie256Cbc).c_str());
    STRCMP_EQUAL(kSessionId, open(with(kAppKey128, {}, "AES-128-CBC"), kCookie128Cbc).c_str());
    STRCMP_EQUAL(kSessionId, open(with(kAppKey, {}, "aes-256-gcm"), kCookie256Gcm).c_str());
    STRCMP_EQUAL(kSessionId, open(with(kAppKey128, {}, "AES-128-GCM"), kCookie128Gcm).c_str());
}

TEST(LaravelCookie, TakesTheKeyInBothForms) {
    STRCMP_EQUAL(kSessionId, open(with("0123456789abcdef0123456789abcdef"), kCookie256Cbc).c_str());
}

TEST(LaravelCookie, DecodesPercentSignsButNoPlus) {
    std::string value = kCookie256Cbc;
    value.replace(value.find('='), 1, "%3D");
    STRCMP_EQUAL(kSessionId, open(with(kAppKey), value).c_str());
    // A `+` of base64 comes as it is or as %2B; a blank is none.
    STRCMP_EQUAL("nothing", open(with(kAppKey), "+" + value).c_str());
}

TEST(LaravelCookie, OpensWhatAPreviousKeyMade) {
    STRCMP_EQUAL(kSessionId, open(with(kOtherAppKey, {kAppKey}), kCookie256Cbc).c_str());
    STRCMP_EQUAL(kSessionId,
                 open(with(kOtherAppKey, {kAppKey}, "AES-256-GCM"), kCookie256Gcm).c_str());
    STRCMP_EQUAL("nothing", open(with(kOtherAppKey), kCookie256Cbc).c_str());
    STRCMP_EQUAL("nothing", open(with(kOtherAppKey, {}, "AES-256-GCM"), kCookie256Gcm).c_str());
}

TEST(LaravelCookie, AValueIsBoundToItsName) {
    STRCMP_EQUAL("nothing", open(with(kAppKey), kCookie256Cbc, "XSRF-TOKEN").c_str());
    STRCMP_EQUAL("nothing", open(with(kAppKey), kRememberedAna).c_str());
    STRCMP_EQUAL("1|anasRememberToken|0f",
                 open(with(kAppKey), kRememberedAna, kRememberCookie).c_str());
}

TEST(LaravelCookie, AnyChangeOfACbcEnvelopeIsNoticed) {
    const LaravelCookie cookie = with(kAppKey);
    const std::pair<const char *, const char *> changes[] = {
        {"\"mac\":\"ad07", "\"mac\":\"bd07"},
        {"\"mac\":\"ad07", "\"mac\":\"AD07"},
        {"\"mac\":\"ad0707e7", "\"mac\":\""},
        {"\"value\":\"nzRd", "\"value\":\"nzRe"},
        {"\"iv\":\"QUJD", "\"iv\":\"QUJE"},
        {"\"tag\":\"\"", "\"tag\":\"AAAAAAAAAAAAAAAAAAAAAA==\""},
        {"\"tag\":\"\"", "\"tag\":1"},
        {"\"tag\"", "\"iv\""},
        {"\"iv\":\"QUJDREVGR0hJSktMTU5PUA==\"", "\"iv\":null"},
        {"{\"iv\"", "[{\"iv\""},
    };
    for (const auto &[part, replacement] : changes)
        STRCMP_EQUAL_TEXT("nothing",
                          open(cookie, withChanged(kCookie256Cbc, part, replacement)).c_str(),
                          replacement);
    // As older releases of Laravel wrote it.
    STRCMP_EQUAL(kSessionId, open(cookie, withChanged(kCookie256Cbc, ",\"tag\":\"\"", "")).c_str());
}

TEST(LaravelCookie, AnyChangeOfAGcmEnvelopeIsNoticed) {
    const LaravelCookie cookie = with(kAppKey, {}, "AES-256-GCM");
    const std::pair<const char *, const char *> changes[] = {
        {"\"tag\":\"z419YS1jjThxMx89vuttoA==\"", "\"tag\":\"\""},
        {"\"tag\":\"z419", "\"tag\":\"z418"},
        {"\"tag\":\"z419YS1jjThxMx89vuttoA==\"", "\"tag\":\"z419\""},
        {"\"value\":\"8LYj", "\"value\":\"8LYk"},
        {"\"iv\":\"QUJD", "\"iv\":\"QUJE"},
        {"\"mac\":\"\"", "\"mac\":\"00\""},
    };
    for (const auto &[part, replacement] : changes)
        STRCMP_EQUAL_TEXT("nothing",
                          open(cookie, withChanged(kCookie256Gcm, part, replacement)).c_str(),
                          replacement);
}

TEST(LaravelCookie, OneCipherTakesNothingOfAnother) {
    STRCMP_EQUAL("nothing", open(with(kAppKey), kCookie256Gcm).c_str());
    STRCMP_EQUAL("nothing", open(with(kAppKey, {}, "AES-256-GCM"), kCookie256Cbc).c_str());
}

TEST(LaravelCookie, NothingElseIsACookie) {
    const LaravelCookie cookie = with(kAppKey);
    for (const char *value : {"", "=", "====", "e30=", "e30", "bnVsbA==", "%", "%3D", "a b", "{}",
                              "eyJpdiI6IiIsInZhbHVlIjoiIiwibWFjIjoiIn0="})
        STRCMP_EQUAL_TEXT("nothing", open(cookie, value).c_str(), value);
    STRCMP_EQUAL("nothing", open(cookie, std::string(100'000, 'A')).c_str());
}

TEST(LaravelCookie, RefusesKeysAndCiphersThatCannotBe) {
    STRCMP_EQUAL("PREGON_APP_KEY: the key has 5 bytes; aes-256-cbc needs 32",
                 refusalOf("short").c_str());
    STRCMP_EQUAL("PREGON_APP_KEY: the key has 32 bytes; aes-128-gcm needs 16",
                 refusalOf(kAppKey, {}, "AES-128-GCM").c_str());
    STRCMP_EQUAL("PREGON_APP_KEY: what follows base64: is no base64",
                 refusalOf("base64:?").c_str());
    STRCMP_EQUAL("PREGON_APP_PREVIOUS_KEYS: the key has 5 bytes; aes-256-cbc needs 32",
                 refusalOf(kAppKey, {kAppKey, "short"}).c_str());
    STRCMP_EQUAL("PREGON_APP_CIPHER: expected AES-128-CBC, AES-256-CBC, AES-128-GCM or "
                 "AES-256-GCM",
                 refusalOf(kAppKey, {}, "AES-256-ECB").c_str());
}

TEST_GROUP(Cipher){};

TEST(Cipher, RefusesWhatDoesNotFit) {
    const Cipher &cbc = *findCipher("aes-256-cbc");
    const SecretKey key(std::string(32, 'k'));
    const std::string iv(16, 'i');
    CHECK_FALSE(decrypt(cbc, key, iv, "", "").has_value());
    CHECK_FALSE(decrypt(cbc, key, iv, "not a whole block", "").has_value());
    CHECK_FALSE(decrypt(cbc, key, "short", std::string(16, 'x'), "").has_value());
    CHECK_FALSE(decrypt(cbc, SecretKey("k"), iv, std::string(16, 'x'), "").has_value());
    CHECK_FALSE(decrypt(cbc, key, iv, std::string(16, 'x'), std::string(16, 't')).has_value());
}

TEST(Cipher, DecodesBase64) {
    const std::pair<const char *, const char *> cases[] = {
        {"", ""},
        {"YQ==", "a"},
        {"YQ", "a"},
        {"YWI=", "ab"},
        {"YWI", "ab"},
        {"YWJj", "abc"},
        {"+/+/", "\xfb\xff\xbf"},
        {"Y", "refused"},
        {"YQ=", "refused"},
        {"YWJj=", "refused"},
        {"YWJj====", "refused"},
        {"Y Q=", "refused"},
        {"YQ==\n", "refused"},
        {"_-==", "refused"},
        {"=", "refused"},
        {"YQ==YQ==", "refused"},
    };
    for (const auto &[text, expected] : cases)
        STRCMP_EQUAL_TEXT(expected, decodeBase64(text).value_or("refused").c_str(), text);
}

TEST_GROUP(CookieHeader){};

TEST(CookieHeader, GivesTheFirstCookieOfAName) {
    const std::pair<const char *, const char *> cases[] = {
        {"a=1", "1"},      {"b=2; a=1", "1"}, {"a=1; a=2", "1"}, {"b=2;a=1;c=3", "1"},
        {"a=", ""},        {"a=1=2", "1=2"},  {"", "none"},      {"aa=1", "none"},
        {"b=a=1", "none"}, {"A=1", "none"},   {"a", "none"},     {";; a=1 ;", "1"},
    };
    for (const auto &[header, expected] : cases)
        STRCMP_EQUAL_TEXT(expected, std::string(cookieValue(header, "a").value_or("none")).c_str(),
                          header);
}
