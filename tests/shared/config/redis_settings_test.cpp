// SPDX-License-Identifier: MIT
#include "shared/config/app_config.h"
#include "shared/config/redis_settings.h"

#include "CppUTest/TestHarness.h"

using namespace pregon;

TEST_GROUP(RedisSettings){
    static AppConfig configOf(const Environment &values){Environment all = values;
const auto config = makeAppConfig(all, {});
CHECK_TRUE_TEXT(config.has_value(), config ? "" : config.error().reason.c_str());
return config.value_or(AppConfig{});
}
static RedisSettings of(const Environment &values) {
    const auto settings = redisSettings(configOf(values));
    CHECK_TRUE_TEXT(settings.has_value(), settings ? "" : settings.error().reason.c_str());
    return settings.value_or(RedisSettings{});
}
static std::string refusal(const Environment &values) {
    const auto settings = redisSettings(configOf(values));
    return settings ? "" : settings.error().reason;
}
}
;

TEST(RedisSettings, DefaultsAreReverbs) {
    const RedisSettings settings = of({});
    STRCMP_EQUAL("127.0.0.1:6379", settings.address.text().c_str());
    STRCMP_EQUAL("reverb:", settings.prefix.c_str());
    LONGS_EQUAL(0, settings.database);
    CHECK_FALSE(settings.tls);
}

TEST(RedisSettings, NullIsNothing) {
    const RedisSettings settings =
        of({{"REDIS_PASSWORD", "null"}, {"REDIS_USERNAME", "null"}, {"REDIS_HOST", "null"}});
    STRCMP_EQUAL("", settings.password.c_str());
    STRCMP_EQUAL("", settings.username.c_str());
    STRCMP_EQUAL("127.0.0.1", settings.address.host.c_str());
}

TEST(RedisSettings, UrlWinsOverTheRest) {
    const RedisSettings settings = of({{"REDIS_URL", "rediss://ana:p%40ss@redis.test:7000/4"},
                                       {"REDIS_HOST", "other"},
                                       {"REDIS_PASSWORD", "other"}});
    STRCMP_EQUAL("redis.test:7000", settings.address.text().c_str());
    STRCMP_EQUAL("ana", settings.username.c_str());
    STRCMP_EQUAL("p@ss", settings.password.c_str());
    LONGS_EQUAL(4, settings.database);
    CHECK_TRUE(settings.tls);
}

TEST(RedisSettings, HostsOfEveryKind) {
    CHECK_TRUE(of({{"REDIS_HOST", "tls://redis.test"}}).tls);
    CHECK_TRUE(of({{"REDIS_HOST", "/run/redis/redis.sock"}}).address.isUnix());
    STRCMP_EQUAL("::1", of({{"REDIS_HOST", "::1"}}).address.host.c_str());
    STRCMP_EQUAL("::1", of({{"REDIS_URL", "redis://[::1]:7001"}}).address.host.c_str());
    STRCMP_EQUAL("app_shop:",
                 of({{"REDIS_PREFIX", "app_"}, {"REVERB_SCALING_CHANNEL", "shop"}}).prefix.c_str());
}

TEST(RedisSettings, Sentinels) {
    const RedisSettings settings = of({{"PREGON_REDIS_SENTINELS", "s1, s2:5000"}});
    LONGS_EQUAL(2, settings.sentinels.size());
    STRCMP_EQUAL("s1:26379", settings.sentinels[0].text().c_str());
    STRCMP_EQUAL("s2:5000", settings.sentinels[1].text().c_str());
    STRCMP_EQUAL("mymaster", settings.sentinelService.c_str());
}

TEST(RedisSettings, RefusalsNameTheSettingAndNoSecret) {
    STRCMP_CONTAINS("REDIS_PORT: ", refusal({{"REDIS_PORT", "70000"}}).c_str());
    STRCMP_CONTAINS("REDIS_DB: ", refusal({{"REDIS_DB", "x"}}).c_str());
    STRCMP_CONTAINS("REDIS_HOST: ", refusal({{"REDIS_HOST", "http://x"}}).c_str());
    STRCMP_CONTAINS("PREGON_REDIS_SENTINELS: ",
                    refusal({{"PREGON_REDIS_SENTINELS", "s:port"}}).c_str());
    for (const char *url : {"http://u:secret@h", "redis://u:secret@", "redis://u:secret@h/x"}) {
        const std::string reason = refusal({{"REDIS_URL", url}});
        STRCMP_CONTAINS("REDIS_URL: ", reason.c_str());
        CHECK_TRUE(reason.find("secret") == std::string::npos);
    }
}

TEST(RedisSettings, CountOnlyWhereScalingIsOn) {
    CHECK_TRUE(makeAppConfig({{"REDIS_PORT", "x"}}, {}).has_value());
    CHECK_FALSE(
        makeAppConfig({{"REDIS_PORT", "x"}, {"REVERB_SCALING_ENABLED", "true"}}, {}).has_value());
}
