// SPDX-License-Identifier: MIT
#include "worker/recovery/resume_token.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace pregon;

namespace {

struct Case {
    std::string text;
    std::string key; ///< empty: no token
    std::int64_t madeAt;
};
const std::string kRandom(32, 'r');
const Case kCases[] = {
    {"key~mhx2k1.8fj3q0w", "key", 1360352305},
    {"key~0.a", "key", 0},
    {"key~zzzzzzzzzzz.A-_9", "key", 131'621'703'842'267'135},
    {"a~b~1.x", "a~b", 1},
    {"base64:a/b+c=~1.x", "base64:a/b+c=", 1},
    {"key~1." + kRandom, "key", 1},
    {"key", "", 0},
    {"key~", "", 0},
    {"~1.x", "", 0},
    {"key~1", "", 0},
    {"key~.x", "", 0},
    {"key~1.", "", 0},
    {"key~1.x.y", "", 0},
    {"key~1.x~", "", 0},
    {"key~A.x", "", 0},
    {"key~1.x y", "", 0},
    {"key~1.ñ", "", 0},
    {"key~-1.x", "", 0},
    {"key~zzzzzzzzzzzz.x", "", 0},
    {"key~1.r" + kRandom, "", 0},
    {std::string("key~1.x\0y", 9), "", 0},
};

} // namespace

TEST_GROUP(ResumeToken){};

TEST(ResumeToken, IsBehindTheLastTildeOfAKey) {
    for (const Case &one : kCases) {
        const auto split = splitKey(one.text);
        CHECK_EQUAL_TEXT(!one.key.empty(), split.has_value(), one.text.c_str());
        if (!split)
            continue;
        STRCMP_EQUAL(one.key.c_str(), std::string(split->key).c_str());
        LONGLONGS_EQUAL(one.madeAt, split->token.madeAtMs);
        STRCMP_EQUAL(one.text.substr(one.key.size() + 1).c_str(),
                     std::string(split->token.text).c_str());
    }
}

TEST(ResumeToken, ShowsItsStampAlone) {
    STRCMP_EQUAL("mhx2k1", std::string(splitKey("key~mhx2k1.8fj3q0w")->token.stamp).c_str());
}
