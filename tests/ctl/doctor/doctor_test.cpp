// SPDX-License-Identifier: MIT
#include "ctl/doctor/doctor_checks.h"
#include "ctl/doctor/doctor_report.h"
#include "ctl/doctor/page_script.h"
#include "ctl/host/process_info.h"
#include "ctl/import/laravel_env.h"
#include "ctl/probe/http_probe.h"
#include "ctl/probe/response_head.h"

#include "tests/fcgi/demo_shops.h"

#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

#include "CppUTest/TestHarness.h"

using namespace pregon;
using namespace pregon::fcgitest;

// --- What is printed -----------------------------------------------------------------------------

TEST_GROUP(DoctorReport) {
    const std::vector<Finding> findings = {
        {"greeting", Verdict::Failure, "the key is \"unknown\"", "/etc/x:14"},
        {"worker", Verdict::Ok, "runs", ""},
        {"tls", Verdict::NotChecked, "http", ""},
        {"disk", Verdict::Warning, "little room", "/var"},
    };
};

TEST(DoctorReport, PutsTheFailuresLastWhereTheyAreSeen) {
    STRCMP_EQUAL("not checked tls                  http\n"
                 "ok          worker               runs\n"
                 "warning     disk                 /var: little room\n"
                 "failure     greeting             /etc/x:14: the key is \"unknown\"\n"
                 "1 ok, 1 warnings, 1 failures, 1 not checked\n",
                 describeFindings(findings).c_str());
}

TEST(DoctorReport, IsOneJsonDocumentInTheOrderOfTheChecks) {
    STRCMP_EQUAL(
        R"({"green":false,"failures":1,"warnings":1,"findings":[)"
        R"({"check":"greeting","result":"failure","text":"the key is \"unknown\"","where":"/etc/x:14"},)"
        R"({"check":"worker","result":"ok","text":"runs","where":""},)"
        R"({"check":"tls","result":"not checked","text":"http","where":""},)"
        R"({"check":"disk","result":"warning","text":"little room","where":"/var"}]})",
        findingsJson(findings).c_str());
}

TEST(DoctorReport, WarningsAreGreen) {
    CHECK_FALSE(isGreen(findings));
    CHECK_TRUE(isGreen(std::span(findings).subspan(1)));
}

// --- What is read --------------------------------------------------------------------------------

TEST_GROUP(LaravelEnv){};

TEST(LaravelEnv, ReadsValuesReferencesAndLines) {
    const auto env = LaravelEnv::parse("# REVERB_APP_KEY=no\n\nREVERB_APP_KEY=\"abc\"\n"
                                       "export VITE_REVERB_APP_KEY=\"${REVERB_APP_KEY}\"\n"
                                       "A='${REVERB_APP_KEY}' # as it is\nB=(null)\n"
                                       "D=x${NONE}y${\nE=1\nE=(TRUE)\nF=\"open\nG=1\n",
                                       ".env");
    STRCMP_EQUAL("abc", env.value("REVERB_APP_KEY").c_str());
    STRCMP_EQUAL("abc", env.value("VITE_REVERB_APP_KEY").c_str());
    STRCMP_EQUAL("${REVERB_APP_KEY}", env.value("A").c_str());
    STRCMP_EQUAL("", env.value("B").c_str());
    CHECK_TRUE(env.has("B"));
    STRCMP_EQUAL("x${NONE}y${", env.value("D").c_str());
    STRCMP_EQUAL("NONE", env.undefinedIn("D").c_str());
    STRCMP_EQUAL("true", env.value("E").c_str());
    CHECK_FALSE(env.has("G"));
    STRCMP_EQUAL(".env:3", env.where("REVERB_APP_KEY").c_str());
    STRCMP_EQUAL(".env:4", env.where("VITE_REVERB_APP_KEY").c_str());
    STRCMP_EQUAL(".env", env.where("NONE").c_str());
}

