// SPDX-License-Identifier: MIT
#include "worker/webhooks/app_hooks.h"

#include "tests/worker/test_client.h"

#include <utility>
#include <vector>

#include "CppUTest/TestHarness.h"

using namespace pregon;
using namespace pregon::workertest;

TEST_GROUP(AppHooks) {
    TestWorld world;
    AppHooks hooks{world.example(), [this] { return world.clock.milliseconds(); }, {}};
    TestClient ana{world, "1.1"}, ben{world, "2.1"};

    void setup() override {
        use(kAllKinds);
        world.example().reportTo(hooks);
    }
    void teardown() override {
        world.example().reportTo(world.events);
    }

    void use(std::uint32_t kinds) {
        WebhookEndpoint webhook;
        webhook.url = "https://h/";
        webhook.kinds = kinds;
        world.set(&App::webhooks, std::vector{webhook});
        hooks.change(world.example().settings());
    }
    void wait(std::int64_t milliseconds) {
        world.clock.advance(milliseconds);
        hooks.tick(true);
    }
    /// What is queued, and takes it off: `channel_occupied a, member_added presence-r 7`.
    std::string told() {
        std::string text;
        while (const auto batch = hooks.queue().next()) {
            for (const HookEvent &event : batch->events)
                text += (text.empty() ? "" : ", ") + wordsOf(event);
            hooks.queue().stored(batch->last());
        }
        return text;
    }
    static std::string wordsOf(const HookEvent &event) {
        if (event.kind == HookKind::Restart || event.kind == HookKind::Settled)
            return event.kind == HookKind::Restart ? "<restart>" : "<settled>";
        return std::string(nameOf(event.kind)) + " " + event.channel +
               (event.userId.empty() ? "" : " " + event.userId);
    }
};

TEST(AppHooks, TellWhatComesAtOnceAndWhatGoesAfterTheDelay) {
    ana.join("presence-r", {"7", ""});
    STRCMP_EQUAL("channel_occupied presence-r, member_added presence-r 7", told().c_str());
    Membership::leave(ana, "presence-r");
    wait(2900);
    STRCMP_EQUAL("", told().c_str());
    wait(200);
    STRCMP_EQUAL("member_removed presence-r 7, channel_vacated presence-r", told().c_str());
}

TEST(AppHooks, SayNothingOfAReload) {
    ana.join("presence-r", {"7", ""});
    told();
    Membership::leave(ana, "presence-r");
    wait(1000);
    ana.join("presence-r", {"7", ""});
    wait(10'000);

    STRCMP_EQUAL("", told().c_str());
}

TEST(AppHooks, SayNothingOfChannelsThatBeginWithAHash) {
    hooks.occupied("#server-to-user-7");
    hooks.clientEvent("#server-to-user-7", "client-a", "1", "1.1", "");
    hooks.vacated("#server-to-user-7");
    wait(10'000);

    STRCMP_EQUAL("", told().c_str());
}

TEST(AppHooks, QueueNothingThatNoEndpointWants) {
    use(bitOf(HookKind::MemberAdded));
    ana.join("presence-r", {"7", ""});
    hooks.clientEvent("private-a", "client-a", "1", "1.1", "");

    STRCMP_EQUAL("member_added presence-r 7", told().c_str());
    Membership::leave(ana, "presence-r");
    wait(3000); // its other half, so that it is known what was reported
    STRCMP_EQUAL("member_removed presence-r 7", told().c_str());
}

TEST(AppHooks, TellOneCacheMissOfAChannelInASecond) {
    hooks.cacheMissed("cache-a");
    hooks.cacheMissed("cache-a");
    hooks.cacheMissed("cache-b");
    STRCMP_EQUAL("cache_miss cache-a, cache_miss cache-b", told().c_str());
    wait(1000);
    hooks.cacheMissed("cache-a");

    STRCMP_EQUAL("cache_miss cache-a", told().c_str());
}

TEST(AppHooks, StartWithWhatIsInDoubtAndSettleItOnceClientsHaveComeBack) {
    hooks.startCold();
    ana.join("a");
    wait(29'000);
    STRCMP_EQUAL("<restart>, channel_occupied a", told().c_str());
    wait(1000);

    STRCMP_EQUAL("<settled>", told().c_str());
}

TEST(AppHooks, TellNoDepartureInADrain) {
    ana.join("a");
    ben.join("b");
    Membership::leave(ana, "a");
    told();
    hooks.drain();
    Membership::leave(ben, "b");
    wait(60'000);

    STRCMP_EQUAL("", told().c_str());
}

TEST(AppHooks, GiveAnAccountOfEverythingAfterALoss) {
    ana.join("presence-r", {"7", ""});
    ben.join("b");
    Membership::leave(ben, "b"); // its timer runs: it counts as there
    ben.join("c");
    for (std::size_t i = 0; i < HookQueue::kMaxEvents + 1; i++)
        hooks.clientEvent("private-a", "client-a", "1", "1.1", "");
    hooks.tick(false); // pregon-webhookd is away
    CHECK(told().find("<restart>") == std::string::npos);
    hooks.tick(true);

    const std::string account = told();
    CHECK(account.starts_with("<restart>, channel_occupied b, "));
    for (const char *part :
         {"channel_occupied presence-r", "member_added presence-r 7", "channel_occupied c"})
        CHECK(account.find(part) != std::string::npos);
    CHECK(account.ends_with("<settled>"));
    hooks.tick(true);
    STRCMP_EQUAL("", told().c_str());
}

TEST(AppHooks, LeaveItToRedisWhereThereAreSeveralWorkers) {
    std::string asked;
    AppHooks shared{world.example(), [this] { return world.clock.milliseconds(); },
                    [&](Application &, const HookEvent &event) { asked += wordsOf(event) + ";"; }};
    shared.change(world.example().settings());
    shared.startCold();
    shared.occupied("a");
    shared.vacated("a");
    shared.cacheMissed("cache-a");
    shared.subscriptionCounted("a", 2);
    world.clock.advance(60'000);
    shared.tick(true);

    STRCMP_EQUAL("channel_occupied a;channel_vacated a;cache_miss cache-a;subscription_count a;",
                 asked.c_str());
    CHECK(shared.queue().isEmpty());
}

TEST(AppHooks, GoOnInAnotherProcess) {
    ana.join("a");
    ben.join("b");
    Membership::leave(ana, "a");
    const AppHooks::State state = sentOver(hooks.state());
    AppHooks other{world.example(), [this] { return world.clock.milliseconds(); }, {}};
    other.resume(state);
    world.clock.advance(3000);
    other.tick(true);

    const auto batch = other.queue().next();
    LONGS_EQUAL(3, batch->events.size());
    STRCMP_EQUAL("channel_vacated a", wordsOf(batch->events.back()).c_str());
}
