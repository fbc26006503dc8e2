// SPDX-License-Identifier: MIT

// The small parts behind the auth endpoints.

#include "fcgi/auth/auth_fallback.h"
#include "fcgi/auth/auth_fields.h"
#include "fcgi/auth/auth_limits.h"
#include "fcgi/http/cors.h"
#include "fcgi/http/jsonp.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace pregon;

namespace {

std::string joined(const std::vector<std::pair<std::string, std::string>> &headers) {
    std::string text;
    for (const auto &[name, value] : headers)
        text += name + ": " + value + "\n";
    return text;
}

} // namespace

TEST_GROUP(AuthFields){/// `1.2 batch: a b; others`
                       static std::string read(const char *body){
                           const AuthFields asked = authFieldsOf(parseUrlEncoded(body));
std::string text = asked.socketId + (asked.isBatch ? " batch:" : " single:");
for (const std::string &channel : asked.channels)
    text += " " + channel;
return text + "; " + toUrlEncoded(asked.others);
}
}
;

TEST(AuthFields, AreOfOneChannelOrOfMany) {
    const std::pair<const char *, const char *> cases[] = {
        {"socket_id=1.2&channel_name=a", "1.2 single: a; "},
        {"socket_id=1.2", "1.2 single: ; "},
        {"", " single: ; "},
        {"&socket_id=1.2&channel_name[0]=b&channel_name[1]=a&x=1", "1.2 batch: a b; x=1"},
        {"socket_id=1.2&channel_name[0]=a&channel_name[10]=a", "1.2 batch: a; "},
        {"channels[0]=a&channel_name=c", " batch: a; "},
        {"channel_name[]=a", " single: ; channel_name%5B%5D=a"},
        {"channel_name[x]=a", " single: ; channel_name%5Bx%5D=a"},
        {"_token=%C3%B1+%26", " single: ; _token=%C3%B1%20%26"},
    };
    for (const auto &[body, expected] : cases)
        STRCMP_EQUAL_TEXT(expected, read(body).c_str(), body);
}

TEST_GROUP(AuthLimits) {
    AuthLimits limits;
    AuthLimits::Time now{std::chrono::hours(1)};

    std::int64_t wait(const char *address) {
        return limits.secondsToWait(address, now, 2);
    }
};

