// SPDX-License-Identifier: MIT

// Tokens are signed by the openssl program with keys of the test's own, and attacked as tokens are.

#include "shared/auth/jwt.h"

#include "shared/small_file.h"
#include "tests/fcgi/demo_shops.h"
#include "tests/shared/auth/jwt_tokens.h"

#include <cstdlib>
#include <fstream>
#include <string>

#include "CppUTest/TestHarness.h"

using namespace pregon;
using namespace pregon::fcgitest;

namespace {

constexpr std::int64_t kNow = 1'795'510'860;
const std::string kClaims =
    R"({"sub":"7","iss":"https://id.example","aud":["shop","other"],"exp":1795510900,"jti":"t1"})";
const std::string kSecret = "0123456789abcdef0123456789abcdef";

} // namespace

TEST_GROUP(Jwt) {
    TemporaryFolder folder;
    JwtRules rules;

    void openssl(const std::string &arguments) {
        LONGS_EQUAL(
            0,
            std::system(
                ("cd " + folder.file("") + " && openssl " + arguments + " 2> /dev/null").c_str()));
    }
    std::string read(const std::string &name) {
        return *readSmallFile(folder.file(name));
    }

    /// NAME.key and NAME.pem.
    void makeKey(const std::string &name, const std::string &kind) {
        openssl("genpkey " + kind + " -out " + name + ".key");
        openssl("pkey -in " + name + ".key -pubout -out " + name + ".pem");
    }
    std::string rsaToken(const std::string &claims, const std::string &key = "rsa",
                         const std::string &header = R"({"typ":"JWT","alg":"RS256"})") {
        const std::string text = unsignedToken(header, claims);
        std::ofstream(folder.file("text")) << text;
        openssl("dgst -sha256 -sign " + key + ".key -out signature text");
        return text + "." + base64Url(read("signature"));
    }
    JwtKeys rsaKeys() {
        makeKey("rsa", "-algorithm RSA -pkeyopt rsa_keygen_bits:2048");
        return *JwtKeys::ofText(read("rsa.pem"), JwtAlgorithm::Rs256);
    }
    static JwtKeys secret() {
        return *JwtKeys::ofSecret(kSecret);
    }
    /// The subject; the reason of a refusal.
    std::string outcome(const std::string &token, const JwtKeys &keys) {
        const auto checked = checkJwt(token, keys, rules, kNow);
        return checked ? checked->subject : checked.error().reason;
    }
};

TEST(Jwt, TakesTokensOfItsOwnAlgorithmAndKey) {
    const JwtKeys keys = rsaKeys();
    STRCMP_EQUAL("7", outcome(rsaToken(kClaims), keys).c_str());
    STRCMP_EQUAL("7", outcome(hmacToken(kClaims, kSecret), secret()).c_str());
    STRCMP_EQUAL("42",
                 outcome(hmacToken(R"({"sub":42,"exp":1795510900})", kSecret), secret()).c_str());
    const auto checked = checkJwt(hmacToken(kClaims, kSecret), secret(), rules, kNow);
    STRCMP_EQUAL("t1", checked->id.c_str());
    LONGS_EQUAL(1795510929, checked->validUntil);
}

TEST(Jwt, TakesEs256WithARawSignatureOnly) {
    makeKey("ec", "-algorithm EC -pkeyopt ec_paramgen_curve:P-256");
    const JwtKeys keys = *JwtKeys::ofText(read("ec.pem"), JwtAlgorithm::Es256);
    const std::string text = unsignedToken(R"({"alg":"ES256"})", kClaims);
    std::ofstream(folder.file("text")) << text;
    openssl("dgst -sha256 -sign ec.key -out signature text");
    const std::string der = read("signature");
    // SEQUENCE { INTEGER r, INTEGER s }, each without leading zeros or with one before a high bit.
    std::string raw;
    for (std::size_t at = 2; raw.size() < 64;) {
        const auto size = static_cast<std::size_t>(der[at + 1]);
        std::string number = der.substr(at + 2, size);
        number = number.size() > 32 ? number.substr(number.size() - 32)
                                    : std::string(32 - number.size(), '\0') + number;
        raw += number;
        at += 2 + size;
    }
    STRCMP_EQUAL("7", outcome(text + "." + base64Url(raw), keys).c_str());
    const char *wrong = "the token's signature is of none of the keys";
    STRCMP_EQUAL(wrong, outcome(text + "." + base64Url(der), keys).c_str());
    STRCMP_EQUAL(wrong, outcome(text + "." + base64Url(std::string(64, '\0')), keys).c_str());
    STRCMP_EQUAL(wrong, outcome(text + "." + base64Url(raw.substr(1)), keys).c_str());
    STRCMP_EQUAL(wrong, outcome(text + ".", keys).c_str());
}

