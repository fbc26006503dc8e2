// SPDX-License-Identifier: MIT
#include "shared/protocol/channel_rules.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace pregon;

TEST_GROUP(ChannelRules){};

TEST(ChannelRules, NamesHaveTheCharactersOfTheLibraries) {
    for (const char *name : {"a", "private-orders.42", "A-Z_0=@,.;", "-", "client-x"})
        CHECK_TRUE_TEXT(ChannelRules::isValidName(name), name);
    for (const char *name : {"", " ", "a b", "a:b", "a/b", "a\n", "\na", "#a", "a#", "é", "a{1}",
                             "#server-to-user-7", "a\"", "a\\", "a*"})
        CHECK_FALSE_TEXT(ChannelRules::isValidName(name), name);
    CHECK_FALSE(ChannelRules::isValidName(std::string_view("a\0", 2)));
}

TEST(ChannelRules, NamesHaveAtMost200Bytes) {
    CHECK_TRUE(ChannelRules::isValidName(std::string(200, 'a')));
    CHECK_FALSE(ChannelRules::isValidName(std::string(201, 'a')));
}

TEST(ChannelRules, TargetsMayBeUsers) {
    const std::string prefix = "#server-to-user-";
    CHECK_TRUE(ChannelRules::isValidTarget(prefix + "7"));
    CHECK_TRUE(ChannelRules::isValidTarget(prefix + std::string(128, 'u')));
    CHECK_TRUE(ChannelRules::isValidTarget("news"));
    CHECK_FALSE(ChannelRules::isValidTarget(prefix));
    CHECK_FALSE(ChannelRules::isValidTarget(prefix + "a b"));
    CHECK_FALSE(ChannelRules::isValidTarget(prefix + std::string(129, 'u')));
    CHECK_FALSE(ChannelRules::isValidTarget("#other"));
}

TEST(ChannelRules, PrefixesCountWithTheirDashAndAtTheStart) {
    struct {
        const char *name;
        bool needsAuth, isPresence, isEncrypted;
    } const cases[] = {
        {"news", false, false, false},
        {"private-a", true, false, false},
        {"private-", true, false, false},
        {"privateer", false, false, false},
        {"private_a", false, false, false},
        {"Private-a", false, false, false},
        {"my-private-a", false, false, false},
        {"presence-a", true, true, false},
        {"presence", false, false, false},
        {"private-presence-a", true, false, false},
        {"private-encrypted-a", true, false, true},
        {"private-encrypted-cache-a", true, false, true},
        {"private-encryptedx", true, false, false},
        {"cache-a", false, false, false},
    };
    for (const auto &one : cases) {
        CHECK_EQUAL_TEXT(one.needsAuth, ChannelRules::needsAuth(one.name), one.name);
        CHECK_EQUAL_TEXT(one.isPresence, ChannelRules::isPresence(one.name), one.name);
        CHECK_EQUAL_TEXT(one.isEncrypted, ChannelRules::isEncrypted(one.name), one.name);
    }
}

TEST(ChannelRules, CacheChannelsAreOfEveryKind) {
    for (const char *name :
         {"cache-a", "cache-", "private-cache-a", "presence-cache-a", "private-encrypted-cache-a"})
        CHECK_TRUE_TEXT(ChannelRules::isCache(name), name);
    for (const char *name :
         {"cache", "cachet", "Cache-a", "my-cache-a", "private-a", "private-my-cache-a",
          "presence-encrypted-cache-a", "private-encrypted-a", "#server-to-user-cache-a", ""})
        CHECK_FALSE_TEXT(ChannelRules::isCache(name), name);
}

TEST(ChannelRules, AUsersChannelNamesTheUser) {
    const std::pair<const char *, const char *> cases[] = {
        {"#server-to-user-7", "7"}, {"#server-to-user-a-b", "a-b"},
        {"#server-to-user-", ""},   {"#server-to-user", ""},
        {"server-to-user-7", ""},   {"#Server-to-user-7", ""},
        {"x#server-to-user-7", ""}, {"news", ""},
    };
    for (const auto &[name, expected] : cases)
        STRCMP_EQUAL_TEXT(expected, std::string(ChannelRules::serverToUser(name)).c_str(), name);
}

TEST(ChannelRules, UserIdsHaveTheCharactersOfNames) {
    for (const std::string &id :
         {std::string("7"), std::string("a_-=@,.;Z"), std::string(128, 'a')})
        CHECK_TRUE_TEXT(ChannelRules::isValidUserId(id), id.c_str());
    for (const std::string &id : {std::string(), std::string("a b"), std::string("#7"),
                                  std::string("é"), std::string("7\n"), std::string(129, 'a')})
        CHECK_FALSE_TEXT(ChannelRules::isValidUserId(id), id.c_str());
}

TEST(ChannelRules, OnePrefixIsRemovedOnce) {
    const std::pair<const char *, const char *> cases[] = {
        {"private-a", "a"},
        {"presence-a", "a"},
        {"private-encrypted-a", "a"},
        {"private-cache-a", "cache-a"},
        {"presence-cache-a", "cache-a"},
        {"private-encrypted-cache-a", "cache-a"},
        {"private-private-a", "private-a"},
        {"presence-private-a", "private-a"},
        {"news", "news"},
        {"private-", ""},
    };
    for (const auto &[name, expected] : cases)
        STRCMP_EQUAL(expected, std::string(ChannelRules::withoutPrefix(name)).c_str());
}

TEST(ChannelRules, SocketIdsAreTwoNumbers) {
    for (const char *id : {"1.2", "1234.5678", "0.0", "999999999.999999999",
                           "12345678901234567890.12345678901234567890"})
        CHECK_TRUE_TEXT(ChannelRules::isValidSocketId(id), id);
    for (const char *id : {"", ".", "1", "1.", ".1", "1.2.3", "1.2\n", " 1.2", "1.2 ", "-1.2",
                           "1.2:a", "1,2", "a.b", "undefined", "123456789012345678901.1"})
        CHECK_FALSE_TEXT(ChannelRules::isValidSocketId(id), id);
}

TEST(ChannelRules, TheServersEventsAreReserved) {
    CHECK_TRUE(ChannelRules::isReservedEvent("pusher:error"));
    CHECK_TRUE(ChannelRules::isReservedEvent("pusher_internal:x"));
    CHECK_TRUE(ChannelRules::isReservedEvent("pregon:gap"));
    CHECK_FALSE(ChannelRules::isReservedEvent("pregon"));
    CHECK_FALSE(ChannelRules::isReservedEvent("pusher"));
    CHECK_FALSE(ChannelRules::isReservedEvent("Pusher:x"));
    CHECK_FALSE(ChannelRules::isReservedEvent("client-pusher:x"));
}
