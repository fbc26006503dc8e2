// SPDX-License-Identifier: MIT

// Recovery where it meets the rest of the worker: commands, channels, sign-in, liveness, limits,
// reload and hand-over.

#include "tests/worker/recovery/recovery_world.h"
#include "worker/channels/app_state.h"
#include "worker/channels/delivery.h"
#include "worker/channels/terminate_user.h"
#include "worker/clients/client_commands.h"
#include "worker/clients/client_state.h"
#include "worker/clients/connect_request.h"
#include "worker/clients/liveness.h"
#include "worker/protocol/pusher_protocol.h"

#include "CppUTest/TestHarness.h"

using namespace pregon;
using namespace pregon::workertest;

namespace {

const std::string kPingFrame = PusherProtocol::ping();
const std::string kPong = R"({"event":"pusher:pong","data":{}})";

} // namespace

TEST_GROUP(Resuming) {
    TestWorld world;
    ClientCommands commands{0, world.clock};
    std::string token;
    int lastSocket = 0;

    void setup() override {
        world.applications.recovery().begin(world.clock, {.isOn = true});
        pass(20);
        token = tokenMadeAt(world.clock.milliseconds(), "page");
    }
    void pass(int seconds) {
        for (int i = 0; i < seconds; i++) {
            world.clock.advance(1000);
            world.applications.recovery().tick();
        }
    }
    std::unique_ptr<TestClient> open(const std::string &of = "") {
        auto client = std::make_unique<TestClient>(world, "7." + std::to_string(++lastSocket));
        client->resumeWith(of.empty() ? token : of);
        return client;
    }
    void publish(const std::string &channel, const std::string &event,
                 const std::string &except = "") {
        const PublishMessage message{"417702", except, "\"" + event + "\"", "\"{}\"", {channel}};
        Connection *connection = world.applications.findConnection(world.example(), except);
        Delivery::publish(world.example(), channel,
                          {message, connection, world.clock.milliseconds()});
    }
    /// The names of the events that a client has heard.
    static std::string names(TestClient & client) {
        std::string text, heard = client.heard();
        for (std::size_t at = 0; (at = heard.find("\"event\":\"", at)) != std::string::npos;) {
            at += 9;
            text += (text.empty() ? "" : " ") + heard.substr(at, heard.find('"', at) - at);
        }
        return text;
    }
    void say(TestClient & client, const std::string &text) {
        commands.handle(client, text);
    }
};

TEST(Resuming, ReplaysBehindTheConfirmation) {
    {
        const auto page = open();
        say(*page, subscribeText(*page, "private-shop"));
    }
    publish("private-shop", "paid");
    const auto back = open();
    say(*back, subscribeText(*back, "private-shop"));
    STRCMP_EQUAL("pusher_internal:subscription_succeeded pregon:replay paid pusher:ping",
                 names(*back).c_str());
}

TEST(Resuming, ReplaysNothingToASubscriptionThatIsRefused) {
    {
        const auto page = open();
        say(*page, subscribeText(*page, "private-shop"));
    }
    publish("private-shop", "paid");
    const auto back = open();
    say(*back, R"({"event":"pusher:subscribe","data":{"channel":"private-shop","auth":"x:y"}})");
    STRCMP_EQUAL("pusher:error", names(*back).c_str());
}

TEST(Resuming, AcknowledgesByPongs) {
    {
        const auto page = open();
        page->join("news");
        publish("news", "one");
        STRCMP_EQUAL("pusher_internal:subscription_succeeded one pusher:ping",
                     names(*page).c_str());
        say(*page, kPong);
        publish("news", "two");
    }
    const auto back = open();
    back->join("news");
    STRCMP_EQUAL("pusher_internal:subscription_succeeded pregon:replay two pusher:ping",
                 names(*back).c_str());
}

TEST(Resuming, CountsAnAwaitedPongAgainstNoLimit) {
    world.set(&App::rateLimiting, true);
    world.set<std::int64_t>(&App::rateLimitMaxAttempts, 1);
    world.set<std::int64_t>(&App::rateLimitDecaySeconds, 60);
    const auto page = open();
    page->join("news");
    publish("news", "one");
    page->heard();
    say(*page, kPong);
    STRCMP_EQUAL("", page->heard().c_str());
    say(*page, R"({"event":"pusher:ping","data":{}})");
    STRCMP_EQUAL("pusher:pong", names(*page).c_str());
    say(*page, kPong); // nothing of ours is unanswered
    STRCMP_EQUAL("pusher:error", names(*page).c_str());
}

TEST(Resuming, StandsInForTheCachedEvent) {
    {
        const auto page = open();
        page->join("cache-prices");
    }
    publish("cache-prices", "one");
    publish("cache-prices", "two");
    {
        const auto back = open();
        back->join("cache-prices");
        STRCMP_EQUAL("pusher_internal:subscription_succeeded pregon:replay one two pusher:ping",
                     names(*back).c_str());
        say(*back, kPong);
    }
    const auto again = open();
    again->join("cache-prices");
    STRCMP_EQUAL("pusher_internal:subscription_succeeded two", names(*again).c_str());
}

TEST(Resuming, KeepsNoClientEventsAndNoMembers) {
    {
        const auto page = open();
        page->join("presence-room", {"7", ""});
    }
    TestClient other(world, "8.1");
    other.join("presence-room", {"8", ""});
    say(other, R"({"event":"client-typing","channel":"presence-room","data":{}})");
    const auto back = open();
    back->join("presence-room", {"7", ""});
    STRCMP_EQUAL("pusher_internal:subscription_succeeded", names(*back).c_str());
}

