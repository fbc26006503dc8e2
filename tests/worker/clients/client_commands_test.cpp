// SPDX-License-Identifier: MIT
#include "worker/clients/client_commands.h"

#include "tests/worker/test_client.h"
#include "worker/protocol/pusher_protocol.h"

#include <string>
#include <tuple>

#include "CppUTest/TestHarness.h"

using namespace pregon;
using namespace pregon::workertest;

TEST_GROUP(ClientCommands) {
    TestWorld world;
    ClientCommands commands{3, world.clock};
    TestClient client{world};

    /// All that the client hears upon its message: `4200` for an error of that code, `pong`,
    /// `succeeded CHANNEL`, or the text itself.
    std::string answerTo(const std::string &text) {
        commands.handle(client, text);
        CHECK_FALSE_TEXT(client.closing() != nullptr, text.c_str()); // never closes
        const std::string heard = client.heard();
        if (heard == PusherProtocol::pong())
            return "pong";
        if (heard.starts_with(R"({"event":"pusher:error")"))
            return heard.substr(heard.find(R"("code":)") + 7, 4);
        if (heard.starts_with(R"({"event":"pusher_internal:subscription_succeeded")"))
            return "succeeded " +
                   heard.substr(heard.rfind(':') + 2, heard.size() - heard.rfind(':') - 4);
        return heard;
    }

    static std::string subscribe(const std::string &data) {
        return R"({"event":"pusher:subscribe","data":)" + data + "}";
    }
    /// A subscribe with the right signature.
    std::string signedSubscribe(const std::string &channel, const std::string &channelData = "") {
        return subscribeText(client, channel, channelData);
    }
    static std::string clientEvent(const std::string &channel) {
        return R"({"event":"client-x","channel":")" + channel + R"(","data":{}})";
    }
    /// A signin with the right signature.
    std::string signedSignIn(const std::string &userData) {
        std::string text = R"({"event":"pusher:signin","data":{"auth":")" + std::string(kKey) +
                           ":" +
                           HmacSigner(kSecret).sign(client.socketId() + "::user::" + userData) +
                           R"(","user_data":)";
        appendJsonString(text, userData);
        return text + "}}";
    }
    void checkAnswers(std::span<const std::pair<std::string, const char *>> cases) {
        for (const auto &[text, expected] : cases)
            STRCMP_EQUAL_TEXT(expected, answerTo(text).c_str(), text.c_str());
    }
};

TEST(ClientCommands, AnswersPingsWhateverTheirData) { // spec §3.1, §4.5
    const std::pair<std::string, const char *> cases[] = {
        {R"({"event":"pusher:ping"})", "pong"},
        {R"({"event":"pusher:ping","data":{}})", "pong"},
        {R"({"event":"pusher:ping","data":""})", "pong"},
        {R"({"event":"pusher:ping","data":"nonsense"})", "pong"},
        {R"({"event":"pusher:ping","data":5})", "pong"},
        {R"({"event":"pusher:ping","data":null,"channel":7})", "pong"},
        {R"({"event":"pusher:pong","data":{}})", ""},
        {R"({"event":"pusher:pong"})", ""},
    };
    checkAnswers(cases);
}

TEST(ClientCommands, RefusesWhatIsNoMessage) { // spec §4.5, first row
    const std::pair<std::string, const char *> cases[] = {
        {"", "4200"},
        {"hello", "4200"},
        {"[]", "4200"},
        {R"("pusher:ping")", "4200"},
        {"{}", "4200"},
        {R"({"event":""})", "4200"},
        {R"({"event":7})", "4200"},
        {R"({"event":"pusher:ping"} x)", "4200"},
        {"\xef\xbb\xbf{\"event\":\"pusher:ping\"}", "4200"},
        {R"({"event":"pusher:ping","data":)" + std::string(512, '[') + std::string(512, ']') + "}",
         "4200"},
    };
    checkAnswers(cases);
}