TEST(Jwt, RefusesEveryAlgorithmButItsOwn) {
    const JwtKeys keys = rsaKeys();
    const std::string other =
        "the token is signed with another algorithm than PREGON_JWT_ALGORITHM";
    for (const char *header : {R"({"alg":"none"})", R"({"alg":"None"})", R"({"alg":"NONE"})",
                               R"({"alg":""})", R"({"alg":null})", R"({})", R"({"alg":["RS256"]})",
                               R"({"alg":"rs256"})", R"({"alg":"RS256 "})", R"({"alg":"RS512"})",
                               R"({"alg":"PS256"})", R"({"alg":"ES256"})", R"({"alg":"HS256"})"}) {
        STRCMP_EQUAL_TEXT(other.c_str(), outcome(rsaToken(kClaims, "rsa", header), keys).c_str(),
                          header);
        STRCMP_EQUAL_TEXT(other.c_str(),
                          outcome(unsignedToken(header, kClaims) + ".", keys).c_str(), header);
    }
    // The public key as the secret of HS256.
    STRCMP_EQUAL(other.c_str(), outcome(hmacToken(kClaims, read("rsa.pem")), keys).c_str());
    STRCMP_EQUAL(other.c_str(), outcome(rsaToken(kClaims), secret()).c_str());
    STRCMP_EQUAL("the token demands an extension (crit)",
                 outcome(hmacToken(kClaims, kSecret, R"({"alg":"HS256","crit":["b64"]})"), secret())
                     .c_str());
}

TEST(Jwt, RefusesOtherSignaturesAndChangedTexts) {
    const JwtKeys keys = rsaKeys();
    makeKey("other", "-algorithm RSA -pkeyopt rsa_keygen_bits:2048");
    const std::string wrong = "the token's signature is of none of the keys";
    STRCMP_EQUAL(wrong.c_str(), outcome(rsaToken(kClaims, "other"), keys).c_str());
    const std::string good = rsaToken(kClaims), signature = good.substr(good.rfind('.'));
    STRCMP_EQUAL(wrong.c_str(),
                 outcome(unsignedToken(R"({"alg":"RS256"})", kClaims) + signature, keys).c_str());
    STRCMP_EQUAL(wrong.c_str(), outcome(good.substr(0, good.rfind('.') + 1), keys).c_str());
    STRCMP_EQUAL(wrong.c_str(),
                 outcome(hmacToken(kClaims, std::string(32, 'x')), secret()).c_str());
    STRCMP_EQUAL(wrong.c_str(),
                 outcome(unsignedToken(R"({"alg":"HS256"})", kClaims) + ".", secret()).c_str());
    // A key that the token brings along, or an address of one, is not looked at.
    for (const char *header : {R"({"alg":"RS256","jwk":{"kty":"RSA","n":"AQAB","e":"AQAB"}})",
                               R"({"alg":"RS256","jku":"https://attacker.example/keys"})",
                               R"({"alg":"RS256","x5u":"file:///tmp/key"})"})
        STRCMP_EQUAL_TEXT(wrong.c_str(), outcome(rsaToken(kClaims, "other", header), keys).c_str(),
                          header);
}

TEST(Jwt, KeyIdsChooseAmongTheKeysOfASetAndAreNothingElse) {
    makeKey("rsa", "-algorithm RSA -pkeyopt rsa_keygen_bits:2048");
    makeKey("second", "-algorithm RSA -pkeyopt rsa_keygen_bits:2048");
    const auto jwk = [&](const std::string &key, const std::string &id) {
        openssl("rsa -in " + key + ".key -noout -modulus -out modulus");
        const std::string modulus = read("modulus").substr(8);
        return R"({"kty":"RSA","use":"sig","kid":")" + id + R"(","n":")" +
               base64Url(fromHex(modulus.substr(0, 512))) + R"(","e":"AQAB"})";
    };
    const auto keys =
        JwtKeys::ofText(R"({"keys":[{"kty":"EC","crv":"P-384"},{"kty":"oct","k":"AAAA"},)" +
                            jwk("rsa", "one") + "," + jwk("second", "two") + "]}",
                        JwtAlgorithm::Rs256);
    CHECK_TRUE(keys.has_value());
    const auto with = [&](const std::string &id, const char *key) {
        return outcome(rsaToken(kClaims, key, R"({"alg":"RS256","kid":")" + id + R"("})"), *keys);
    };
    STRCMP_EQUAL("7", with("one", "rsa").c_str());
    STRCMP_EQUAL("7", with("two", "second").c_str());
    for (const std::string &id :
         {std::string("two"), std::string(""), std::string("../../etc/passwd"),
          std::string("/dev/null"), folder.file("rsa.pem"), std::string("one' OR '1'='1"),
          std::string("ONE")})
        STRCMP_EQUAL_TEXT("the token's signature is of none of the keys", with(id, "rsa").c_str(),
                          id.c_str());
}

