// SPDX-License-Identifier: MIT
#include "worker/channels/presence.h"

#include "tests/worker/test_client.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace pregon;
using namespace pregon::workertest;

TEST_GROUP(Presence) {
    TestWorld world;
    TestClient ana{world, "1.1"}, anasTab{world, "1.2"}, ben{world, "2.1"};
    Presence presence;

    /// The users with their user_info, as `7:{} 8: `.
    std::string users() {
        std::string text;
        presence.forEachUser([&](std::string_view id, std::string_view info) {
            text += std::string(id) + ":" + std::string(info) + " ";
        });
        return text;
    }

    /// Both lists, as `"7" "7":{}`.
    std::string lists() {
        return presence.lists().ids + " " + presence.lists().hash;
    }
};

TEST(Presence, ListsFollowEveryChange) {
    STRCMP_EQUAL(" ", lists().c_str());
    presence.join(ana, {"7", "1"});
    STRCMP_EQUAL(R"("7" "7":1)", lists().c_str());
    presence.join(ben, {"8", ""});
    STRCMP_EQUAL(R"("7","8" "7":1,"8":null)", lists().c_str());
    presence.join(anasTab, {"7", "2"});
    STRCMP_EQUAL(R"("7","8" "7":1,"8":null)", lists().c_str());
    presence.join(ana, {"7", "3"});
    STRCMP_EQUAL(R"("7","8" "7":3,"8":null)", lists().c_str());
    presence.leave(ana);
    STRCMP_EQUAL(R"("7","8" "7":2,"8":null)", lists().c_str());
    presence.leave(anasTab);
    STRCMP_EQUAL(R"("8" "8":null)", lists().c_str());
    presence.leave(ben);
    STRCMP_EQUAL(" ", lists().c_str());
}

TEST(Presence, FirstConnectionOfAUserIsANewMember) {
    CHECK_TRUE(presence.join(ana, {"7", "1"}));
    CHECK_TRUE(presence.join(ben, {"8", ""}));

    LONGS_EQUAL(2, presence.userCount());
    STRCMP_EQUAL("7:1 8: ", users().c_str());
}

TEST(Presence, SecondTabOfAUserIsNotANewMember) {
    presence.join(ana, {"7", "1"});

    CHECK_FALSE(presence.join(anasTab, {"7", "2"}));
    LONGS_EQUAL(1, presence.userCount());
    STRCMP_EQUAL("7:1 ", users().c_str());
}

TEST(Presence, AUserIsGoneWithTheLastConnection) {
    presence.join(ana, {"7", ""});
    presence.join(anasTab, {"7", ""});

    CHECK_FALSE(presence.leave(ana).has_value());
    STRCMP_EQUAL("7", presence.leave(anasTab)->c_str());
    LONGS_EQUAL(0, presence.userCount());
}

TEST(Presence, ShowsTheInfoOfTheEarliestConnectionThatIsStillIn) {
    presence.join(ana, {"7", "first"});
    presence.join(anasTab, {"7", "second"});
    presence.leave(ana);

    STRCMP_EQUAL("7:second ", users().c_str());
}

TEST(Presence, JoiningAgainReplacesTheInfo) {
    presence.join(ana, {"7", "old"});

    CHECK_FALSE(presence.join(ana, {"7", "new"}));
    STRCMP_EQUAL("7:new ", users().c_str());
    STRCMP_EQUAL("7", presence.leave(ana)->c_str());
}

TEST(Presence, KeepsTheOrderOfJoining) {
    presence.join(ben, {"8", ""});
    presence.join(ana, {"7", ""});
    presence.leave(ben);
    presence.join(ben, {"8", ""});

    STRCMP_EQUAL("7: 8: ", users().c_str());
}

TEST(Presence, AUserWhoCameBackIsNew) {
    presence.join(ana, {"7", ""});
    presence.leave(ana);

    CHECK_TRUE(presence.join(ana, {"7", ""}));
}

TEST(Presence, ZeroIsAUserLikeAnyOther) {
    presence.join(ana, {"0", ""});

    CHECK_FALSE(presence.join(anasTab, {"0", ""}));
    STRCMP_EQUAL("0", std::string(*presence.userOf(ana)).c_str());
}

TEST(Presence, WhoIsNotInCannotLeave) {
    presence.join(ana, {"7", ""});

    CHECK_FALSE(presence.leave(ben).has_value());
    CHECK_FALSE(presence.userOf(ben).has_value());
    LONGS_EQUAL(1, presence.userCount());
}
