// SPDX-License-Identifier: MIT
#include "shared/config/setting_type.h"

#include <string>
#include <utility>

#include "CppUTest/TestHarness.h"

using namespace pregon;
using Kind = SettingType::Kind;

TEST_GROUP(SettingType) {
    static std::string refusalOf(const SettingType &type, const char *text) {
        const auto good = checkValue(type, text);
        return good ? "accepted" : good.error().reason;
    }
    static SettingType number(std::int64_t minimum, std::int64_t maximum,
                              std::string_view unit = "") {
        return {Kind::Number, minimum, maximum, unit, {}};
    }
    const SettingType from{Kind::Word, 0, 0, {}, "members all none"};
};

TEST(SettingType, AWordMustBeOneOfItsOwn) {
    const std::pair<const char *, const char *> cases[] = {
        {"members", "accepted"},
        {"none", "accepted"},
        {"member", "member: expected members, all or none; did you mean members?"},
        {"Members", "Members: expected members, all or none; did you mean members?"},
        {"ALL", "ALL: expected members, all or none; did you mean all?"},
        {"everybody", "everybody: expected members, all or none"},
        {"", ": expected members, all or none"},
        {"members all", "members all: expected members, all or none; did you mean members?"},
    };
    for (const auto &[text, expected] : cases)
        STRCMP_EQUAL_TEXT(expected, refusalOf(from, text).c_str(), text);
}

TEST(SettingType, ACipherIsKnownInAnyCase) {
    const SettingType cipher{Kind::WordOfAnyCase, 0, 0, {}, "AES-256-CBC AES-128-CBC"};

    STRCMP_EQUAL("accepted", refusalOf(cipher, "aes-256-cbc").c_str());
    STRCMP_EQUAL("AES-265-CBC: expected AES-256-CBC or AES-128-CBC; did you mean AES-256-CBC or "
                 "AES-128-CBC?",
                 refusalOf(cipher, "AES-265-CBC").c_str());
}

TEST(SettingType, ANumberIsWholeAndInItsRange) {
    for (const char *good : {"1", "30", "86400"})
        STRCMP_EQUAL("accepted", refusalOf(number(1, 86400), good).c_str());
    for (const char *outside : {"0", "86401", "-1"})
        STRCMP_EQUAL("must be 1 to 86400", refusalOf(number(1, 86400), outside).c_str());
    for (const char *wrong : {"", "30s", "4.0", "+4", "1e3", "0x10", "99999999999999999999", " 4"})
        STRCMP_EQUAL_TEXT("not an integer; expected 1 to 86400",
                          refusalOf(number(1, 86400), wrong).c_str(), wrong);
}