TEST(Resuming, TellsAnotherUserOfAPresenceChannelAGap) {
    {
        const auto page = open();
        page->join("presence-room", {"7", ""});
    }
    publish("presence-room", "said");
    const auto back = open();
    back->join("presence-room", {"8", ""});
    STRCMP_EQUAL("pusher_internal:subscription_succeeded pregon:gap pusher:ping",
                 names(*back).c_str());
}

TEST(Resuming, ReplaysAUsersEventsAtSignIn) {
    {
        const auto page = open();
        CHECK_TRUE(page->signIn(R"({"id":"7"})"));
    }
    publish("#server-to-user-7", "notice");
    const auto back = open();
    CHECK_TRUE(back->signIn(R"({"id":"7"})"));
    STRCMP_EQUAL("pusher:signin_success pregon:replay notice pusher:ping", names(*back).c_str());
}

TEST(Resuming, LeavesOutWhatThePageSentItself) {
    {
        const auto page = open();
        page->join("news");
        publish("news", "its own", page->socketId());
        STRCMP_EQUAL("pusher_internal:subscription_succeeded", names(*page).c_str());
    }
    const auto back = open();
    back->join("news");
    STRCMP_EQUAL("pusher_internal:subscription_succeeded", names(*back).c_str());
}

TEST(Resuming, IsNoSubscriberWhileAway) {
    {
        const auto page = open();
        page->join("news");
    }
    POINTERS_EQUAL(nullptr, world.example().channels().find("news"));
    STRCMP_EQUAL("occupied news | vacated news", world.events.take().c_str());
    CHECK_EQUAL(0u, world.example().connectionCount);
}

TEST(Resuming, ForgetsAUserWhoIsTerminated) {
    {
        const auto page = open();
        page->join("presence-room", {"7", ""});
        CHECK_EQUAL(1u, terminateUser(world.example(), "7"));
    }
    CHECK_EQUAL(0u, world.applications.recovery().figures.retained);
}

TEST(Resuming, ForgetsAnApplicationThatIsDisabledOrHasAnotherKey) {
    App app = exampleApp();
    const auto leave = [&] {
        const auto page = open();
        page->join("news");
    };
    leave();
    app.secret = "another";
    world.applications.reload({app, otherApp()});
    CHECK_EQUAL(1u, world.applications.recovery().figures.retained);
    app.key = "another";
    world.applications.reload({app, otherApp()});
    CHECK_EQUAL(0u, world.applications.recovery().figures.retained);
    leave();
    world.applications.reload({otherApp()});
    CHECK_EQUAL(0u, world.applications.recovery().figures.retained);
}

TEST(Resuming, ProbesByPusherPingTooWhateverTheClientSends) {
    Liveness liveness(30);
    const auto page = open();
    liveness.opened(*page);
    page->notePing();
    for (int i = 0; i < 70; i++)
        liveness.tick();
    STRCMP_EQUAL(("<ping>\n" + kPingFrame).c_str(), page->heard().c_str());
    CHECK_TRUE(page->resumable->isPongAwaited());
}

TEST(Resuming, MakesRoomForAPageAtTheQuota) {
    world.set<std::int64_t>(&App::maxConnections, 1);
    const auto halfOpen = open();
    const ConnectRequest request{
        std::string("/app/") + kKey + "~" + token, "7", "", false, "", false, ""};
    const auto admitted = admit(request, world.applications, {}, 0);
    CHECK_TRUE(admitted.has_value());
    POINTERS_EQUAL(halfOpen->resumable.get(), admitted->inTheWay);
    admitted->inTheWay->closeForSuccessor();
    LONGS_EQUAL(4100, halfOpen->closing()->code);

    ConnectRequest stranger = request;
    stranger.path += "x";
    CHECK_FALSE(admit(stranger, world.applications, {}, 0).has_value());
}

TEST(Resuming, GoesOnInAnotherWorker) {
    const auto page = open();
    page->join("news");
    publish("news", "one");
    say(*page, kPong);
    publish("news", "two");
    page->heard();
    FrameNumbers numbers;
    ClientState client;
    describeConnection(*page, numbers, client);
    const AppState app = describeApp(world.example());

    TestWorld next;
    next.clock.advance(20'000);
    next.applications.recovery().begin(next.clock, {.isOn = true});
    Connection there(&next.example(), page->socketId(), next.outbound);
    next.applications.add(there);
    restoreConnection(there, sentOver(client), {});
    restoreApp(sentOver(app), next.example(), next.applications, next.clock.milliseconds());

    next.example().recovery().ended(*there.resumable, "");
    CHECK_EQUAL(1u, next.applications.recovery().figures.retained);
    TestClient back(next, "7.9");
    back.resumeWith(token);
    back.join("news");
    STRCMP_EQUAL("pusher_internal:subscription_succeeded pregon:replay two pusher:ping",
                 names(back).c_str());
    Membership::leaveAll(there);
    next.applications.remove(there);
}

TEST(Resuming, CostsOthersNothing) {
    TestClient plain(world, "1.1");
    plain.join("news");
    publish("news", "one");
    CHECK_EQUAL(0u, world.applications.recovery().figures.rings);
    CHECK_FALSE(world.example().recovery().wants("news"));
}