TEST(LaravelEnv, NamesTheLineForWhichLaravelRefusesTheFile) {
    STRCMP_EQUAL("", LaravelEnv::parse("A=1\nnonsense\n", ".env").refusal().c_str());
    STRCMP_EQUAL(".env:2: REVERB_APP_KEY: there is more behind the value's end: a value with "
                 "blanks needs quotes around it",
                 LaravelEnv::parse("A=1\nREVERB_APP_KEY=a key\n", ".env").refusal().c_str());
    STRCMP_EQUAL(".env:1: expected NAME=value",
                 LaravelEnv::parse("no name\n", ".env").refusal().c_str());
}

TEST(LaravelEnv, TellsOfLinesThatLaravelPassesOver) {
    const auto found = LaravelEnv::parse("A=1\nB=\"open\nC=1\n", ".env").surprises();
    LONGS_EQUAL(1, found.size());
    STRCMP_EQUAL(".env:2: a double quote is not closed: Laravel passes over the lines up to 4",
                 found[0].c_str());
    LONGS_EQUAL(0, LaravelEnv::parse("A=\"several\nlines\"\n", ".env").surprises().size());
}

TEST(LaravelEnv, TellsWhichLineContainsAText) {
    const auto env = LaravelEnv::parse("A=1\nB=/api/broadcasting/auth\n", ".env");
    STRCMP_EQUAL(".env:2", env.whereContained("/api/broadcasting").c_str());
    STRCMP_EQUAL("", env.whereContained("/elsewhere").c_str());
}

TEST_GROUP(PageScript){
    static std::string keyIn(const char *script){return echoKeyIn(script).value_or("(none)");
}
}
;

TEST(PageScript, HasTheKeyBesideTheBroadcaster) {
    const struct {
        const char *key, *script;
    } cases[] = {
        {"abc", R"(window.Echo=new t({broadcaster:"reverb",key:"abc",wsHost:"x.example"});)"},
        {"abc", R"({"key": "abc", "broadcaster": "pusher"})"},
        {"abc", "{ key: 'abc',\n  broadcaster: 'reverb' }"},
        {"abc",
         R"(f({key:"other"}),g("............................."),h({broadcaster:"reverb",key:`abc`}))"},
        {"", R"({broadcaster:"reverb",key:void 0,wsHost:void 0})"},
        {"(none)", R"({broadcaster:"reverb",key:e.appKey})"},
        {"(none)", R"({broadcaster:"reverb",monkey:"abc"})"},
        {"(none)", R"({broadcaster:e,key:"abc"})"},
        {"(none)", R"({key:"abc"})"},
        {"(none)", R"({broadcaster:"reverb",key:"abc)"},
        {"(none)", ""},
    };
    for (const auto &[key, script] : cases)
        STRCMP_EQUAL_TEXT(key, keyIn(script).c_str(), script);
}

TEST(PageScript, DoesNotTakeAKeyFarAway) {
    const std::string far = R"({broadcaster:"reverb"})" + std::string(1000, ' ') + R"({key:"abc"})";
    CHECK_FALSE(echoKeyIn(far).has_value());
}

TEST(PageScript, HasATextAsAWholeLiteral) {
    CHECK_TRUE(hasLiteral(R"(a="xabc",b='abc')", "abc"));
    CHECK_FALSE(hasLiteral(R"(a="xabc",b='abcd',abc)", "abc"));
    CHECK_FALSE(hasLiteral("\"\"", ""));
}

TEST(PageScript, ListsTheScriptsOfItsOwnOrigin) {
    const auto paths = scriptPathsIn(
        R"(<script src="/build/a.js?v=1"></script><script src='b.js'></script>)"
        R"(<script src="https://x.example/c.js"></script><script src="https://y.example/d.js">)"
        R"(<script src="//y.example/e.js"><script src="/build/a.js"><img src="f.png">)"
        R"(<link rel="modulepreload" href="/build/g.js"><script src=h.js><script src="i.js)",
        "https://x.example");
    std::string all;
    for (const std::string &path : paths)
        all += path + " ";
    STRCMP_EQUAL("/build/a.js /b.js /c.js /i.js /build/g.js ", all.c_str());
}