TEST(ClientCommands, RefusesUnknownPusherEvents) {
    const std::pair<std::string, const char *> cases[] = {
        {R"({"event":"pusher:nonsense","channel":"c"})", "4200"},
        {R"({"event":"pusher:connection_established"})", "4200"},
        {R"({"event":"pusher:"})", "4200"},
        {R"({"event":"pusher:ping "})", "4200"},
    };
    checkAnswers(cases);
}

TEST(ClientCommands, IgnoresOtherEventsIfTheyAreWellFormed) {
    const std::pair<std::string, const char *> cases[] = {
        {R"({"event":"pusher_internal:member_added","channel":"c"})", ""},
        {R"({"event":"message","channel":"c","data":{}})", ""},
        {R"({"event":"PUSHER:PING","channel":"c"})", ""},
        {R"({"event":"PUSHER:PING"})", "4200"},
        {R"({"event":"message"})", "4200"},
        {R"({"event":"message","channel":5})", "4200"},
        {R"({"event":"my-client-x","channel":"c"})", ""},
    };
    checkAnswers(cases);
}

TEST(ClientCommands, PassesClientEventsOnWithoutAnAnswer) { // spec §7
    TestClient other(world, "9.9");
    client.join("private-a");
    other.join("private-a");
    (void)client.heard();
    (void)other.heard();

    STRCMP_EQUAL("", answerTo(clientEvent("private-a")).c_str());
    STRCMP_EQUAL(R"({"event":"client-x","channel":"private-a","data":{}})", other.heard().c_str());
}

TEST(ClientCommands, RefusesClientEventsAndStays) { // spec §7.2
    STRCMP_EQUAL("4009", answerTo(clientEvent("private-a")).c_str());
    STRCMP_EQUAL("4200", answerTo(R"({"event":"client-x","data":{}})").c_str());
    world.set<std::string>(&App::acceptClientEventsFrom, "none");
    STRCMP_EQUAL("4301", answerTo(clientEvent("private-a")).c_str());
    STRCMP_EQUAL("", answerTo(R"({"event":"clientx","channel":"private-a"})").c_str());
}

