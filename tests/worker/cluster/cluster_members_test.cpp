// SPDX-License-Identifier: MIT
#include "worker/cluster/cluster_members.h"

#include "CppUTest/TestHarness.h"

using namespace pregon;

TEST_GROUP(ClusterMembers) {
    ClusterMembers members;

    ClusterMembers::Applied apply(const char *payload) {
        const auto change = Wire::parseMemberChange(payload);
        CHECK_TRUE_TEXT(change.has_value(), payload);
        return members.apply(*change);
    }
    std::string ids() const {
        return members.lists().ids;
    }
};

TEST(ClusterMembers, FollowsTheChainOfChanges) {
    CHECK_TRUE(apply("M+ 0 5 1\n7{\"name\":\"Ana\"}") == ClusterMembers::Applied::Yes);
    CHECK_TRUE(apply("M+ 5 8 1\n8") == ClusterMembers::Applied::Yes);
    STRCMP_EQUAL("\"7\",\"8\"", ids().c_str());
    STRCMP_EQUAL("\"7\":{\"name\":\"Ana\"},\"8\":null", members.lists().hash.c_str());
    CHECK_TRUE(apply("M- 8 9 1\n7") == ClusterMembers::Applied::Yes);
    STRCMP_EQUAL("\"8\"", ids().c_str());
    UNSIGNED_LONGS_EQUAL(9, members.version());
}

TEST(ClusterMembers, AnEmptyChannelBeginsAnew) {
    apply("M+ 0 5 1\n7");
    apply("M- 5 6 1\n7");
    CHECK_TRUE(apply("M+ 0 9 1\n8") == ClusterMembers::Applied::Yes);
}

TEST(ClusterMembers, NoticesGapsAndRepetitions) {
    apply("M+ 0 5 1\n7");
    CHECK_TRUE(apply("M+ 0 5 1\n7") == ClusterMembers::Applied::KnownAlready);
    CHECK_TRUE(apply("M+ 6 8 1\n8") == ClusterMembers::Applied::Gap);
    STRCMP_EQUAL("\"7\"", ids().c_str());
}

TEST(ClusterMembers, TellsTheDifferenceOfANewState) {
    apply("M+ 0 5 1\n7");
    apply("M+ 5 6 1\n8");
    const auto difference = members.replace(20, {"9", "12:", "8", "6:{\"a\":1}"});
    LONGS_EQUAL(1, difference.left.size());
    STRCMP_EQUAL("7", difference.left[0].c_str());
    LONGS_EQUAL(1, difference.joined.size());
    STRCMP_EQUAL("9", difference.joined[0].userId.c_str());
    STRCMP_EQUAL("\"8\",\"9\"", ids().c_str());
    CHECK_TRUE(apply("M+ 19 20 1\n3") == ClusterMembers::Applied::KnownAlready);
}
