#include "worker/application.h"

#include "shared/channel_rules.h"
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
