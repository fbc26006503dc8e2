// SPDX-License-Identifier: MIT
#include "worker/channels/sign_in.h"

#include "shared/json/json.h"
#include "tests/worker/test_client.h"

#include <algorithm>
#include <string>
#include <vector>

#include "CppUTest/TestHarness.h"

using namespace pregon;
using namespace pregon::workertest;

namespace {

constexpr const char *kAna = R"({"id":"7","user_info":{"name":"Ana"},"watchlist":["8","9"]})";
const std::string kAnaAuth =
    std::string(kKey) + ":83232a75202cb7af0a0117027ab4d33152d447fa41e7224f77f14ce348e5a802";

std::string watchlistOf(int first, int last) {
    std::string list;
    for (int id = first; id <= last; id++)
        list += (list.empty() ? "\"" : ",\"") + std::to_string(id) + "\"";
    return R"({"id":"w","watchlist":[)" + list + "]}";
}

} // namespace

TEST_GROUP(SignIn) {
    TestWorld world;
    TestClient ana{world}, anasTab{world, "1.2"}, ben{world, "2.1"}, eve{world, "3.1"};

    bool accepts(const std::string &auth, const std::string &userData) {
        const auto done = SignIn::signIn(ana, {auth, userData});
        CHECK_TRUE(done || done.error().code == Errc::Unauthorized);
        return done.has_value();
    }
    /// What a client heard: `success`, `online 8 9`, `offline 7`, an error's code.
    static std::string news(TestClient & client) {
        std::string text = client.heard(), out;
        for (std::size_t end; !text.empty(); text.erase(0, end + 1)) {
            end = std::min(text.find('\n'), text.size());
            const auto document = JsonDocument::parse(text.substr(0, end));
            const auto data = JsonDocument::parse(*document->root().find("data").asString());
            out += (out.empty() ? "" : " | ");
            if (const auto code = data->root().find("code").asInteger())
                out += std::to_string(*code);
            else if (data->root().find("user_data").exists())
                out += "success";
            else
                data->root().find("events").forEach([&](std::string_view, JsonValue event) {
                    out += *event.find("name").asString();
                    event.find("user_ids").forEach([&](std::string_view, JsonValue id) {
                        out += " " + *id.asString();
                    });
                    out += ";";
                });
        }
        return out;
    }
    void forget() {
        for (TestClient *client : {&ana, &anasTab, &ben, &eve})
            (void)client->heard();
    }
    void turnWatchlistOn() {
        world.set(&App::watchlist, true);
    }
};

TEST(SignIn, AcceptsTheWorkedExample) { // spec §8
    CHECK_TRUE(accepts(kAnaAuth, kAna));

    STRCMP_EQUAL(
        R"({"event":"pusher:signin_success","data":"{\"user_data\":\"{\\\"id\\\":\\\"7\\\",\\\"user_info\\\":{\\\"name\\\":\\\"Ana\\\"},\\\"watchlist\\\":[\\\"8\\\",\\\"9\\\"]}\"}"})",
        ana.heard().c_str());
    STRCMP_EQUAL("7", ana.user->id.c_str());
    STRCMP_EQUAL(R"({"name":"Ana"})", ana.user->userInfoJson.c_str());
    CHECK_TRUE(ana.isAuthorized());
    CHECK_TRUE(world.example().users().isOnline("7"));
    CHECK_FALSE(world.other().users().isOnline("7"));
}

TEST(SignIn, AcceptsThePublishedVector) { // spec §4.3
    App pusher = exampleApp();
    pusher.key = "278d425bdf160c739803";
    pusher.secret = "7ad3773142a6692b25b8";
    Application application(pusher, world.events, world.applications.tails(), world.alone,
                            world.applications.recovery());
    TestClient client(world, application, "1234.1234");

    CHECK_TRUE(
        SignIn::signIn(client, {"278d425bdf160c739803:"
                                "4708d583dada6a56435fb8bc611c77c359a31eebde13337c16ab43aa6de336ba",
                                R"({"id":"12345"})"})
            .has_value());
}