TEST(ClientCommands, SubscribesToPublicChannels) {
    STRCMP_EQUAL("succeeded news", answerTo(subscribe(R"({"auth":"","channel":"news"})")).c_str());
    STRCMP_EQUAL("succeeded news", answerTo(subscribe(R"("{\"channel\":\"news\"}")")).c_str());
    LONGS_EQUAL(1, client.subscriptions.size());
}

TEST(ClientCommands, RefusesMalformedSubscriptions) { // spec §4.5
    for (const char *event : {"subscribe", "unsubscribe"})
        for (const char *data :
             {"", R"(,"data":null)", R"(,"data":5)", R"(,"data":[])", R"(,"data":"news")",
              R"(,"data":{})", R"(,"data":{"channel":null})", R"(,"data":{"channel":5})",
              R"(,"data":{"channel":true})", R"(,"data":{"channel":["c"]})",
              R"(,"data":{"channel":{}})"})
            STRCMP_EQUAL_TEXT(
                "4200",
                answerTo(R"({"event":"pusher:)" + std::string(event) + "\"" + data + "}").c_str(),
                data);
    LONGS_EQUAL(0, client.subscriptions.size());
}

TEST(ClientCommands, RefusesInvalidChannelNames) {
    for (const std::string &name :
         {std::string(), std::string("a b"), std::string("a:b"), std::string("é"),
          std::string("news\\n"), std::string("#a"), std::string(201, 'a')})
        STRCMP_EQUAL_TEXT("4300", answerTo(subscribe(R"({"channel":")" + name + "\"}")).c_str(),
                          name.c_str());
}

TEST(ClientCommands, AUsersChannelIsForThatUser) { // spec §4.1, §8
    const auto subscribeTo = [&](const char *channel) {
        return answerTo(subscribe(R"({"auth":"","channel":")" + std::string(channel) + "\"}"));
    };
    STRCMP_EQUAL("4009", subscribeTo("#server-to-user-7").c_str());
    client.signIn(R"({"id":"7"})");
    (void)client.heard();

    STRCMP_EQUAL("succeeded #server-to-user-7", subscribeTo("#server-to-user-7").c_str());
    STRCMP_EQUAL("4009", subscribeTo("#server-to-user-77").c_str());
    STRCMP_EQUAL("4300", subscribeTo("#server-to-user-").c_str());
    STRCMP_EQUAL("4300", subscribeTo("#other").c_str());
    STRCMP_EQUAL(
        "", answerTo(R"({"event":"pusher:unsubscribe","data":{"channel":"#server-to-user-7"}})")
                .c_str());
    LONGS_EQUAL(0, client.subscriptions.size());
    LONGS_EQUAL(0, world.example().channels().channelCount());
    STRCMP_EQUAL("", world.events.take().c_str());
}

TEST(ClientCommands, SignsIn) { // spec §8
    const std::string userData = R"({"id":"7"})";
    STRCMP_EQUAL(PusherProtocol::signInSucceeded(userData).c_str(),
                 answerTo(signedSignIn(userData)).c_str());
    STRCMP_EQUAL(PusherProtocol::signInSucceeded(userData).c_str(),
                 answerTo(signedSignIn(userData)).c_str());
    STRCMP_EQUAL("4009", answerTo(signedSignIn(R"({"id":"8"})")).c_str());
    STRCMP_EQUAL("7", client.user->id.c_str());
}

TEST(ClientCommands, RefusesAnUnusableSignIn) { // spec §8
    for (const char *data :
         {R"(,"data":{})", R"(,"data":{"auth":5,"user_data":"{}"})", R"(,"data":{"auth":"x"})",
          R"(,"data":{"auth":"x","user_data":{"id":"7"}})",
          R"(,"data":{"auth":"x","user_data":"{\"id\":\"7\"}"})"})
        STRCMP_EQUAL_TEXT("4009",
                          answerTo(R"({"event":"pusher:signin")" + std::string(data) + "}").c_str(),
                          data);
    CHECK_TRUE(client.user == nullptr);
}

TEST(ClientCommands, ASignInWithoutDataIsMalformed) { // spec §4.5
    for (const char *data : {"", R"(,"data":null)", R"(,"data":"nonsense")", R"(,"data":[])"})
        STRCMP_EQUAL_TEXT("4200",
                          answerTo(R"({"event":"pusher:signin")" + std::string(data) + "}").c_str(),
                          data);
}

TEST(ClientCommands, SoManyRejectedMessagesInARowCloseTheConnection) { // spec §4.5
    world.set<std::int64_t>(&App::maxRejectedMessages, 3);
    for (int round = 0; round < 4; round++) {
        STRCMP_EQUAL("4200", answerTo("nonsense").c_str());
        STRCMP_EQUAL("4300", answerTo(subscribe(R"({"channel":"a b"})")).c_str());
        STRCMP_EQUAL("pong", answerTo(R"({"event":"pusher:ping"})").c_str());
    }
    answerTo("nonsense");
    answerTo("nonsense");
    commands.handleNoText(client);

    LONGS_EQUAL(1008, client.closing()->code);
}

TEST(ClientCommands, ALimitOfNoneNeverClosesForRejectedMessages) {
    world.set<std::int64_t>(&App::maxRejectedMessages, 0);
    for (int count = 0; count < 1000; count++)
        STRCMP_EQUAL("4200", answerTo("nonsense").c_str());
}

TEST(ClientCommands, SubscribesToGuardedChannelsWithASignature) {
    STRCMP_EQUAL("succeeded private-a", answerTo(signedSubscribe("private-a")).c_str());
    STRCMP_EQUAL("4009", answerTo(subscribe(R"({"channel":"private-b","auth":""})")).c_str());
    STRCMP_EQUAL("4009", answerTo(subscribe(R"({"channel":"private-b","auth":5})")).c_str());
    STRCMP_EQUAL("4009", answerTo(subscribe(R"({"channel":"private-b","auth":null})")).c_str());
    STRCMP_EQUAL("4200", answerTo(subscribe(R"({"channel":"private-b","auth":[]})")).c_str());
    LONGS_EQUAL(1, client.subscriptions.size());
}

TEST(ClientCommands, ASignatureOfAnotherSocketIsUnauthorized) {
    const std::string text = signedSubscribe("private-a");
    TestClient other(world, "9.9");
    commands.handle(other, text);

    CHECK_TRUE(other.heard().find("4009") != std::string::npos);
    LONGS_EQUAL(0, other.subscriptions.size());
}

TEST(ClientCommands, SubscribesToPresenceChannelsAsAMember) {
    STRCMP_EQUAL("succeeded presence-a",
                 answerTo(signedSubscribe("presence-a", R"({"user_id":7})")).c_str());
    LONGS_EQUAL(1, world.example().channels().find("presence-a")->presence()->userCount());
}

TEST(ClientCommands, RefusesPresenceWithoutAMember) { // spec §4.5, §5.1
    const std::pair<const char *, const char *> cases[] = {
        {"", "4009"},
        {"{}", "4009"},
        {R"({"user_id":null})", "4009"},
        {R"({"user_id":""})", "4009"},
        {R"({"user_id":[]})", "4009"},
        {"[]", "4200"},
        {"nonsense", "4200"},
        {"7", "4200"},
    };
    for (const auto &[channelData, expected] : cases)
        STRCMP_EQUAL_TEXT(expected, answerTo(signedSubscribe("presence-a", channelData)).c_str(),
                          channelData);
    POINTERS_EQUAL(nullptr, world.example().channels().find("presence-a"));
}

TEST(ClientCommands, RefusesMalformedChannelDataOnAnyChannel) { // spec §4.5
    const std::string data = R"(,"channel_data":"nonsense"})";
    STRCMP_EQUAL("4200", answerTo(subscribe(R"({"channel":"news")" + data)).c_str());
    STRCMP_EQUAL("4200", answerTo(subscribe(R"({"channel":"presence-a")" + data)).c_str());
    STRCMP_EQUAL("4200", answerTo(signedSubscribe("private-a", "nonsense")).c_str());
}

TEST(ClientCommands, BoundsTheChannelsOfOneConnection) {
    for (const char *name : {"a", "b", "c"})
        answerTo(subscribe(R"({"channel":")" + std::string(name) + "\"}"));

    STRCMP_EQUAL("4100", answerTo(subscribe(R"({"channel":"d"})")).c_str());
    STRCMP_EQUAL("succeeded a", answerTo(subscribe(R"({"channel":"a"})")).c_str());
    answerTo(R"({"event":"pusher:unsubscribe","data":{"channel":"b"}})");
    STRCMP_EQUAL("succeeded d", answerTo(subscribe(R"({"channel":"d"})")).c_str());
}

TEST(ClientCommands, ZeroChannelsIsUnlimited) {
    const ClientCommands unlimited(0, world.clock);
    for (int i = 0; i < 100; i++)
        unlimited.handle(client, subscribe(R"({"channel":"c)" + std::to_string(i) + "\"}"));

    LONGS_EQUAL(100, client.subscriptions.size());
}