TEST_GROUP(ResponseHead){};

TEST(ResponseHead, ReadsStatusAndHeaders) {
    const std::string text =
        "HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nodd\r\nX-A:  b \r\n\r\n";
    const auto head = parseResponseHead(text);

    LONGS_EQUAL(101, head->status);
    STRCMP_EQUAL("websocket", head->header("upgrade").c_str());
    STRCMP_EQUAL("b", head->header("x-a").c_str());
    STRCMP_EQUAL("", head->header("none").c_str());
    LONGS_EQUAL(text.size(), responseHeadLength(text + "\x81\x00"));
    LONGS_EQUAL(0, responseHeadLength("HTTP/1.1 101 Switching\r\n"));
}

TEST(ResponseHead, KeepsEveryHeaderOfOneName) {
    const auto head = parseResponseHead("HTTP/1.1 200 x\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\n");
    STRCMP_EQUAL("a=1, b=2", head->header("set-cookie").c_str());
}

TEST(ResponseHead, RefusesWhatIsNoHttp) {
    for (const char *text : {"", "HTTP/1.1", "HTTP/1.1 ", "HTTP/1.1 10", "HTTP/1.1 abc",
                             "HTTP/2 200", "SSH-2.0-OpenSSH", "HTTP/1.1 -10", "HTTP/1.1 099 x"})
        CHECK_TRUE_TEXT(!parseResponseHead(text), text);
}

TEST_GROUP(SiteUrl){};

TEST(SiteUrl, ReadsWhatMayBeGiven) {
    const struct {
        const char *text, *origin, *path, *authority;
    } cases[] = {
        {"https://tienda-uno.example", "https://tienda-uno.example", "", "tienda-uno.example"},
        {"https://x.example:443/", "https://x.example", "", "x.example"},
        {"http://127.0.0.1:8080/ws/", "http://127.0.0.1:8080", "/ws", "127.0.0.1:8080"},
        {"http://[::1]:9000", "http://[::1]:9000", "", "[::1]:9000"},
    };
    for (const auto &[text, origin, path, authority] : cases) {
        const auto site = parseSiteUrl(text);
        CHECK_TRUE_TEXT(site.has_value(), text);
        STRCMP_EQUAL(origin, site->origin().c_str());
        STRCMP_EQUAL(path, site->path.c_str());
        STRCMP_EQUAL(authority, site->authority().c_str());
    }
    for (const char *text : {"", "x.example", "ftp://x.example", "https://ana:x@x.example",
                             "https://x.example/?a=b", "https://x.example/#a"})
        CHECK_TRUE_TEXT(!parseSiteUrl(text), text);
}

// --- Who may reach a socket ----------------------------------------------------------------------

TEST_GROUP(ProcessInfo) {
    TemporaryFolder folder;
    const Credentials stranger{"stranger", 54321, {54322}};
    std::string socket;

    void setup() override {
        ::mkdir(folder.file("run").c_str(), 0755);
        socket = folder.file("run/ws.sock");
        std::ofstream(socket) << "";
        ::chmod(folder.file("").c_str(), 0755);
    }
};

TEST(ProcessInfo, NamesWhatIsInTheWay) {
    ::chmod(socket.c_str(), 0666);
    STRCMP_EQUAL("", obstacleTo(socket, stranger).c_str());
    ::chmod(socket.c_str(), 0660);
    STRCMP_EQUAL(socket.c_str(), obstacleTo(socket, stranger).c_str());
    ::chmod(folder.file("run").c_str(), 0750);
    STRCMP_EQUAL(folder.file("run").c_str(), obstacleTo(socket, stranger).c_str());
    STRCMP_EQUAL("/nowhere", obstacleTo("/nowhere/ws.sock", stranger).c_str());
}

TEST(ProcessInfo, CountsEachOfTheGroups) {
    ::chmod(socket.c_str(), 0060);
    const Credentials member{"member", 54321, {54322, ::getegid()}};

    STRCMP_EQUAL("", obstacleTo(socket, member).c_str());
}

