// SPDX-License-Identifier: MIT
#include "shared/webhooks/webhook_settings.h"

#include "shared/config/app_config.h"
#include "shared/config/apps_file.h"

#include "CppUTest/TestHarness.h"

using namespace pregon;

TEST_GROUP(WebhookSettings){static std::vector<WebhookEndpoint> read(const std::string &json){
    const auto webhooks = parseWebhooks(json, {});
CHECK_TRUE_TEXT(webhooks.has_value(), webhooks ? "" : webhooks.error().reason.c_str());
return webhooks.value_or(std::vector<WebhookEndpoint>{});
}
static std::string refusalOf(const std::string &json) {
    const auto webhooks = parseWebhooks(json, {});
    return webhooks ? "accepted" : webhooks.error().reason;
}
static AppConfig configOf(const Environment &values) {
    const auto config = makeAppConfig(values, {});
    CHECK_TRUE_TEXT(config.has_value(), config ? "" : config.error().reason.c_str());
    return config.value_or(AppConfig{});
}
}
;

TEST(WebhookSettings, AreReadInOurSpelling) {
    const auto webhooks = read(R"([{"url":"https://example.com/hook",
        "event_types":["channel_occupied","client_event"],
        "filter":{"channel_name_starts_with":"presence-","channel_name_ends_with":"1"},
        "headers":{"Authorization":"Bearer x"},"batch_ms":250,"batch_events":5,
        "timeout_ms":4000,"max_age":86400,"concurrency":2,"ca_file":"/etc/ca.pem"},
        {"url":"http://h"}])");

    LONGS_EQUAL(2, webhooks.size());
    const WebhookEndpoint &first = webhooks[0];
    CHECK(first.wants(HookKind::ClientEvent) && !first.wants(HookKind::ChannelVacated));
    CHECK(first.wantsChannel("presence-1") && !first.wantsChannel("presence-2"));
    CHECK(!first.wantsChannel("private-1"));
    STRCMP_EQUAL("Bearer x", first.headers[0].second.c_str());
    LONGS_EQUAL(250, first.batchMs);
    LONGS_EQUAL(86400, first.maxAgeSeconds);
    const WebhookEndpoint &second = webhooks[1];
    LONGS_EQUAL(kAllKinds, second.kinds);
    LONGS_EQUAL(0, second.batchMs);
    LONGS_EQUAL(20, second.batchEvents);
    LONGS_EQUAL(10'000, second.timeoutMs);
    LONGS_EQUAL(300, second.maxAgeSeconds);
}

TEST(WebhookSettings, AreReadAsSockudoSpellsThem) {
    const auto webhooks = read(R"([{"url":"https://h/","request_timeout_ms":2000,
        "filter":{"channel_prefix":"a","channel_suffix":"z"}}])");

    LONGS_EQUAL(2000, webhooks[0].timeoutMs);
    CHECK(webhooks[0].wantsChannel("az") && !webhooks[0].wantsChannel("zz"));
}

