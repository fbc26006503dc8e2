// SPDX-License-Identifier: MIT
#include "shared/config/dangerous_settings.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace pregon;

TEST_GROUP(DangerousSettings){/// The keys that are warned about: `PREGON_WS_LISTEN `.
                              static std::string warned(const Environment &values){
                                  const auto config = makeAppConfig(values, {});
std::string keys;
for (const ConfigWarning &warning : configWarnings(*config))
    keys += warning.key + " ";
return keys;
}
}
;

TEST(DangerousSettings, TheDefaultsAreNone) {
    STRCMP_EQUAL("", warned({}).c_str());
}

TEST(DangerousSettings, EachIsNamed) {
    const std::pair<const char *, const char *> cases[] = {
        {"REVERB_APP_ACCEPT_CLIENT_EVENTS_FROM", "all"},
        {"PREGON_APP_MAX_REJECTED_MESSAGES", "0"},
        {"PREGON_AUTH_TIMESTAMP_WINDOW", "0"},
        {"PREGON_WS_LISTEN", "0.0.0.0:6001"},
        {"PREGON_WS_LISTEN", "[::]:6001"},
        {"PREGON_FCGI_LISTEN", "unix:/run/fcgi.sock,0.0.0.0:9000"},
    };
    for (const auto &[key, value] : cases)
        STRCMP_EQUAL_TEXT((std::string(key) + " ").c_str(), warned({{key, value}}).c_str(), value);
}

TEST(DangerousSettings, PublicClientEventsAreOneWithoutARateOnly) {
    STRCMP_EQUAL("", warned({{"PREGON_APP_CLIENT_EVENTS_ON_PUBLIC", "true"}}).c_str());
    STRCMP_EQUAL("PREGON_APP_CLIENT_EVENTS_PER_SECOND ",
                 warned({{"PREGON_APP_CLIENT_EVENTS_ON_PUBLIC", "true"},
                         {"PREGON_APP_CLIENT_EVENTS_PER_SECOND", "0"}})
                     .c_str());
}

TEST(DangerousSettings, OneInterfaceIsNone) {
    for (const char *fine : {"127.0.0.1:6001", "[::1]:6001", "10.0.0.5:6001"})
        STRCMP_EQUAL_TEXT("", warned({{"PREGON_WS_LISTEN", fine}}).c_str(), fine);
}
