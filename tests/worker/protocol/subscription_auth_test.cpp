// SPDX-License-Identifier: MIT
#include "worker/protocol/subscription_auth.h"

#include "tests/worker/test_client.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace pregon;
using namespace pregon::workertest;

namespace {

constexpr const char *kOrders = "private-orders.42";
const std::string kOrdersSignature =
    "86f11701e6445a0cda65c4ce93f91faa429073a511796cfa5329cb3fabcef53a";
constexpr const char *kAna = R"({"user_id":"7","user_info":{"name":"Ana"}})";
const std::string kAnaSignature =
    "d0298c7a18b43814f81cb916453ff38c5da102b147206455e2bd5c29fc68aa27";

} // namespace

TEST_GROUP(SubscriptionAuth) {
    const HmacSigner signer{kSecret};

    bool joins(const std::string &channel, const std::string &auth,
               const std::string &channelData = "", const char *socketId = "1234.5678") {
        const auto done =
            authorizeSubscription({channel, auth, channelData}, socketId, kKey, signer);
        CHECK_TRUE(done || done.error().code == Errc::Unauthorized);
        return done.has_value();
    }
    static std::string withKey(const std::string &signature) {
        return std::string(kKey) + ":" + signature;
    }
};

TEST(SubscriptionAuth, PublicChannelsNeedNoSignature) {
    for (const char *channel : {"news", "privateer", "presence", "cache-x", "my-private-x"})
        CHECK_TRUE_TEXT(joins(channel, ""), channel);
}

TEST(SubscriptionAuth, AcceptsTheWorkedExamples) { // spec §4.3
    CHECK_TRUE(joins(kOrders, withKey(kOrdersSignature)));
    CHECK_TRUE(joins("presence-room.1", withKey(kAnaSignature), kAna));
    CHECK_TRUE(joins("presence-room.1",
                     withKey("fe362c8f7971182e8350273a6d00794cc9f33343e289c6edb194c333f645d552"),
                     R"({"user_id":"7","user_info":{"name":"Zo\u00eb","url":"a\/b"}})"));
}

TEST(SubscriptionAuth, AnAuthThatIsJsonTextIsNamedInTheReason) {
    const std::string auth = R"({"auth":")" + withKey(kOrdersSignature) + R"("})";
    const auto done = authorizeSubscription({kOrders, auth, ""}, "1234.5678", kKey, signer);

    STRCMP_EQUAL("auth is JSON text: the client must send the value of its member auth, "
                 "KEY:SIGNATURE",
                 done.error().reason.c_str());
    STRCMP_EQUAL("key of another application",
                 verifyAuth("k2:x", "", kKey, signer).error().reason.c_str());
}

TEST(SubscriptionAuth, AKeyMayHoldColons) {
    const std::string key = "base64:a/b:c=", text = "1.2:private-a";
    const std::string signature = signer.sign(text);
    CHECK_TRUE(verifyAuth(key + ":" + signature, text, key, signer).has_value());
    for (const std::string &auth :
         {"base64:" + signature, key + signature, key, key + ":", ":" + signature,
          "base64:a/b:" + signature, key + "::" + signature, "x" + key + ":" + signature})
        CHECK_FALSE_TEXT(verifyAuth(auth, text, key, signer).has_value(), auth.c_str());
}

TEST(SubscriptionAuth, GuardedChannelsNeedOne) {
    for (const char *channel : {"private-a", "presence-a", "private-encrypted-a", "private-cache-a",
                                "presence-cache-a", "private-"})
        CHECK_FALSE_TEXT(joins(channel, ""), channel);
}

TEST(SubscriptionAuth, RefusesAnyOtherText) {
    std::string upper = kOrdersSignature;
    for (char &c : upper)
        c = static_cast<char>(std::toupper(c));
    for (const std::string &auth :
         {std::string(":"), withKey(""), kOrdersSignature, ":" + kOrdersSignature,
          "other:" + kOrdersSignature, withKey(upper), withKey(kOrdersSignature + "0"),
          withKey(" " + kOrdersSignature), withKey(kAnaSignature), withKey(":" + kOrdersSignature)})
        CHECK_FALSE_TEXT(joins(kOrders, auth), auth.c_str());
}

TEST(SubscriptionAuth, IsForOneSocketChannelAndMember) {
    CHECK_FALSE(joins(kOrders, withKey(kOrdersSignature), "", "1234.5679"));
    CHECK_FALSE(joins("private-orders.43", withKey(kOrdersSignature)));
    CHECK_FALSE(joins("presence-room.1", withKey(kAnaSignature),
                      R"({"user_id":"8","user_info":{"name":"Ana"}})"));
    CHECK_FALSE(joins("presence-room.1", withKey(kAnaSignature)));
    CHECK_FALSE(joins(kOrders, withKey(kOrdersSignature), "{}"));
}

TEST(SubscriptionAuth, ChannelDataOfAPrivateChannelIsSignedToo) {
    CHECK_TRUE(joins(kOrders, withKey(signer.sign("1234.5678:private-orders.42:{}")), "{}"));
}
