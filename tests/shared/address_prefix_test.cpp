// SPDX-License-Identifier: MIT
#include "shared/address_prefix.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace pregon;

TEST_GROUP(AddressPrefix){
    static std::string refusalOf(const char *text){const auto prefix = AddressPrefix::parse(text);
return prefix ? "accepted" : prefix.error().reason;
}
}
;

TEST(AddressPrefix, ContainsTheAddressesThatBeginWithItsBits) {
    struct {
        const char *prefix, *address;
        bool isWithin;
    } const cases[] = {
        {"192.0.2.20", "192.0.2.20", true},
        {"192.0.2.20", "192.0.2.21", false},
        {"10.0.0.0/8", "10.255.0.1", true},
        {"10.0.0.0/8", "11.0.0.1", false},
        {"192.0.2.16/29", "192.0.2.23", true},
        {"192.0.2.16/29", "192.0.2.24", false},
        {"192.0.2.20/32", "192.0.2.20", true},
        {"192.0.2.20/32", "192.0.2.21", false},
        {"0.0.0.0/0", "203.0.113.9", true},
        {"0.0.0.0/0", "2001:db8::1", false},
        {"::/0", "2001:db8::1", true},
        {"::/0", "203.0.113.9", false},
        {"fd00::/8", "fdab::1", true},
        {"fd00::/8", "fe80::1", false},
        {"::1", "::1", true},
        {"0:0:0:0:0:0:0:1", "::1", true},
        {"fe80::1", "fe80::1%eth0", true},
        {"10.0.0.0/8", "::ffff:10.1.2.3", true},
        {"::ffff:10.0.0.0/104", "10.1.2.3", true},
        {"10.0.0.0/8", "", false},
        {"10.0.0.0/8", "10.0.0.0.1", false},
        {"10.0.0.0/8", "proxy.example.com", false},
    };
    for (const auto &one : cases)
        CHECK_EQUAL_TEXT(one.isWithin, AddressPrefix::parse(one.prefix)->contains(one.address),
                         (std::string(one.prefix) + " " + one.address).c_str());
}

TEST(AddressPrefix, RefusesWhatCouldMatchNothingOrMoreThanIsMeant) {
    const std::pair<const char *, const char *> cases[] = {
        {"10.0.0.1/8",
         "10.0.0.1/8: the address has bits behind the first 8; did you mean 10.0.0.1?"},
        {"10.0.0.0/33", "10.0.0.0/33: a prefix of such an address has 0 to 32 bits"},
        {"10.0.0.0/", "10.0.0.0/: a prefix of such an address has 0 to 32 bits"},
        {"10.0.0.0/255.0.0.0", "10.0.0.0/255.0.0.0: a prefix of such an address has 0 to 32 bits"},
        {"fd00::/129", "fd00::/129: a prefix of such an address has 0 to 128 bits"},
        {"*", "*: for every address write 0.0.0.0/0 and ::/0"},
    };
    for (const auto &[text, expected] : cases)
        STRCMP_EQUAL(expected, refusalOf(text).c_str());
    for (const char *text : {"", "localhost", "10.0.0", "10.0.0.1-9", "10.0.0.1:80", "[::1]", "/8"})
        STRCMP_CONTAINS("expected an address such as", refusalOf(text).c_str());
}

TEST(AddressPrefix, KnowsTheNetworksOfEveryAddress) {
    CHECK_TRUE(AddressPrefix::parse("0.0.0.0/0")->isEveryAddress());
    CHECK_TRUE(AddressPrefix::parse("::/0")->isEveryAddress());
    for (const char *text : {"0.0.0.0", "::", "0.0.0.0/1", "10.0.0.0/8"})
        CHECK_FALSE_TEXT(AddressPrefix::parse(text)->isEveryAddress(), text);
}
