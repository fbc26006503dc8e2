// SPDX-License-Identifier: MIT
#include "worker/channels/application.h"

#include "shared/protocol/channel_rules.h"
#include "tests/worker/test_client.h"

#include <memory>
#include <set>
#include <string>

#include "CppUTest/TestHarness.h"

using namespace pregon;
using namespace pregon::workertest;

TEST_GROUP(ApplicationRegistry) {
    TestWorld world;
    ApplicationRegistry &applications = world.applications;
};

TEST(ApplicationRegistry, FindsApplicationsByKeyAndId) {
    POINTERS_EQUAL(&applications.all()[1], applications.findByKey("other"));
    POINTERS_EQUAL(&applications.all()[1], applications.findById("2"));
    POINTERS_EQUAL(nullptr, applications.findByKey("OTHER"));
    POINTERS_EQUAL(nullptr, applications.findByKey(""));
    POINTERS_EQUAL(nullptr, applications.findById("02"));
}

TEST(ApplicationRegistry, CountsTheConnectionsOfEach) {
    TestClient ana(world, "1.1");
    {
        TestClient other(world, world.other(), "2.2");
        LONGS_EQUAL(2, applications.connectionCount());
        LONGS_EQUAL(1, world.other().connectionCount);
    }

    LONGS_EQUAL(1, applications.connectionCount());
    LONGS_EQUAL(1, world.example().connectionCount);
    LONGS_EQUAL(0, world.other().connectionCount);
}

TEST(ApplicationRegistry, RemovesAConnectionOnlyOnce) {
    TestClient ana(world, "1.1"), ben(world, "2.2");
    applications.remove(ana);
    applications.remove(ana);

    LONGS_EQUAL(1, world.example().connectionCount);
}

TEST(ApplicationRegistry, FindsAConnectionOfTheApplicationOnly) {
    TestClient ana(world, "1.1");

    POINTERS_EQUAL(&ana, applications.findConnection(world.example(), "1.1"));
    POINTERS_EQUAL(nullptr, applications.findConnection(world.other(), "1.1"));
    POINTERS_EQUAL(nullptr, applications.findConnection(world.example(), "1.2"));
}

TEST(ApplicationRegistry, MakesSocketIdsThatTheLibrariesAccept) { // spec §1.5
    std::set<std::string> ids;
    for (int i = 0; i < 1000; i++) {
        const std::string id = applications.newSocketId();
        CHECK_TRUE_TEXT(ChannelRules::isValidSocketId(id), id.c_str());
        CHECK_TRUE_TEXT(id.find('.') <= 9 && id.size() - id.find('.') <= 10, id.c_str());
        CHECK_TRUE_TEXT(id[0] != '0', id.c_str());
        ids.insert(id);
    }
    LONGS_EQUAL(1000, ids.size());
}

TEST(ApplicationRegistry, AReloadKeepsWhatIsConnectedAndRemembered) {
    TestClient ana(world, "1.1");
    ana.join("news");
    App changed = exampleApp();
    changed.maxConnections = 5;
    Application *before = &world.example();
    applications.reload({changed, otherApp()});

    POINTERS_EQUAL(before, &world.example());
    LONGS_EQUAL(5, before->settings().maxConnections);
    LONGS_EQUAL(1, before->connectionCount);
    LONGS_EQUAL(1, before->channels().channelCount());
    CHECK_TRUE(ana.closing() == nullptr);
}

TEST(ApplicationRegistry, AReloadBringsNewKeys) {
    App changed = exampleApp();
    changed.key = "new";
    changed.secret = "secret";
    applications.reload({changed, otherApp()});

    POINTERS_EQUAL(&world.example(), applications.findByKey("new"));
    POINTERS_EQUAL(nullptr, applications.findByKey(kKey));
    CHECK_TRUE(world.example().signer().verify("text", HmacSigner("secret").sign("text")));
}

TEST(ApplicationRegistry, AReloadAddsApplications) {
    App third = exampleApp();
    third.id = "3";
    third.key = "third";
    Application *other = &world.other();
    applications.reload({exampleApp(), otherApp(), third});

    STRCMP_EQUAL("3", applications.findByKey("third")->settings().id.c_str());
    POINTERS_EQUAL(other, &world.other());
    LONGS_EQUAL(3, applications.all().size());
}

TEST(ApplicationRegistry, AnApplicationThatIsNotListedAnyMoreIsDisabled) {
    TestClient stranger(world, world.other(), "3.3");
    stranger.join("news");
    applications.reload({exampleApp()});

    CHECK_FALSE(world.other().settings().enabled);
    CHECK_TRUE(world.example().settings().enabled);
    CHECK_TRUE(stranger.closing() == nullptr);
    LONGS_EQUAL(1, world.other().connectionCount);
}

TEST(ApplicationRegistry, AnApplicationThatIsListedAgainIsBack) {
    applications.reload({exampleApp()});
    applications.reload({exampleApp(), otherApp()});

    CHECK_TRUE(world.other().settings().enabled);
    LONGS_EQUAL(2, applications.all().size());
}

TEST(ApplicationRegistry, AKeyBelongsToTheApplicationThatHasItAfterAReload) {
    App renamed = exampleApp();
    renamed.id = "9";

    applications.reload({renamed, otherApp()});

    STRCMP_EQUAL("9", applications.findByKey(renamed.key)->settings().id.c_str());
    CHECK_TRUE(applications.findByKey(renamed.key)->settings().enabled);
}

TEST(ApplicationRegistry, GivesSomeConnectionsOrAllIfThereAreFewer) {
    TestClient ana(world, "1.1"), beto(world, "2.2"), stranger(world, world.other(), "3.3");

    LONGS_EQUAL(0, applications.someConnections(0).size());
    LONGS_EQUAL(2, applications.someConnections(2).size());
    LONGS_EQUAL(3, applications.someConnections(9).size());
}