TEST(ClientCommands, UnsubscribesWithoutAnAnswer) { // spec §4.4
    answerTo(subscribe(R"({"channel":"news"})"));

    STRCMP_EQUAL("",
                 answerTo(R"({"event":"pusher:unsubscribe","data":{"channel":"news"}})").c_str());
    STRCMP_EQUAL("",
                 answerTo(R"({"event":"pusher:unsubscribe","data":{"channel":"news"}})").c_str());
    STRCMP_EQUAL("",
                 answerTo(R"({"event":"pusher:unsubscribe","data":{"channel":"a b"}})").c_str());
    LONGS_EQUAL(0, client.subscriptions.size());
}

TEST(ClientCommands, ASignedInUserIsAMemberWithoutChannelData) { // spec §5.6
    client.signIn(R"({"id":"7","user_info":{"name":"Ana"}})");
    (void)client.heard();

    CHECK_TRUE(answerTo(signedSubscribe("presence-a")) == "succeeded presence-a");
    CHECK_TRUE(answerTo(signedSubscribe("presence-b", R"({"user_id":"8"})")) ==
               "succeeded presence-b");
    const auto membersOf = [&](const char *channel) {
        std::string members;
        world.example().channels().find(channel)->presence()->forEachUser(
            [&](std::string_view id, std::string_view info) {
                members += std::string(id) + std::string(info);
            });
        return members;
    };
    STRCMP_EQUAL(R"(7{"name":"Ana"})", membersOf("presence-a").c_str());
    STRCMP_EQUAL("8", membersOf("presence-b").c_str()); // channel_data overrides
}

