// SPDX-License-Identifier: MIT
#include "worker/clients/reception.h"

#include "tests/worker/test_client.h"

#include <string>
#include <vector>

#include "CppUTest/TestHarness.h"

using namespace pregon;
using namespace pregon::workertest;

TEST_GROUP(Reception) {
    TestWorld world;
    WorkerFigures figures;
    Liveness liveness{30};
    Admission admission{0};
    Drain drain{world.applications, figures, world.clock, std::chrono::seconds(10)};
    Reception reception{world.applications, liveness, admission, drain, figures};
    RequestHead head;

    void setup() override {
        head.path = std::string("/app/") + kKey;
        head.query.emplace("protocol", "7");
    }
    ConnectRequest requestFrom(const std::string &peer) {
        return reception.requestOf(head, peer);
    }
};

TEST(Reception, OverAUnixDomainSocketTheProxyTellsWhoTheClientIs) {
    head.headers = {{"x-forwarded-for", "198.51.100.1, 203.0.113.9"},
                    {"x-forwarded-proto", "https"}};
    const ConnectRequest request = requestFrom("");
    CHECK_TRUE(request.isFromProxy && request.isSecure);
    STRCMP_EQUAL("203.0.113.9", request.address.c_str()); // what the nearest proxy has seen
}

TEST(Reception, OverTcpAHeaderIsBelievedFromListedProxiesAlone) {
    head.headers = {{"x-forwarded-for", "203.0.113.9"}, {"x-forwarded-proto", "https"}};
    ConnectRequest request = requestFrom("192.0.2.1");
    CHECK_FALSE(request.isFromProxy || request.isSecure);
    STRCMP_EQUAL("192.0.2.1", request.address.c_str());

    reception.change({{}, {*AddressPrefix::parse("192.0.2.0/24")}});
    request = requestFrom("192.0.2.1");
    CHECK_TRUE(request.isFromProxy && request.isSecure);
    STRCMP_EQUAL("203.0.113.9", request.address.c_str());
}

TEST(Reception, AddressesAreCountedFromTheGreetingUntilTheClientLeaves) {
    reception.change({{"", 0, 1}, {}});
    head.headers = {{"x-forwarded-for", "203.0.113.9"}};
    const ConnectRequest request = requestFrom("");
    const Admitted admitted = *reception.admitted(request);
    Connection first(admitted.application, "7.1", world.outbound);
    reception.welcome(first, request, admitted);
    CHECK_TRUE(reception.admitted(request).error().code == PusherProtocol::Code::OverCapacity);
    LONGS_EQUAL(1, world.applications.connectionCount());

    reception.leave(first);
    reception.leave(first); // once is enough, twice does no harm
    CHECK_TRUE(reception.admitted(request).has_value());
    LONGS_EQUAL(0, world.applications.connectionCount());
}

TEST(Reception, AClientThatIsRefusedIsNobodys) {
    Connection connection(nullptr, "", world.outbound);
    reception.refuse(connection, requestFrom(""), PusherProtocol::kApplicationUnknown);
    LONGS_EQUAL(4001, connection.closing()->code);
    LONGS_EQUAL(1, figures.refused);
    LONGS_EQUAL(0, world.applications.connectionCount());
    reception.leave(connection);
}

TEST(Reception, ADrainingWorkerLetsNobodyIn) {
    drain.begin();
    CHECK_TRUE(reception.admitted(requestFrom("")).error().code == PusherProtocol::kDraining.code);
}
