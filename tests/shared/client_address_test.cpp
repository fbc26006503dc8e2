// SPDX-License-Identifier: MIT
#include "shared/client_address.h"

#include "CppUTest/TestHarness.h"

using namespace pregon;

TEST_GROUP(ClientAddress){};

TEST(ClientAddress, ANetworkOfIpv6IsOneClient) {
    STRCMP_EQUAL("2001:db8::/64", addressKey("2001:db8::1").c_str());
    STRCMP_EQUAL("2001:db8::/64", addressKey("2001:DB8:0:0:ffff::").c_str());
    STRCMP_EQUAL("2001:db8:0:1::/64", addressKey("2001:db8:0:1::1").c_str());
}

TEST(ClientAddress, EachAddressOfIpv4IsOneClientAlsoWrittenAsIpv6) {
    STRCMP_EQUAL("203.0.113.9", addressKey("203.0.113.9").c_str());
    STRCMP_EQUAL("203.0.113.9", addressKey("::ffff:203.0.113.9").c_str());
    STRCMP_EQUAL("203.0.113.9", addressKey("::FFFF:cb00:7109").c_str());
}

TEST(ClientAddress, OtherTextStandsForItself) {
    for (const char *text : {"", "unknown", "fe80::1%eth0", "10.0.0"})
        STRCMP_EQUAL(text, addressKey(text).c_str());
}