TEST(ProcessInfo, KnowsThisProcess) {
    LONGS_EQUAL(::geteuid(), credentialsOfProcess(::getpid())->user);
    LONGS_EQUAL(::getppid(), parentOf(::getpid()));
    CHECK_TRUE(openFilesLimit(::getpid()) > 0);
    CHECK_TRUE(!argumentsOf(::getpid()).empty());
    CHECK_TRUE(!credentialsOfProcess(-1) && !openFilesLimit(-1));
}

// --- The application's .env ----------------------------------------------------------------------

TEST_GROUP(DoctorLaravel) {
    fcgitest::TemporaryFolder folder;
    Visit visit;

    void setup() override {
        AppConfig config;
        config.apps.push_back({});
        config.apps[0].id = "1";
        config.apps[0].key = "key";
        config.apps[0].secret = "hidden";
        visit.config = config;
    }
    std::string said(Diagnosis(*check)(Visit &), const std::string &env) {
        LaravelSource source;
        source.env = LaravelEnv::parse(env, ".env");
        visit.laravelSettings = readLaravelSettings(source);
        visit.laravelFolder = folder.file("");
        visit.laravel = std::move(source.env);
        const Diagnosis diagnosis = check(visit);
        CHECK_TRUE(diagnosis.text.find("hidden") == std::string::npos);
        return diagnosis.verdict == Verdict::Failure      ? "failure " + diagnosis.where
               : diagnosis.verdict == Verdict::NotChecked ? "not checked"
                                                          : "ok";
    }
};

TEST(DoctorLaravel, KnowsThePagesThatTheApplicationNames) {
    CHECK_TRUE(visit.knownPageOrigins().empty());
    (void)said(checkLaravelFile, "APP_URL=https://api.example\nFRONTEND_URL=https://app.example\n");
    CHECK_TRUE(visit.knownPageOrigins() ==
               (std::vector<std::string>{"https://api.example", "https://app.example"}));
}

TEST(DoctorLaravel, ComparesWhatASessionNeeds) {
    visit.options.configFile = "pregon.env";
    const std::string key = "APP_KEY=base64:hidden\n", database = "SESSION_DRIVER=database\n";
    const auto sessions = [&](const std::string &env) { return said(checkLaravelSessions, env); };
    STRCMP_EQUAL("ok", sessions(key + "SESSION_DRIVER=redis\n").c_str()); // not in use

    visit.config->appTimeZone = "UTC";
    visit.config->appKey = "base64:hidden";
    visit.config->sessionCookie = "shop_session";
    visit.config->sessionLifetimeMinutes = 120;
    visit.config->sessionDriver = "database";
    STRCMP_EQUAL("ok", sessions(key + database + "SESSION_COOKIE=shop_session\n").c_str());
    STRCMP_EQUAL("failure .env:2", sessions(key + "SESSION_DRIVER=redis\n").c_str());
    STRCMP_EQUAL("failure .env:1",
                 sessions("SESSION_CONNECTION=other\nDB_CONNECTION=mysql\n").c_str());
    for (const char *line : {"APP_KEY=base64:other", "SESSION_COOKIE=other", "SESSION_TABLE=other",
                             "DB_PREFIX=other_", "APP_TIMEZONE=America/Lima"})
        STRCMP_EQUAL_TEXT("failure pregon.env", sessions(key + database + line + "\n").c_str(),
                          line);
    for (const char *driver : {"redis", "file", "cookie"}) {
        visit.config->sessionDriver = driver;
        const std::string line = std::string("SESSION_DRIVER=") + driver + "\n";
        STRCMP_EQUAL("ok", sessions(key + line + "SESSION_COOKIE=shop_session\n").c_str());
        STRCMP_EQUAL("failure .env:2", sessions(key + database).c_str());
    }
    visit.config->sessionDriver = "database";
    visit.config->schemaNames = *SchemaNames::parse({"sessions=other"}, {});
    STRCMP_EQUAL("ok", sessions(key + database + "SESSION_TABLE=other\n").c_str());
}

