// SPDX-License-Identifier: MIT
#include "fcgi/events/request_auth.h"

#include "shared/protocol/hmac_signer.h"
#include "tests/fcgi/demo_shops.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace pregon;

namespace {

constexpr std::int64_t kSigned = 1700000000;

/// The clock stands at the moment when the examples were signed, plus so many seconds.
struct ExampleClock final : Clock {
    std::chrono::steady_clock::time_point steady() const override { return {}; }
    std::int64_t unixSeconds() const override { return kSigned + late; }
    std::int64_t late = 0;
};

constexpr const char *kAuth =
    "auth_key=3f1c9a7be0d24581a6c2&auth_timestamp=1700000000&auth_version=1.0";
constexpr const char *kEventBody =
    R"({"name":"OrderShipped","data":"{\"id\":42}","channels":["private-orders.42","private-audit"],"socket_id":"1234.5678"})";
constexpr const char *kEventSignature =
    "109e95355c8eec7e72d9d9b0c64cc2c574beffc41a8cd2e94a19e3107f530e2e";

} // namespace

TEST_GROUP(RequestAuth) {
    ExampleClock clock;
    App app;

    void setup() override {
        app.id = "417702";
        app.key = "3f1c9a7be0d24581a6c2";
        app.secret = "9d0b57f8c61e4a2f8b73";
    }

    static HttpRequest make(const std::string &method, const std::string &path,
                            const std::string &query, const std::string &body = "") {
        HttpRequest request;
        request.method = method;
        request.path = path;
        request.query = query;
        request.body = body;
        return request;
    }
    HttpRequest eventRequest() const {
        return make("POST", "/apps/417702/events",
                    std::string(kAuth) + "&body_md5=38d51c07075a4aa25d0904cbbdeaaa87" +
                        "&auth_signature=" + kEventSignature,
                    kEventBody);
    }
    /// With the signature of what it says.
    HttpRequest signedRequest(const std::string &method, const std::string &path,
                              const std::string &query, const std::string &body = "") const {
        return make(method, path,
                    query + "&auth_signature=" +
                        HmacSigner(app.secret).sign(stringToSign(method, path, query)),
                    body);
    }
    /// "ok", or the sentence for the client.
    std::string check(const HttpRequest &request, std::int64_t window = 600) const {
        const auto done = verifySignedRequest(request, app, clock, window);
        if (done)
            return "ok";
        return done.error().code == Errc::Unauthorized ? done.error().reason : "wrong code";
    }
    static HttpRequest replaced(HttpRequest request, const std::string &from,
                                const std::string &to) {
        request.query.replace(request.query.find(from), from.size(), to);
        return request;
    }
};

TEST(RequestAuth, AcceptsTheWorkedEvent) { // spec §2.5
    STRCMP_EQUAL("ok", check(eventRequest()).c_str());
}

TEST(RequestAuth, AcceptsTheWorkedQuery) { // spec §2.5
    const std::string query = std::string(kAuth) +
                              "&filter_by_prefix=presence-&info=user_count%2Csubscription_count"
                              "&auth_signature="
                              "c431f9d0ed081eee313327cb6f4f61767df3c951c1169ccf3729b183541c3f4e";

    STRCMP_EQUAL("ok", check(make("GET", "/apps/417702/channels", query)).c_str());
}

TEST(RequestAuth, AcceptsTheWorkedTermination) { // spec §2.5
    const std::string query = std::string(kAuth) +
                              "&body_md5=99914b932bd37a50b983c5e7c90ae93b&auth_signature="
                              "1489a6ea6533949d5d3f807604b5287e3a62bbaed6a29abd80f81e318f0b49ff";

    STRCMP_EQUAL(
        "ok",
        check(make("POST", "/apps/417702/users/7/terminate_connections", query, "{}")).c_str());
}

TEST(RequestAuth, AcceptsPushersPublishedVector) { // spec §2.5
    app.key = "278d425bdf160c739803";
    app.secret = "7ad3773142a6692b25b8";
    clock.late = 1353088179 - kSigned;
    const HttpRequest request =
        make("POST", "/apps/3/events",
             "auth_key=278d425bdf160c739803&auth_timestamp=1353088179&auth_version=1.0&body_md5="
             "ec365a775a4cd0599faeb73354201b6f&auth_signature="
             "da454824c97ba181a32ccc17a72625ba02771f50b50e1e7430e47a1f3f457e6c",
             R"({"name":"foo","channels":["project-3"],"data":"{\"some\":\"data\"}"})");

    STRCMP_EQUAL("ok", check(request).c_str());
}