TEST(AuthLimits, CountEachAddressInEachMinute) {
    LONGS_EQUAL(0, wait("203.0.113.9"));
    LONGS_EQUAL(0, wait("203.0.113.9"));
    now += std::chrono::milliseconds(20'500);
    LONGS_EQUAL(40, wait("203.0.113.9"));
    LONGS_EQUAL(0, wait("203.0.113.10"));
    now += std::chrono::seconds(40);
    LONGS_EQUAL(0, wait("203.0.113.9"));
}

TEST(AuthLimits, TakeANetworkOfIPv6ForOneClient) {
    LONGS_EQUAL(0, wait("2001:db8:0:1::1"));
    LONGS_EQUAL(0, wait("2001:db8:0:1:ffff::2"));
    LONGS_EQUAL(60, wait("2001:db8:0:1::3"));
    LONGS_EQUAL(0, wait("2001:db8:0:2::1"));
    LONGS_EQUAL(0, wait("::ffff:203.0.113.1"));
    LONGS_EQUAL(0, wait("::ffff:203.0.113.2"));
    LONGS_EQUAL(0, wait("::ffff:203.0.113.3"));
}

TEST(AuthLimits, RememberNoMoreAddressesThanTheyMay) {
    for (std::size_t i = 0; i < AuthLimits::kMaxAddresses; i++)
        (void)wait(std::to_string(i).c_str());
    for (int i = 0; i < 5; i++)
        LONGS_EQUAL(0, wait("one more"));
    (void)wait("0");
    LONGS_EQUAL(60, wait("0"));
}

TEST(AuthLimits, BoundTheQuestionsUnderWay) {
    CHECK_TRUE(limits.beginQuestion(2));
    CHECK_TRUE(limits.beginQuestion(2));
    CHECK_FALSE(limits.beginQuestion(2));
    limits.endQuestion();
    CHECK_TRUE(limits.beginQuestion(2));
}

TEST_GROUP(Jsonp){};

TEST(Jsonp, TakesOnlyCallbacksThatCannotDoMore) {
    for (const char *good : {"cb", "Pusher.auth_callbacks['0']", "$", "a[\"b\"]"})
        CHECK_TRUE_TEXT(isJsonpCallback(good), good);
    for (const char *bad : {"", "a(", "a;b", "a b", "a=b", "a\nb", "a/*", "á", "<a>"})
        CHECK_FALSE_TEXT(isJsonpCallback(bad), bad);
    CHECK_TRUE(isJsonpCallback(std::string(100, 'a')));
    CHECK_FALSE(isJsonpCallback(std::string(101, 'a')));
}

TEST_GROUP(Cors) {
    std::vector<std::string> origins{"https://shop.example", "*.shop.example"};
    bool credentials = false;

    std::string answer(const char *origin) {
        HttpRequest request;
        request.headers = {{"HTTP_ORIGIN", origin}};
        HttpResponse response;
        Cors(origins, credentials).addTo(response, request);
        return joined(response.headers);
    }
};

TEST(Cors, NamesAnAllowedOriginAndNoOther) {
    STRCMP_EQUAL("Vary: Origin\nAccess-Control-Allow-Origin: https://shop.example\n",
                 answer("https://shop.example").c_str());
    for (const char *other : {"https://shop.example.evil", "http://shop.example", "null", "",
                              "https://shop.example:444"})
        STRCMP_EQUAL_TEXT("Vary: Origin\n", answer(other).c_str(), other);
}

TEST(Cors, AllowsCookiesOnlyWhereItMay) {
    credentials = true;
    STRCMP_EQUAL("Vary: Origin\nAccess-Control-Allow-Origin: https://a.shop.example\n"
                 "Access-Control-Allow-Credentials: true\n",
                 answer("https://a.shop.example").c_str());
}

TEST(Cors, AddsNothingWhereItIsOff) {
    origins.clear();
    STRCMP_EQUAL("", answer("https://shop.example").c_str());
    HttpRequest request;
    request.method = "OPTIONS";
    CHECK_FALSE(Cors(origins, false).isPreflight(request));
}

TEST(Cors, APreflightGetsMethodsAndHeaders) { // spec broadcasting-auth §3.4
    HttpRequest request;
    request.method = "OPTIONS";
    const Cors cors(origins, false);
    CHECK_TRUE(cors.isPreflight(request));
    const HttpResponse response = cors.preflight();
    LONGS_EQUAL(204, response.status);
    STRCMP_EQUAL("Access-Control-Allow-Methods: GET, POST, PATCH\n"
                 "Access-Control-Allow-Headers: Authorization, Content-Type, X-CSRF-TOKEN, "
                 "X-Requested-With, X-Socket-ID, X-XSRF-TOKEN\nAccess-Control-Max-Age: 3600\n",
                 joined(response.headers).c_str());
}

TEST_GROUP(ForwardedHeaders){};

TEST(ForwardedHeaders, AreAllButThoseBetweenTwoMachines) {
    HttpRequest request;
    request.contentType = "application/json";
    request.clientAddress = "203.0.113.9";
    request.scheme = "https";
    request.headers = {{"HTTP_HOST", "shop.example"},
                       {"HTTP_COOKIE", "laravel_session=a; b=c"},
                       {"HTTP_AUTHORIZATION", "Bearer 1|x"},
                       {"HTTP_X_CSRF_TOKEN", "t"},
                       {"HTTP_ACCEPT", ""},
                       {"HTTP_X_BAD", "a\r\nX-Evil: 1"},
                       {"HTTP_CONNECTION", "close, X-Hop"},
                       {"HTTP_X_HOP", "1"},
                       {"HTTP_KEEP_ALIVE", "1"},
                       {"HTTP_PROXY", "http://evil"},
                       {"HTTP_PROXY_AUTHORIZATION", "x"},
                       {"HTTP_TE", "trailers"},
                       {"HTTP_TRANSFER_ENCODING", "chunked"},
                       {"HTTP_UPGRADE", "h2c"},
                       {"HTTP_CONTENT_LENGTH", "3"},
                       {"HTTP_CONTENT_TYPE", "text/plain"},
                       {"HTTP_ACCEPT_ENCODING", "gzip"},
                       {"HTTP_X_FORWARDED_FOR", "198.51.100.1"},
                       {"HTTP_X_FORWARDED_PROTO", "spoofed"},
                       {"HTTP_X_FORWARDED_HOST", "spoofed"},
                       {"DOCUMENT_ROOT", "/srv"}};

    STRCMP_EQUAL("Host: shop.example\nCookie: laravel_session=a; b=c\nAuthorization: Bearer 1|x\n"
                 "X-Csrf-Token: t\nContent-Type: application/json\n"
                 "X-Forwarded-For: 198.51.100.1, 203.0.113.9\nX-Forwarded-Host: shop.example\n"
                 "X-Forwarded-Proto: https\nVia: 1.1 pregon\n",
                 joined(forwardedHeaders(request)).c_str());
}

TEST(AuthLimits, AreWorthALineOnceAMinuteForEachDeviceAndNotForTooMany) {
    CHECK_TRUE(limits.isWorthALine("1", now));
    CHECK_FALSE(limits.isWorthALine("1", now + std::chrono::seconds(59)));
    CHECK_TRUE(limits.isWorthALine("2", now));
    CHECK_TRUE(limits.isWorthALine("1", now + std::chrono::seconds(60)));
    for (std::size_t i = 1; i < AuthLimits::kMaxLines; i++)
        CHECK_TRUE(limits.isWorthALine("x" + std::to_string(i), now + std::chrono::seconds(60)));
    CHECK_FALSE(limits.isWorthALine("one more", now + std::chrono::seconds(60)));
}
