// SPDX-License-Identifier: MIT
#include "worker/clients/refusal_log.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace pregon;

TEST_GROUP(RefusalLog) {
    std::string lines;
    RefusalLog refusals{[this](std::initializer_list<LogField> fields) {
        lines += formatLogLine("refused", fields) + "\n";
    }};

    static ConnectRequest from(const char *address) {
        ConnectRequest request;
        request.path = "/app/none";
        request.address = address;
        return request;
    }
    std::string take() {
        return std::exchange(lines, "");
    }
};

TEST(RefusalLog, TheFirstOfASecondIsToldAtOnceAndTheOthersAreCounted) {
    for (const char *address : {"192.0.2.1", "192.0.2.2", "192.0.2.3"})
        refusals.refused(from(address), PusherProtocol::kApplicationUnknown);
    STRCMP_EQUAL("refused address=192.0.2.1 code=4001 path=/app/none "
                 "reason=\"Application does not exist\"\n",
                 take().c_str());

    refusals.tick();
    STRCMP_EQUAL("refused code=4001 more=2 last_address=192.0.2.3 "
                 "reason=\"Application does not exist\"\n",
                 take().c_str());
}

TEST(RefusalLog, ASecondWithOneRefusalHasOneLine) {
    for (int second = 0; second < 2; second++) {
        refusals.refused(from("192.0.2.1"), PusherProtocol::kApplicationUnknown);
        CHECK_FALSE(take().empty());
        refusals.tick();
        STRCMP_EQUAL("", take().c_str());
    }
}

TEST(RefusalLog, EachReasonIsToldOfItself) {
    refusals.refused(from("192.0.2.1"), PusherProtocol::kOverCapacity);
    refusals.refused(from("192.0.2.1"), PusherProtocol::kDraining); // with the same code
    const std::string told = take();
    CHECK_TRUE(told.find("Over capacity") != std::string::npos);
    CHECK_TRUE(told.find("closing") != std::string::npos);
}

TEST(RefusalLog, SaysWhichHeaderIsMissingForTls) {
    ConnectRequest request = from("192.0.2.1");
    CHECK_TRUE(whyNotSecure(request).find("PREGON_TRUSTED_PROXIES") != std::string::npos);
    request.isFromProxy = true;
    CHECK_TRUE(whyNotSecure(request).find("sends no X-Forwarded-Proto") != std::string::npos);
    request.forwardedProto = "http";
    refusals.refused(request, PusherProtocol::kTlsRequired);
    CHECK_TRUE(take().find("says X-Forwarded-Proto: http\"") != std::string::npos);
}