TEST(DoctorLaravel, FindsACachedConfigurationThatIsOlder) {
    const std::string env = "REVERB_APP_KEY=key\nREVERB_APP_SECRET=hidden\n";
    STRCMP_EQUAL("ok", said(checkLaravelCache, env).c_str());
    const std::string file = folder.file("/bootstrap/cache/config.php");
    std::filesystem::create_directories(folder.file("bootstrap/cache"));
    std::ofstream(file) << "<?php return array ('key' => 'key', 'secret' => 'hidden',);";
    STRCMP_EQUAL("ok", said(checkLaravelCache, env).c_str());
    std::ofstream(file) << "<?php return array ('key' => 'key', 'secret' => 'old',);";
    STRCMP_EQUAL(("failure " + file).c_str(), said(checkLaravelCache, env).c_str());
}

TEST(DoctorLaravel, NamesTheLine) {
    const struct {
        Diagnosis (*check)(Visit &);
        const char *env, *expected;
    } cases[] = {
        {checkLaravelDriver, "BROADCAST_CONNECTION=reverb", "ok"},
        {checkLaravelDriver, "BROADCAST_DRIVER=pusher", "ok"},
        {checkLaravelDriver, "A=1\nBROADCAST_DRIVER=log", "failure .env:2"},
        {checkLaravelDriver, "", "not checked"},
        {checkLaravelHost, "REVERB_HOST=x.example", "ok"},
        {checkLaravelHost, "REVERB_HOST=\"::\"", "failure .env:1"},
        {checkLaravelHost, "", "failure .env"},
        {checkLaravelHost, "A=1\nREVERB_HOST=https://x.example/", "failure .env:2"},
        {checkLaravelHost, "A=1\nPUSHER_APP_KEY=key", "failure .env:2"},
        {checkLaravelHost, "PUSHER_APP_KEY=key\nPUSHER_HOST=x.example", "ok"},
        {checkLaravelKeys, "PUSHER_APP_ID=1\nPUSHER_APP_KEY=key\nPUSHER_APP_SECRET=hidden", "ok"},
        {checkLaravelKeys, "PUSHER_APP_ID=1\nPUSHER_APP_KEY=key2", "failure .env:2"},
        {checkLaravelScheme, "REVERB_PORT=443\nREVERB_SCHEME=https", "ok"},
        {checkLaravelScheme, "", "ok"},
        {checkLaravelScheme, "REVERB_SCHEME=http", "failure .env:1"},
        {checkLaravelScheme, "REVERB_PORT=80", "failure .env:1"},
        {checkLaravelKeys, "REVERB_APP_ID=1\nREVERB_APP_KEY=key\nREVERB_APP_SECRET=hidden", "ok"},
        {checkLaravelKeys, "REVERB_APP_ID=1\nREVERB_APP_KEY=key\nREVERB_APP_SECRET=hidden2",
         "failure .env:3"},
        {checkLaravelKeys, "REVERB_APP_ID=2\nREVERB_APP_KEY=key", "failure .env:1"},
        {checkLaravelPath, "", "ok"},
        {checkLaravelPath, "REVERB_SERVER_PATH=/ws", "failure .env:1"},
        {checkDashboardKey, "VITE_REVERB_APP_KEY=key", "ok"},
        {checkDashboardKey, "REVERB_APP_KEY=no\nVITE_PUSHER_APP_KEY=no", "failure .env:2"},
        {checkDashboardKey, "", "not checked"},
        {checkDashboardAddress, "VITE_REVERB_HOST=x.example", "ok"},
        {checkDashboardAddress, "VITE_REVERB_HOST=localhost", "failure .env:1"},
        {checkDashboardAddress, "VITE_REVERB_HOST=x\nVITE_REVERB_PORT=443\nVITE_REVERB_SCHEME=http",
         "failure .env:3"},
    };
    for (const auto &[check, env, expected] : cases)
        STRCMP_EQUAL(expected, said(check, env).c_str());
}