TEST(WebhookSettings, SayWhatIsWrongWithThem) {
    const std::pair<const char *, const char *> cases[] = {
        {R"({})", "must be a list"},
        {R"([{}])", "webhook 1: url: is required"},
        {R"([{"url":"https://h"},{"url":"ftp://h"}])", "webhook 2: url: must begin with https://"},
        {R"([{"url":"https://u:p@h/"}])", "must not have a user"},
        {R"([{"url":"https://h/#a"}])", "fragment"},
        {R"([{"url":"https:///a"}])", "must have a host"},
        {R"([{"url":"https://h/ a"}])", "must escape"},
        {R"([{"url":"https://h","event_types":["channel_ocupied"]}])",
         "did you mean channel_occupied"},
        {R"([{"url":"https://h","event_types":[]}])", "must be a list of names"},
        {R"([{"lambda_function":"f"}])", "AWS Lambda is not supported"},
        {R"([{"url":"https://h","filter":{"channel_pattern":"x"}}])", "regular expressions"},
        {R"([{"url":"https://h","filter":{"channel_namespaces":[]}}])", "namespaces"},
        {R"([{"url":"https://h","retry":{"enabled":true}}])", "max_age"},
        {R"([{"url":"https://h","headers":{"X-Pusher-Key":"x"}}])", "set by pregon-webhookd"},
        {R"([{"url":"https://h","headers":{"content-type":"x"}}])", "set by pregon-webhookd"},
        {R"([{"url":"https://h","headers":{"X":"a\nb"}}])", "one line of text"},
        {R"([{"url":"https://h","headers":{"X Y":"a"}}])", "no name of a header"},
        {R"([{"url":"https://h","batch_ms":-1}])", "0 to 10000"},
        {R"([{"url":"https://h","webhook_delay":1}])", "belongs to the application"},
        {R"([{"url":"https://h","batchms":1}])", "did you mean batch_ms"},
        {R"([{"url":"https://h","url":"https://i"}])", "stands there twice"},
    };
    for (const auto &[json, expected] : cases) {
        const std::string refusal = refusalOf(json);
        CHECK_TRUE_TEXT(refusal.find(expected) != std::string::npos, refusal.c_str());
    }
}

TEST(WebhookSettings, ShowNoSecretInARefusal) {
    const std::string refusal =
        refusalOf(R"([{"url":"https://h/?token=hush","headers":{"X":"hush\n"}}])");

    CHECK(refusal != "accepted");
    CHECK(refusal.find("hush") == std::string::npos);
    STRCMP_EQUAL("https://h/a", shownUrl("https://h/a?token=hush").c_str());
}

TEST(WebhookSettings, OfOneApplicationStandInTheEnvironment) {
    const AppConfig config = configOf({{"PREGON_WEBHOOK_URL", "https://h/"},
                                       {"PREGON_WEBHOOK_EVENTS", "member_added, member_removed"},
                                       {"PREGON_WEBHOOK_PREFIX", "presence-"},
                                       {"PREGON_WEBHOOK_BATCH_MS", "250"},
                                       {"PREGON_WEBHOOK_MAX_AGE", "600"},
                                       {"PREGON_WEBHOOK_DELAY", "0"}});
    const App &app = config.apps[0];

    LONGS_EQUAL(1, app.webhooks.size());
    LONGS_EQUAL(kMemberKinds, app.webhooks[0].kinds);
    STRCMP_EQUAL("presence-", app.webhooks[0].prefix.c_str());
    LONGS_EQUAL(250, app.webhooks[0].batchMs);
    LONGS_EQUAL(600, app.webhooks[0].maxAgeSeconds);
    LONGS_EQUAL(0, app.webhookDelayMs);
    LONGS_EQUAL(3000, configOf({}).apps[0].webhookDelayMs);
    CHECK(configOf({}).apps[0].webhooks.empty());
}

TEST(WebhookSettings, OfOneApplicationAreReadAsJsonAndUnderSoketisNames) {
    for (const char *key :
         {"PREGON_WEBHOOKS", "SOKETI_DEFAULT_APP_WEBHOOKS", "DEFAULT_APP_WEBHOOKS"}) {
        const AppConfig config = configOf({{key, R"([{"url":"https://h/"}])"}});
        LONGS_EQUAL(1, config.apps[0].webhooks.size());
    }
}

TEST(WebhookSettings, AreBatchedWherePeersBatchThoseOfAllApplications) {
    const Environment soketi = {{"SOKETI_DEFAULT_APP_WEBHOOKS", R"([{"url":"https://h/"}])"},
                                {"SOKETI_WEBHOOKS_BATCHING", "true"}};
    const Environment sockudo = {{"PREGON_WEBHOOKS", R"([{"url":"https://h/"}])"},
                                 {"WEBHOOK_BATCHING_ENABLED", "true"},
                                 {"WEBHOOK_BATCHING_DURATION", "70"},
                                 {"WEBHOOK_BATCHING_SIZE", "100"}};

    LONGS_EQUAL(50, configOf(soketi).apps[0].webhooks[0].batchMs);
    LONGS_EQUAL(70, configOf(sockudo).apps[0].webhooks[0].batchMs);
    LONGS_EQUAL(100, configOf(sockudo).apps[0].webhooks[0].batchEvents);
}

TEST(WebhookSettings, InTheEnvironmentAreRefusedWithTheKey) {
    const std::pair<Environment, const char *> cases[] = {
        {{{"PREGON_WEBHOOK_URL", "example.com"}}, "PREGON_WEBHOOK_URL: must begin"},
        {{{"PREGON_WEBHOOK_URL", "https://h"}, {"PREGON_WEBHOOK_EVENTS", "x"}},
         "PREGON_WEBHOOK_EVENTS: x: unknown kind"},
        {{{"PREGON_WEBHOOKS", "["}}, "PREGON_WEBHOOKS: is no JSON"},
        {{{"PREGON_WEBHOOKS", "[]"}, {"PREGON_WEBHOOK_URL", "https://h"}}, "not beside"},
        {{{"WEBHOOK_BATCHING_ENABLED", "perhaps"}}, "true or false"},
    };
    for (const auto &[values, expected] : cases) {
        const auto config = makeAppConfig(values, {});
        CHECK(!config);
        CHECK_TRUE_TEXT(config.error().reason.find(expected) != std::string::npos,
                        config.error().reason.c_str());
    }
}

TEST(WebhookSettings, OfFurtherApplicationsStandInTheirFile) {
    const auto apps = parseApps(R"([{"app_id":"1","key":"k","secret":"s","webhook_delay":500,
        "webhooks":[{"url":"https://h/"}]},{"app_id":"2","key":"l","secret":"s","webhooks":null}])");
    CHECK(apps.has_value());

    LONGS_EQUAL(1, apps->front().webhooks.size());
    LONGS_EQUAL(500, apps->front().webhookDelayMs);
    CHECK(apps->back().webhooks.empty());
    const auto wrong = parseApps(R"([{"app_id":"1","key":"k","secret":"s",
        "webhooks":[{"lambda":"x"}]}])");
    CHECK(!wrong && wrong.error().reason.find("application 1: webhooks: webhook 1: lambda") == 0);
}

TEST_GROUP(WebhookEvent){};

TEST(WebhookEvent, ComesOverTheSocketAsItWasSent) {
    HookBatch batch{"w", "app", true, 12, {}};
    HookEvent event;
    event.kind = HookKind::ClientEvent;
    event.channel = "private-a";
    event.event = "client-b";
    event.dataJson = "{}";
    event.socketId = "1.1";
    event.userId = "7";
    batch.events.push_back(event);

    const auto read = HookBatch::decode(batch.encode());

    CHECK(read && read->isClustered && read->first == 12);
    STRCMP_EQUAL("client-b", read->events[0].event.c_str());
    CHECK(!HookBatch::decode(batch.encode().substr(1)));
}

TEST(WebhookEvent, OfAnUnknownKindIsRefused) {
    HookBatch batch{"w", "app", false, 1, {HookEvent()}};
    batch.events[0].kind = static_cast<HookKind>(77);

    CHECK(!HookBatch::decode(batch.encode()));
}

TEST(WebhookEvent, HasAKeyIfItTellsAState) {
    for (const bool isThere : {true, false})
        for (const char *key : {"room", "room\n7", "room\n"}) {
            const HookEvent event = eventOfKey(key, isThere);
            STRCMP_EQUAL(key, event.key().c_str());
            CHECK(event.isArrival() == isThere);
        }
    HookEvent miss;
    miss.kind = HookKind::CacheMiss;
    STRCMP_EQUAL("", miss.key().c_str());
}
