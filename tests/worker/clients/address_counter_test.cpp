// SPDX-License-Identifier: MIT
#include "worker/clients/address_counter.h"

#include "CppUTest/TestHarness.h"

using namespace pregon;

TEST_GROUP(AddressCounter) {
    AddressCounter counter;
};

TEST(AddressCounter, CountsEachAddressByItself) {
    counter.add("203.0.113.9");
    counter.add("203.0.113.9");
    counter.add("2001:db8::1");

    LONGS_EQUAL(2, counter.count("203.0.113.9"));
    LONGS_EQUAL(1, counter.count("2001:db8::1"));
    LONGS_EQUAL(0, counter.count("203.0.113.10"));
}

TEST(AddressCounter, IsBackAtZeroWhenAllHaveGone) {
    counter.add("203.0.113.9");
    counter.add("203.0.113.9");
    counter.remove("203.0.113.9");
    LONGS_EQUAL(1, counter.count("203.0.113.9"));
    counter.remove("203.0.113.9");

    LONGS_EQUAL(0, counter.count("203.0.113.9"));
}

TEST(AddressCounter, WhoWasNotCountedCannotGo) {
    counter.remove("203.0.113.9");
    counter.add("203.0.113.9");

    LONGS_EQUAL(1, counter.count("203.0.113.9"));
}

TEST(AddressCounter, AClientWithAWholeIpv6NetworkIsOneHoweverItsAddressesAreWritten) {
    counter.add("2001:db8::1");
    counter.add("2001:DB8:0:0::2");
    counter.add("2001:db8:0:0:ffff:ffff:ffff:ffff");
    counter.remove("2001:db8::2");

    LONGS_EQUAL(2, counter.count("2001:db8::3"));
    LONGS_EQUAL(0, counter.count("2001:db8:0:1::1"));
}