TEST(Jwt, RefusesKeysThatAreNotTheAlgorithms) {
    makeKey("small", "-algorithm RSA -pkeyopt rsa_keygen_bits:1024");
    makeKey("rsa", "-algorithm RSA -pkeyopt rsa_keygen_bits:2048");
    makeKey("k1", "-algorithm EC -pkeyopt ec_paramgen_curve:secp256k1");
    makeKey("p384", "-algorithm EC -pkeyopt ec_paramgen_curve:P-384");
    const auto refused = [&](const std::string &text, JwtAlgorithm algorithm) {
        return !JwtKeys::ofText(text, algorithm).has_value();
    };
    CHECK_TRUE(refused(read("small.pem"), JwtAlgorithm::Rs256));
    CHECK_TRUE(refused(read("rsa.pem"), JwtAlgorithm::Es256));
    CHECK_TRUE(refused(read("rsa.pem"), JwtAlgorithm::Hs256));
    CHECK_TRUE(refused(read("k1.pem"), JwtAlgorithm::Es256));
    CHECK_TRUE(refused(read("p384.pem"), JwtAlgorithm::Es256));
    CHECK_TRUE(refused(read("rsa.key"), JwtAlgorithm::Rs256)); // a private one
    for (const char *text : {"", "x", "{}", R"({"keys":[]})", R"({"keys":[{"kty":"RSA"}]})",
                             R"({"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"}]})"})
        CHECK_TRUE_TEXT(refused(text, JwtAlgorithm::Rs256), text);
    CHECK_FALSE(JwtKeys::ofSecret(std::string(31, 'x')).has_value());
}

TEST(Jwt, ChecksTimesIssuerAudienceAndClaim) {
    rules = {"https://id.example", "shop", "sub", 30};
    const auto with = [&](const std::string &claims) {
        return outcome(hmacToken(claims, kSecret), secret());
    };
    const std::string rest = R"("sub":"7","iss":"https://id.example","aud":"shop")";
    STRCMP_EQUAL("7", with(kClaims).c_str());
    const std::pair<std::string, const char *> cases[] = {
        {"{" + rest + R"(,"exp":1795510831})", "7"}, // 29 seconds ago
        {"{" + rest + R"(,"exp":1795510830})", "the token has expired"},
        {"{" + rest + R"(,"exp":1795510900.5})", "7"},
        {"{" + rest + "}", "the token has no exp"},
        {"{" + rest + R"(,"exp":"1795510900"})", "a time in the token is malformed"},
        {"{" + rest + R"(,"exp":null})", "a time in the token is malformed"},
        {"{" + rest + R"(,"exp":-1})", "a time in the token is malformed"},
        {"{" + rest + R"(,"exp":1e300})", "a time in the token is malformed"},
        {"{" + rest + R"(,"exp":1795510900,"nbf":1795510891})", "the token is of the future"},
        {"{" + rest + R"(,"exp":1795510900,"nbf":1795510890})", "7"},
        {"{" + rest + R"(,"exp":1795510900,"iat":1795510891})", "the token is of the future"},
        {R"({"sub":"7","aud":"shop","exp":1795510900})",
         "the token is of another issuer than PREGON_JWT_ISSUER"},
        {R"({"sub":"7","aud":"shop","iss":["https://id.example"],"exp":1795510900})",
         "the token is of another issuer than PREGON_JWT_ISSUER"},
        {R"({"sub":"7","iss":"https://id.example","aud":"sho","exp":1795510900})",
         "the token is for others than PREGON_JWT_AUDIENCE"},
        {R"({"sub":"7","iss":"https://id.example","aud":[],"exp":1795510900})",
         "the token is for others than PREGON_JWT_AUDIENCE"},
        {R"({"iss":"https://id.example","aud":"shop","exp":1795510900})",
         "the token lacks the claim that tells the user"},
        {R"({"sub":["7"],"iss":"https://id.example","aud":"shop","exp":1795510900})",
         "the token lacks the claim that tells the user"},
        {R"({"sub":"","iss":"https://id.example","aud":"shop","exp":1795510900})",
         "the token lacks the claim that tells the user"},
    };
    for (const auto &[claims, expected] : cases)
        STRCMP_EQUAL_TEXT(expected, with(claims).c_str(), claims.c_str());
}

TEST(Jwt, ReadsScopesAsAListOrAText) {
    const std::pair<const char *, std::vector<std::string>> cases[] = {
        {R"({"sub":"7","exp":1795510900})", {}},
        {R"({"sub":"7","exp":1795510900,"scopes":["a","*",1]})", {"a", "*"}},
        {R"({"sub":"7","exp":1795510900,"scope":"a  b"})", {"a", "b"}},
    };
    for (const auto &[claims, abilities] : cases) {
        const auto checked = checkJwt(hmacToken(claims, kSecret), secret(), rules, kNow);
        CHECK_TRUE_TEXT(checked->abilities == abilities, claims);
    }
}

TEST(Jwt, RefusesWhatIsNoToken) {
    const std::string good = hmacToken(kClaims, kSecret);
    for (const std::string &token :
         {std::string(), std::string("."), std::string(".."), std::string("a.b.c"), "x" + good,
          good + ".x", good + "=", good + "\n", std::string(kMaxJwt, 'a') + good,
          base64Url("[]") + "." + base64Url(kClaims) + ".",
          std::string("eyJhbGciOiJIUzI1NiJ9.!!.x")})
        STRCMP_EQUAL_TEXT("the token is malformed", outcome(token, secret()).c_str(),
                          token.substr(0, 40).c_str());
}