TEST(SignIn, RefusesAnyOtherSignature) {
    const std::string signature = kAnaAuth.substr(kAnaAuth.find(':') + 1);
    for (const std::string &auth :
         {std::string(), std::string(kKey), std::string(kKey) + ":", signature, ":" + signature,
          "other:" + signature, kAnaAuth + "0", std::string(kKey) + "::user::" + signature})
        CHECK_FALSE_TEXT(accepts(auth, kAna), auth.c_str());
    CHECK_FALSE(accepts(kAnaAuth, R"({"id":"7"})"));
    CHECK_FALSE(SignIn::signIn(ben, {kAnaAuth, kAna}).has_value()); // of another socket

    STRCMP_EQUAL("", ana.heard().c_str());
    CHECK_TRUE(ana.user == nullptr);
    CHECK_FALSE(ana.isAuthorized());
    CHECK_FALSE(world.example().users().isOnline("7"));
}

TEST(SignIn, NeedsAUsableId) { // spec §8
    const std::string longest(128, 'a');
    struct {
        std::string userData;
        const char *id; ///< null: refused
    } const cases[] = {
        {R"({"id":"7"})", "7"},
        {R"({"id":7})", "7"},
        {R"({"id":"a_-=@,.;Z"})", "a_-=@,.;Z"},
        {R"({"id":")" + longest + "\"}", longest.c_str()},
        {R"({"id":")" + longest + "a\"}", nullptr},
        {R"({"id":""})", nullptr},
        {R"({"id":"a b"})", nullptr},
        {R"({"id":"é"})", nullptr},
        {R"({"id":null})", nullptr},
        {R"({"id":true})", nullptr},
        {R"({"id":["7"]})", nullptr},
        {R"({"user_id":"7"})", nullptr},
        {"{}", nullptr},
        {"[]", nullptr},
        {"7", nullptr},
        {"nonsense", nullptr},
        {"", nullptr},
    };
    for (const auto &one : cases) {
        TestClient client(world, "9.9");
        CHECK_EQUAL_TEXT(one.id != nullptr, client.signIn(one.userData), one.userData.c_str());
        if (one.id != nullptr)
            STRCMP_EQUAL(one.id, client.user->id.c_str());
    }
}

TEST(SignIn, AnotherUserOnTheSameConnectionIsRefused) { // spec §8
    CHECK_TRUE(ana.signIn(R"({"id":"7"})"));
    forget();

    CHECK_FALSE(ana.signIn(R"({"id":"8"})"));
    STRCMP_EQUAL("7", ana.user->id.c_str());
    CHECK_FALSE(world.example().users().isOnline("8"));
}

TEST(SignIn, TheSameUserAgainReplacesInfoAndWatchlist) { // spec §8
    turnWatchlistOn();
    ana.signIn(R"({"id":"7","user_info":1,"watchlist":["8"]})");
    forget();
    CHECK_TRUE(ana.signIn(R"({"id":7,"user_info":2,"watchlist":["9"]})"));

    STRCMP_EQUAL("success | offline 9;", news(ana).c_str());
    STRCMP_EQUAL("2", ana.user->userInfoJson.c_str());
    ben.signIn(R"({"id":"8"})");
    STRCMP_EQUAL("", news(ana).c_str());
    eve.signIn(R"({"id":"9"})");
    STRCMP_EQUAL("online 9;", news(ana).c_str());
    SignIn::signOut(ana);
    CHECK_FALSE(world.example().users().isOnline("7"));
}

