// SPDX-License-Identifier: MIT
#include "shared/protocol/hmac_signer.h"

#include <set>
#include <string>

#include "CppUTest/TestHarness.h"

using namespace pregon;

TEST_GROUP(HmacSigner) {
    HmacSigner signer{"9d0b57f8c61e4a2f8b73"};
};

TEST(HmacSigner, AgreesWithOpensslOnChannelSignatures) { // spec pusher-websocket §4.3, §8
    const std::pair<const char *, const char *> cases[] = {
        {"1234.5678:private-orders.42",
         "86f11701e6445a0cda65c4ce93f91faa429073a511796cfa5329cb3fabcef53a"},
        {R"(1234.5678:presence-room.1:{"user_id":"7","user_info":{"name":"Ana"}})",
         "d0298c7a18b43814f81cb916453ff38c5da102b147206455e2bd5c29fc68aa27"},
        {R"(1234.5678:presence-room.1:{"user_id":"7","user_info":{"name":"Zo\u00eb","url":"a\/b"}})",
         "fe362c8f7971182e8350273a6d00794cc9f33343e289c6edb194c333f645d552"},
        {R"(1234.5678::user::{"id":"7","user_info":{"name":"Ana"},"watchlist":["8","9"]})",
         "83232a75202cb7af0a0117027ab4d33152d447fa41e7224f77f14ce348e5a802"},
    };
    for (const auto &[text, expected] : cases)
        STRCMP_EQUAL(expected, signer.sign(text).c_str());
}

TEST(HmacSigner, AgreesWithPushersPublishedVectors) {
    const HmacSigner pusher("7ad3773142a6692b25b8");

    STRCMP_EQUAL("58df8b0c36d6982b82c3ecf6b4662e34fe8c25bba48f5369f135bf843651c3a4",
                 pusher.sign("1234.1234:private-foobar").c_str());
    STRCMP_EQUAL("4708d583dada6a56435fb8bc611c77c359a31eebde13337c16ab43aa6de336ba",
                 pusher.sign(R"(1234.1234::user::{"id":"12345"})").c_str());
}

TEST(HmacSigner, AgreesWithOpensslOnApiRequests) { // spec pusher-http-api §2.5
    STRCMP_EQUAL("109e95355c8eec7e72d9d9b0c64cc2c574beffc41a8cd2e94a19e3107f530e2e",
                 signer
                     .sign("POST\n/apps/417702/events\nauth_key=3f1c9a7be0d24581a6c2&"
                           "auth_timestamp=1700000000&auth_version=1.0&"
                           "body_md5=38d51c07075a4aa25d0904cbbdeaaa87")
                     .c_str());
}

TEST(HmacSigner, VerifiesOnlyTheExactSignature) {
    const std::string good = signer.sign("text");
    std::string upper = good, changed = good;
    for (char &c : upper)
        c = static_cast<char>(std::toupper(c));
    changed[63] = changed[63] == '0' ? '1' : '0';

    CHECK_TRUE(signer.verify("text", good));
    CHECK_FALSE(signer.verify("texT", good));
    for (const std::string &bad : {std::string(), good.substr(1), good + "0", upper, changed})
        CHECK_FALSE_TEXT(signer.verify("text", bad), bad.c_str());
}

TEST_GROUP(Digests){};

TEST(Digests, AgreeWithTheirStandards) {
    STRCMP_EQUAL("d41d8cd98f00b204e9800998ecf8427e", md5Hex("").c_str());
    STRCMP_EQUAL("99914b932bd37a50b983c5e7c90ae93b", md5Hex("{}").c_str());
    STRCMP_EQUAL("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                 sha256Hex("").c_str());
    STRCMP_EQUAL("20b7e89cf90e765ea0ecbe01ef6d4aa7e656b5dfd2426a9abacbc7cdc2b0e1a0",
                 sha256Hex("kJ2mZ8vQw4Lr1NcT6yBx9HdPf3GsUe7Aa0RoWiXte5a9c6e6").c_str());
}

TEST(Digests, AreComparedAsWholeTexts) {
    CHECK_TRUE(equalInConstantTime("", ""));
    CHECK_TRUE(equalInConstantTime("ab", "ab"));
    CHECK_FALSE(equalInConstantTime("ab", "ac"));
    CHECK_FALSE(equalInConstantTime("ab", "abc"));
    CHECK_FALSE(equalInConstantTime("", "a"));
}

TEST_GROUP(Random){};

TEST(Random, TextHasTheLengthAndTheAlphabet) {
    const std::string text = randomText(500, "abc");

    LONGS_EQUAL(500, text.size());
    CHECK_TRUE(text.find_first_not_of("abc") == std::string::npos);
    LONGS_EQUAL(3, std::set<char>(text.begin(), text.end()).size());
}

TEST(Random, NumberIsBetweenOneAndTheMaximum) {
    std::set<unsigned> seen;
    for (int i = 0; i < 500; i++)
        seen.insert(randomNumber(3));

    CHECK_TRUE(seen == std::set<unsigned>({1, 2, 3}));
    LONGS_EQUAL(1, randomNumber(1));
}

TEST(HmacSigner, MakesTheSharedSecretOfAnEncryptedChannel) { // spec broadcasting-auth §2
    STRCMP_EQUAL("jNneKMvh5rhUq1TOy4jU3xJ9tJ7g+DW3fSZKwHvsZQ8=",
                 sha256Base64("private-encrypted-vault0123456789abcdef0123456789abcdef").c_str());
}