TEST(RequestAuth, OrderAndEscapesOfTheQueryDoNotMatter) {
    HttpRequest request = eventRequest();
    request.query = "auth_signature=" + std::string(kEventSignature) +
                    "&body_md5=38d51c07075a4aa25d0904cbbdeaaa87&auth%5Fversion=1%2E0&"
                    "auth_timestamp=1700000000&&auth_key=3f1c9a7be0d24581a6c2";

    STRCMP_EQUAL("ok", check(request).c_str());
}

TEST(RequestAuth, WritesWhatIsSigned) { // spec §2.2
    const std::pair<const char *, const char *> cases[] = {
        {"b=2&a=1", "a=1&b=2"},
        {"B=2&a=1", "a=1&b=2"},
        {"a=x%2Cy+z", "a=x,y z"},
        {"a=1&auth_signature=x", "a=1"},
        {"a", "a="},
        {"info[]=a&info[]=b", "info=a,b"},
        {"info%5B0%5D=a&info%5B1%5D=b&i=1", "i=1&info=a,b"},
        {"", ""},
    };
    for (const auto &[query, expected] : cases)
        STRCMP_EQUAL(("GET\n/p\n" + std::string(expected)).c_str(),
                     stringToSign("GET", "/p", query).c_str());
}

TEST(RequestAuth, AcceptsArraysSignedAsLists) { // spec §2.2 step 3
    HttpRequest request = signedRequest("GET", "/p", std::string(kAuth) + "&info=a,b");
    request = replaced(request, "info=a,b", "info%5B%5D=a&info%5B%5D=b");

    STRCMP_EQUAL("ok", check(request).c_str());
}

TEST(RequestAuth, AcceptsArraysAsTheRubyGemSignsThem) {
    HttpRequest request = signedRequest("GET", "/p", kAuth);
    const std::string signature =
        HmacSigner(app.secret)
            .sign("GET\n/p\n" + std::string(kAuth) + "&filter_by_prefix=x&info[]=b&info[]=a");
    for (const char *array : {"info[]=b&info[]=a", "info%5B%5D=b&info%5b%5d=a"}) {
        request.query =
            std::string(kAuth) + "&" + array + "&filter_by_prefix=x&auth_signature=" + signature;
        STRCMP_EQUAL_TEXT("ok", check(request).c_str(), array);
    }
    request.query = replaced(request, "info%5B%5D=b", "info%5B%5D=c").query;
    STRCMP_EQUAL("Authentication signature invalid.", check(request).c_str());
}

TEST(RequestAuth, AcceptsAPlusOfTheKeyEscapedAndAsItIs) {
    app.key = "base64:a+b/c=";
    const std::string signedText = "GET\n/apps/417702/channels\nauth_key=base64:a+b/c=&"
                                   "auth_timestamp=1700000000&auth_version=1.0";
    const std::string rest = "&auth_timestamp=1700000000&auth_version=1.0&auth_signature=" +
                             HmacSigner(app.secret).sign(signedText);

    STRCMP_EQUAL(
        "ok", check(make("GET", "/apps/417702/channels", "auth_key=base64%3Aa%2Bb%2Fc%3D" + rest))
                  .c_str());
    STRCMP_EQUAL(
        "ok", check(make("GET", "/apps/417702/channels", "auth_key=base64:a+b/c=" + rest)).c_str());
}

TEST(RequestAuth, NamesAParameterThatNoClientSigns) {
    HttpRequest request = eventRequest();
    request.query += "&fbclid=1";
    STRCMP_EQUAL("Authentication signature invalid. The query has the parameter fbclid, which no "
                 "client signs.",
                 check(request).c_str());
    request = eventRequest();
    request.query += "&%3Cscript%3E=1"; // not repeated to whoever asks
    STRCMP_EQUAL("Authentication signature invalid.", check(request).c_str());
}

TEST(RequestAuth, AcceptsASignatureOverTheDecodedPath) { // spec §2.3
    HttpRequest request = signedRequest("GET", "/apps/417702/users/a b+c", kAuth);
    request.path = "/apps/417702/users/a%20b+c";
    STRCMP_EQUAL("ok", check(request).c_str());

    request.path = "/apps/417702/users/a%20b%2Bd";
    STRCMP_EQUAL("Authentication signature invalid.", check(request).c_str());
}

TEST(RequestAuth, AcceptsASignatureOverTheEscapedPath) {
    STRCMP_EQUAL("ok", check(signedRequest("GET", "/apps/417702/users/a%20b", kAuth)).c_str());
}