TEST(ClientCommands, BoundsTheMembersOfAPresenceChannel) { // spec §5.5
    world.set<std::int64_t>(&App::presenceMaxMembers, 2);
    TestClient ana(world, "1.1"), ben(world, "2.1");
    ana.join("presence-a", {"7", ""});
    ben.join("presence-a", {"8", ""});

    STRCMP_EQUAL("4100", answerTo(signedSubscribe("presence-a", R"({"user_id":"9"})")).c_str());
    LONGS_EQUAL(0, client.subscriptions.size());
    STRCMP_EQUAL("succeeded presence-a", // a second connection of a member fits
                 answerTo(signedSubscribe("presence-a", R"({"user_id":"7"})")).c_str());
    STRCMP_EQUAL("succeeded presence-b",
                 answerTo(signedSubscribe("presence-b", R"({"user_id":"9"})")).c_str());
}

TEST(ClientCommands, AFullPresenceChannelTakesItsMemberAsSomebodyElse) { // its old place is free
    world.set<std::int64_t>(&App::presenceMaxMembers, 2);
    TestClient ana(world, "1.1");
    ana.join("presence-a", {"7", ""});
    client.join("presence-a", {"8", ""});
    (void)client.heard();

    commands.handle(client, signedSubscribe("presence-a", R"({"user_id":"9"})"));

    CHECK_TRUE(client.heard().find("subscription_succeeded") != std::string::npos);
}

TEST(ClientCommands, BoundsTheInfoOfAMember) { // spec §5.5
    world.set<std::int64_t>(&App::presenceMaxInfoSize, 10);
    const auto subscribeWith = [&](const char *info) {
        return answerTo(signedSubscribe("presence-a", R"({"user_id":"7","user_info":)" +
                                                          std::string(info) + "}"));
    };

    STRCMP_EQUAL("4301", subscribeWith(R"({"n":"abcd"})").c_str());
    LONGS_EQUAL(0, client.subscriptions.size());
    STRCMP_EQUAL("succeeded presence-a", subscribeWith(R"({"n":"ab"})").c_str());
}

TEST(ClientCommands, EmitsSubscriptionErrorsWhereTheApplicationSaysSo) { // spec §4.3, §5.5
    world.set(&App::emitSubscriptionError, true);
    world.set<std::int64_t>(&App::presenceMaxMembers, 1);
    TestClient ana(world, "1.1");
    ana.join("presence-a", {"7", ""});

    commands.handle(client, subscribe(R"({"channel":"private-b","auth":"x"})"));
    STRCMP_EQUAL((PusherProtocol::error(PusherProtocol::kUnauthorized) + "\n" +
                  PusherProtocol::subscriptionRefused("private-b", PusherProtocol::kUnauthorized))
                     .c_str(),
                 client.heard().c_str());
    commands.handle(client, signedSubscribe("presence-a", R"({"user_id":"9"})"));
    STRCMP_EQUAL((PusherProtocol::error(PusherProtocol::kOverCapacity) + "\n" +
                  PusherProtocol::presenceFull("presence-a"))
                     .c_str(),
                 client.heard().c_str());
}