TEST(SignIn, TellsTheStateOfTheWatchlist) { // spec §8.3
    turnWatchlistOn();
    ben.signIn(R"({"id":"8"})");
    ana.signIn(R"({"id":"7","watchlist":["8","9","8",""]})");

    const std::string heard = ana.heard();
    STRCMP_EQUAL(
        R"({"event":"pusher_internal:watchlist_events","data":"{\"events\":[{\"name\":\"online\",\"user_ids\":[\"8\"]},{\"name\":\"offline\",\"user_ids\":[\"9\"]}]}"})",
        heard.substr(heard.find('\n') + 1).c_str());
}

TEST(SignIn, LeavesOutAListThatIsEmpty) { // spec §8.3
    turnWatchlistOn();
    ben.signIn(R"({"id":"8"})");
    ana.signIn(R"({"id":"7","watchlist":["8"]})");
    STRCMP_EQUAL("success | online 8;", news(ana).c_str());
    eve.signIn(R"({"id":"9","watchlist":[]})");
    STRCMP_EQUAL("success", news(eve).c_str());
    anasTab.signIn(R"({"id":"7","watchlist":"8"})");
    STRCMP_EQUAL("success", news(anasTab).c_str());
}

TEST(SignIn, TellsWatchersOfTheFirstConnectionAndTheLast) { // spec §8.3
    turnWatchlistOn();
    ben.signIn(R"({"id":"8","watchlist":["7"]})");
    forget();

    ana.signIn(R"({"id":"7"})");
    STRCMP_EQUAL("online 7;", news(ben).c_str());
    anasTab.signIn(R"({"id":"7"})");
    STRCMP_EQUAL("", news(ben).c_str());
    SignIn::signOut(ana);
    STRCMP_EQUAL("", news(ben).c_str());
    SignIn::signOut(anasTab);
    STRCMP_EQUAL("offline 7;", news(ben).c_str());
    SignIn::signOut(anasTab);
    STRCMP_EQUAL("", news(ben).c_str());
}

TEST(SignIn, PresenceAloneIsNotOnline) { // spec §8.3
    turnWatchlistOn();
    ben.signIn(R"({"id":"8","watchlist":["7"]})");
    forget();
    ana.join("presence-a", {"7", ""});

    STRCMP_EQUAL("", news(ben).c_str());
}

TEST(SignIn, ForgetsAWatcherThatHasGone) {
    turnWatchlistOn();
    {
        TestClient brief(world, "9.9");
        brief.signIn(R"({"id":"8","watchlist":["7"]})");
    }
    ana.signIn(R"({"id":"7"})");

    LONGS_EQUAL(0, world.example().users().watchersOf("7").size());
}

TEST(SignIn, WatchlistsAreOffByDefault) {
    ben.signIn(R"({"id":"8","watchlist":["7"]})");
    ana.signIn(kAna);

    STRCMP_EQUAL("success", news(ben).c_str());
    STRCMP_EQUAL("success", news(ana).c_str());
}

TEST(SignIn, KeepsTheFirst100OfAWatchlist) { // spec §8.3
    turnWatchlistOn();
    CHECK_TRUE(ana.signIn(watchlistOf(1, 100)));
    CHECK_TRUE(ana.heard().find("4302") == std::string::npos);
    CHECK_TRUE(ben.signIn(watchlistOf(1, 101)));
    const std::string heard = ben.heard();

    CHECK_TRUE(heard.ends_with(PusherProtocol::error(PusherProtocol::kWatchlistTooLong)));
    CHECK_TRUE(heard.find(R"(\"100\")") != std::string::npos);
    CHECK_TRUE(heard.find(R"(\"101\"]}]})") == std::string::npos);
    LONGS_EQUAL(100, ben.user->watchlist.size());
}

TEST(SignIn, ARepeatedIdDoesNotCountTwice) {
    turnWatchlistOn();
    std::string list = watchlistOf(1, 100);
    list.insert(list.size() - 2, R"(,"1","100")");
    CHECK_TRUE(ana.signIn(list));

    CHECK_TRUE(ana.heard().find("4302") == std::string::npos);
    LONGS_EQUAL(100, ana.user->watchlist.size());
}