TEST(RequestAuth, AcceptsAHeadSignedAsGetAndAsHead) { // spec §9
    HttpRequest request = signedRequest("GET", "/p", kAuth);
    request.method = "HEAD";

    STRCMP_EQUAL("ok", check(request).c_str());
    STRCMP_EQUAL("ok", check(signedRequest("HEAD", "/p", kAuth)).c_str());
    request.method = "POST";
    STRCMP_EQUAL("Authentication signature invalid.", check(request).c_str());
}

TEST(RequestAuth, MissesNoParameter) {
    for (const char *name : {"auth_key", "auth_timestamp", "auth_version", "auth_signature"}) {
        const HttpRequest request =
            replaced(eventRequest(), std::string(name) + "=", std::string("x") + name + "=");
        STRCMP_EQUAL(("Missing " + std::string(name) + ".").c_str(), check(request).c_str());
    }
}

TEST(RequestAuth, RefusesAnotherKey) {
    STRCMP_EQUAL("Unknown auth_key.",
                 check(replaced(eventRequest(), "3f1c9a7be", "3f1c9a7bf")).c_str());
}

TEST(RequestAuth, RefusesAnotherVersion) {
    STRCMP_EQUAL("Unsupported auth_version.",
                 check(replaced(eventRequest(), "version=1.0", "version=1.1")).c_str());
}

TEST(RequestAuth, RefusesAnOldOrFutureTimestamp) {
    const std::string outside = "Authentication timestamp outside the 600 second window: the "
                                "request says 1700000000, here it is ";
    const std::pair<std::int64_t, std::string> cases[] = {{600, "ok"},
                                                          {601, outside + "1700000601."},
                                                          {-600, "ok"},
                                                          {-601, outside + "1699999399."},
                                                          {86400 * 365, outside + "1731536000."}};
    for (const auto &[late, expected] : cases) {
        clock.late = late;
        STRCMP_EQUAL(expected.c_str(), check(eventRequest()).c_str());
    }
    STRCMP_EQUAL("ok", check(eventRequest(), 0).c_str());
}

TEST(RequestAuth, RefusesATimestampThatIsNoNumber) {
    for (const char *stamp :
         {"x", "1700000000x", "-1700000000", "%201700000000", "1.7e9", "99999999999999999999"}) {
        const HttpRequest request = replaced(eventRequest(), "1700000000", stamp);
        STRCMP_EQUAL_TEXT("Invalid auth_timestamp.", check(request).c_str(), stamp);
    }
}

TEST(RequestAuth, RefusesAnotherBody) {
    HttpRequest request = eventRequest();
    request.body += " ";

    STRCMP_EQUAL("body_md5 does not match the body.", check(request).c_str());
    request.body.clear();
    STRCMP_EQUAL("body_md5 does not match the body.", check(request).c_str());
}

TEST(RequestAuth, NeedsADigestForABodyOnly) {
    STRCMP_EQUAL("Missing body_md5.", check(signedRequest("POST", "/p", kAuth, "x")).c_str());
    STRCMP_EQUAL("ok", check(signedRequest("GET", "/p", kAuth)).c_str());
    STRCMP_EQUAL("ok", check(signedRequest("GET", "/p",
                                           std::string(kAuth) +
                                               "&body_md5=d41d8cd98f00b204e9800998ecf8427e"))
                           .c_str());
}

TEST(RequestAuth, RefusesWhateverWasChangedBehindTheSignature) {
    HttpRequest path = eventRequest(), method = eventRequest(), more = eventRequest();
    path.path = "/apps/417703/events";
    method.method = "PUT";
    more.query += "&info=1";

    for (const HttpRequest &request :
         {path, method, more, replaced(eventRequest(), "109e9535", "109e9536"),
          replaced(eventRequest(), "109e9535", "109E9535"),
          replaced(eventRequest(), "auth_timestamp=1700000000", "auth_timestamp=1700000001")})
        STRCMP_EQUAL("Authentication signature invalid.", check(request).c_str());
}

TEST(RequestAuth, ASecondSpellingDoesNotRenewATimestamp) {
    clock.late = 86400;
    HttpRequest request = replaced(eventRequest(), "auth_timestamp=1700000000",
                                   "auth_timestamp=1700086400&AUTH_TIMESTAMP=1700000000");

    CHECK_TRUE(check(request) != "ok");
}

TEST(RequestAuth, ASecondSpellingDoesNotReplaceTheBody) {
    HttpRequest request = eventRequest();
    request.body = R"({"name":"forged","data":"","channel":"private-orders.42"})";
    request =
        replaced(request, "body_md5=38d5", "body_md5=" + md5Hex(request.body) + "&Body_md5=38d5");

    CHECK_TRUE(check(request) != "ok");
}