TEST(ClientCommands, EmitsOneForEveryKindOfRefusedSubscription) { // spec §4.3
    world.set(&App::emitSubscriptionError, true);
    world.set<std::int64_t>(&App::presenceMaxInfoSize, 4);
    commands.handle(client, signedSubscribe("presence-a", R"({"user_id":"7","user_info":"abcd"})"));
    STRCMP_EQUAL(
        (PusherProtocol::error(PusherProtocol::kUserInfoTooLarge) + "\n" +
         PusherProtocol::subscriptionRefused("presence-a", PusherProtocol::kUserInfoTooLarge))
            .c_str(),
        client.heard().c_str());
    for (const char *channel : {"a", "b", "c"})
        answerTo(signedSubscribe(channel));
    const std::tuple<std::string, PusherProtocol::CodeText, const char *> cases[] = {
        {subscribe(R"({"channel":"a b"})"), PusherProtocol::kInvalidChannel, "a b"},
        {subscribe(R"({"channel":"#server-to-user-9"})"), PusherProtocol::kUnauthorized,
         "#server-to-user-9"},
        {subscribe(R"({"channel":"presence-a","auth":"x"})"), PusherProtocol::kUnauthorized,
         "presence-a"},
        {signedSubscribe("d"), PusherProtocol::kOverCapacity, "d"},
    };
    for (const auto &[text, why, channel] : cases) {
        commands.handle(client, text);
        STRCMP_EQUAL(
            (PusherProtocol::error(why) + "\n" + PusherProtocol::subscriptionRefused(channel, why))
                .c_str(),
            client.heard().c_str());
    }
    STRCMP_EQUAL("4300", answerTo(subscribe(R"({"channel":"a b"})")).c_str());
}

// Spec reverb-config §8.

TEST(ClientCommands, DoesNotLimitMessagesByDefault) {
    for (int i = 0; i < 1000; i++)
        STRCMP_EQUAL("pong", answerTo(R"({"event":"pusher:ping"})").c_str());
}

TEST(ClientCommands, LimitsMessagesOfEveryKind) {
    world.set(&App::rateLimiting, true);
    world.set<std::int64_t>(&App::rateLimitMaxAttempts, 3);
    TestClient other(world, "9.9");
    answerTo(subscribe(R"({"channel":"news"})"));
    answerTo("nonsense");
    answerTo(R"({"event":"pusher:pong"})");

    commands.handle(client, R"({"event":"pusher:ping"})");
    STRCMP_EQUAL(PusherProtocol::error(PusherProtocol::kRateLimited).c_str(),
                 client.heard().c_str());
    STRCMP_EQUAL("4301", answerTo(subscribe(R"({"channel":"more"})")).c_str());
    LONGS_EQUAL(1, client.subscriptions.size());
    commands.handle(other, R"({"event":"pusher:ping"})");
    STRCMP_EQUAL(PusherProtocol::pong().c_str(), other.heard().c_str());
    world.clock.advance(60'000);
    STRCMP_EQUAL("pong", answerTo(R"({"event":"pusher:ping"})").c_str());
}

TEST(ClientCommands, ClosesAboveTheLimitWhereTheApplicationSaysSo) {
    world.set(&App::rateLimiting, true);
    world.set(&App::rateLimitTerminate, true);
    world.set<std::int64_t>(&App::rateLimitMaxAttempts, 1);
    answerTo(R"({"event":"pusher:ping"})");
    commands.handle(client, R"({"event":"pusher:ping"})");

    STRCMP_EQUAL(
        (PusherProtocol::error(PusherProtocol::kRateLimited) + "\n<close 4100 Rate limit exceeded>")
            .c_str(),
        client.heard().c_str());
}

TEST(ClientCommands, AReloadChangesTheBoundOfChannels) {
    commands.change(1);
    answerTo(subscribe(R"({"channel":"a"})"));

    STRCMP_EQUAL("4100", answerTo(subscribe(R"({"channel":"b"})")).c_str());
}