TEST(SettingType, ASizeOrTimeWithAUnitIsRefusedWithTheNumberThatIsMeant) {
    struct {
        SettingType type;
        const char *text, *hint;
    } const cases[] = {
        {number(1, 86400, "seconds"), "30s", "; did you mean 30?"},
        {number(1, 86400, "seconds"), "5m", "; did you mean 300?"},
        {number(1, 86400, "seconds"), "2 h", "; did you mean 7200?"},
        {number(1, 86400, "seconds"), "2d", ""},
        {number(1, 86400, "seconds"), "500ms", ""},
        {number(1, 86400, "seconds"), "5x", ""},
        {number(1, 60'000, "milliseconds"), "2s", "; did you mean 2000?"},
        {number(1, 60'000, "minutes"), "2H", "; did you mean 120?"},
        {number(1, 60'000, "minutes"), "90s", ""},
        {number(1, 1 << 30, "bytes"), "1M", "; did you mean 1048576?"},
        {number(1, 1 << 30, "bytes"), "10 kB", "; did you mean 10240?"},
        {number(1, 1 << 30, "bytes"), "2G", ""},
        {number(1, 1 << 30, "bytes"), "9999999999999999999M", ""},
        {number(1, 1 << 30, "bytes"), "9223372036854775807G", ""},
        {number(1, 1 << 30, "bytes"), "M", ""},
    };
    for (const auto &one : cases)
        STRCMP_EQUAL_TEXT(("not an integer; expected " + describe(one.type) + one.hint).c_str(),
                          refusalOf(one.type, one.text).c_str(), one.text);
}

TEST(SettingType, APathIsNoUrl) {
    const std::pair<const char *, const char *> cases[] = {
        {"/run/pregon/worker.sock", "accepted"},
        {"worker.sock", "accepted"},
        {"/with blank/a", "accepted"},
        {"", "accepted"},
        {"unix:/run/a.sock", "expected a path without unix: before it"},
        {"file:///etc/a", "expected a path, not a URL"},
        {"~/a", "~ is not replaced here: write the whole path"},
        {"/a\nb", "expected a path in one line"},
    };
    for (const auto &[text, expected] : cases) {
        STRCMP_EQUAL_TEXT(expected, refusalOf({Kind::Path}, text).c_str(), text);
        STRCMP_EQUAL_TEXT(expected, refusalOf({Kind::SocketPath}, text).c_str(), text);
    }
    const std::string tooLong = "/" + std::string(108, 'x');
    STRCMP_EQUAL("accepted", refusalOf({Kind::Path}, tooLong.c_str()).c_str());
    CHECK_FALSE(checkValue({Kind::SocketPath}, tooLong).has_value());
    CHECK_FALSE(checkValue({Kind::SocketPaths}, "/a, " + tooLong).has_value());
}

TEST(SettingType, APrefixOfRoutesIsThePathOfAUrl) {
    for (const char *good : {"/ws", "ws", "/ws/", "/a/b-c_d.e~f", "/"})
        STRCMP_EQUAL("accepted", refusalOf({Kind::RoutePrefix}, good).c_str());
    for (const char *wrong : {"/ws?x", "https://h/ws", "/w s", "/ws#", "/ws/*", "/%20"})
        STRCMP_EQUAL_TEXT("expected the beginning of a URL's path, such as /ws",
                          refusalOf({Kind::RoutePrefix}, wrong).c_str(), wrong);
}

TEST(SettingType, AModelIsWrittenAsItsTokensNameIt) {
    const std::pair<const char *, const char *> cases[] = {
        {R"(App\Models\User)", "accepted"},
        {R"(App\Models\User, user)", "accepted"},
        {R"(App\\Models\\User)", R"(App\\Models\\User: did you mean App\Models\User?)"},
        {R"(\App\Models\User)", R"(\App\Models\User: did you mean App\Models\User?)"},
        {R"(user,App/Models/User)", R"(App/Models/User: did you mean App\Models\User?)"},
        {",", "the list is empty"},
    };
    for (const auto &[text, expected] : cases)
        STRCMP_EQUAL(expected, refusalOf({Kind::Models}, text).c_str());
}

TEST(SettingType, ACookieHasAName) {
    for (const char *good : {"laravel_session", "shop-session", "__Host-x", ""})
        STRCMP_EQUAL("accepted", refusalOf({Kind::CookieName}, good).c_str());
    for (const char *wrong : {"laravel_session=", "a b", "a;b", "\"a\"", "\xC3\xB1"})
        STRCMP_EQUAL_TEXT("expected the name of a cookie, such as laravel_session",
                          refusalOf({Kind::CookieName}, wrong).c_str(), wrong);
}

TEST(SettingType, OfAListEachElementIsChecked) {
    STRCMP_EQUAL("accepted", refusalOf({Kind::Origins}, "a.example, https://b.example").c_str());
    STRCMP_EQUAL("accepted", refusalOf({Kind::Origins}, "").c_str());
    STRCMP_EQUAL("the list is empty", refusalOf({Kind::Origins}, " ,").c_str());
    STRCMP_EQUAL("the list is empty", refusalOf({Kind::List}, ",").c_str());
    STRCMP_CONTAINS("https://b/: an Origin header has no path",
                    refusalOf({Kind::Origins}, "a.example,https://b/").c_str());
    STRCMP_CONTAINS("proxy: expected an address",
                    refusalOf({Kind::Addresses}, "10.0.0.0/8,proxy").c_str());
    STRCMP_EQUAL("port must be 1 to 65535",
                 refusalOf({Kind::ListenAddresses}, "unix:/a,h:0").c_str());
}

TEST(SettingType, AUrlOfTheStoreIsRefusedWithoutItsPassword) {
    for (const char *wrong : {"mysql:ana:s3cret@h/n", "postgresql://ana:s3cret@h:port/n",
                              "mariadb://ana:s3cret@h/n?nonsense=1", "http://ana:s3cret@h/n"}) {
        const std::string reason = refusalOf({Kind::StoreUrl}, wrong);
        CHECK_TRUE_TEXT(reason != "accepted", wrong);
        CHECK_TRUE_TEXT(reason.find("s3cret") == std::string::npos, reason.c_str());
    }
}

TEST(SettingType, IsDescribedAsTheManualPageSaysIt) {
    STRCMP_EQUAL("members, all or none", describe(from).c_str());
    STRCMP_EQUAL("seconds, 1 to 86400", describe(number(1, 86400, "seconds")).c_str());
    STRCMP_EQUAL("number, -1 to 5", describe(number(-1, 5)).c_str());
    STRCMP_EQUAL("true or false", describe({Kind::Boolean}).c_str());
}
