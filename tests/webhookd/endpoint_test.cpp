// SPDX-License-Identifier: MIT
#include "webhookd/endpoint.h"

#include "webhookd/endpoints.h"

#include <cstdlib>
#include <filesystem>

#include "CppUTest/TestHarness.h"

using namespace pregon;

namespace {

HookEvent eventOf(HookKind kind, const std::string &channel, const std::string &userId = "") {
    HookEvent event;
    event.kind = kind;
    event.channel = channel;
    event.userId = userId;
    return event;
}

HookEvent occupied(const std::string &channel) {
    return eventOf(HookKind::ChannelOccupied, channel);
}

HookEvent vacated(const std::string &channel) {
    return eventOf(HookKind::ChannelVacated, channel);
}

HookOutcome answer(int status) {
    HookOutcome outcome;
    outcome.status = status;
    return outcome;
}

} // namespace

TEST_GROUP(Endpoint) {
    std::string directory;
    HookTarget target{"app", "key", "secret", 1, {}};
    std::unique_ptr<Endpoint> endpoint;
    HookTime now{1000, 1'700'000'000'000};
    std::uint64_t next = 1;

    void setup() override {
        std::string pattern = "/tmp/pregon-endpoint-XXXXXX";
        directory = ::mkdtemp(pattern.data());
        target.settings.url = "https://example.com/hook";
        open();
    }
    void teardown() override {
        endpoint.reset();
        std::filesystem::remove_all(directory);
    }
    void open() {
        endpoint.reset();
        auto opened = Endpoint::open(directory + "/a.spool", target);
        CHECK(opened.has_value());
        endpoint = std::move(*opened);
        endpoint->change(target);
    }
    void take(std::vector<HookEvent> events, const std::string &origin = "w") {
        HookBatch batch;
        batch.origin = origin;
        batch.appId = "app";
        batch.first = next;
        batch.events = std::move(events);
        next += batch.events.size();
        endpoint->take(batch, now);
        CHECK(endpoint->commit(now, PendingEvents::When::Due).has_value());
    }
    void wait(std::int64_t milliseconds) {
        now.steady += milliseconds;
        now.unix += milliseconds;
    }
    /// What goes out next, answered so; empty if nothing does.
    std::string send(int status) {
        const auto attempt = endpoint->nextAttempt(now);
        if (!attempt)
            return "";
        endpoint->finished(attempt->id, answer(status), now);
        CHECK(endpoint->commit(now, PendingEvents::When::Due).has_value());
        return textOf(attempt->request.body);
    }
    /// `occupied a, vacated b` without the rest.
    std::string textOf(const std::string &body) {
        std::string text;
        const std::string name = R"("name":")", channel = R"("channel":")";
        for (std::size_t at = body.find(name); at != std::string::npos;
             at = body.find(name, at + 1)) {
            const std::size_t from = at + name.size();
            const std::size_t where = body.find(channel, at) + channel.size();
            text += (text.empty() ? "" : ", ") + body.substr(from, body.find('"', from) - from) +
                    " " + body.substr(where, body.find('"', where) - where);
        }
        return text;
    }
    std::string sendAll() {
        std::string all;
        for (std::string one = send(200); !one.empty(); one = send(200))
            all += (all.empty() ? "" : "; ") + one;
        return all;
    }
};

TEST(Endpoint, SendsEachEventAloneInItsOrder) {
    take({occupied("a"), occupied("b"), vacated("a")});

    STRCMP_EQUAL("channel_occupied a; channel_occupied b; channel_vacated a", sendAll().c_str());
    LONGS_EQUAL(3, endpoint->counters().delivered);
}

TEST(Endpoint, HasOneRequestUnderWay) {
    take({occupied("a"), occupied("b")});

    CHECK(endpoint->nextAttempt(now).has_value());
    CHECK(!endpoint->nextAttempt(now).has_value());
}

TEST(Endpoint, HasMoreUnderWayWhereTheOrderIsGivenUp) {
    target.settings.concurrency = 2;
    endpoint->change(target);
    take({occupied("a"), occupied("b"), occupied("c")});

    CHECK(endpoint->nextAttempt(now).has_value());
    CHECK(endpoint->nextAttempt(now).has_value());
    CHECK(!endpoint->nextAttempt(now).has_value());
}

TEST(Endpoint, SendsNothingThatIsNotOnDisk) {
    HookBatch batch;
    batch.origin = "w";
    batch.first = 1;
    batch.events = {occupied("a")};
    endpoint->take(batch, now);

    CHECK(!endpoint->hasStored("w", 1));
    CHECK(!endpoint->nextAttempt(now).has_value());
    CHECK(endpoint->commit(now, PendingEvents::When::Due).has_value());
    CHECK(endpoint->hasStored("w", 1));
    CHECK(endpoint->nextAttempt(now).has_value());
}

TEST(Endpoint, SendsTheSameBytesUnderTheSameIdUntilTheyArrive) {
    take({occupied("a")});
    const auto first = endpoint->nextAttempt(now);
    endpoint->finished(first->id, answer(500), now);
    CHECK(!endpoint->nextAttempt(now).has_value());
    wait(2000);
    const auto second = endpoint->nextAttempt(now);

    CHECK(second.has_value());
    STRCMP_EQUAL(first->id.c_str(), second->id.c_str());
    STRCMP_EQUAL(first->request.body.c_str(), second->request.body.c_str());
}

TEST(Endpoint, TriesAgainWhateverTheAnswerIsButA2xx) {
    take({occupied("a")});
    for (const int status : {301, 302, 400, 404, 419, 429, 500, 503}) {
        STRCMP_EQUAL("channel_occupied a", send(status).c_str());
        endpoint->tryNow();
    }

    STRCMP_EQUAL("channel_occupied a", send(204).c_str());
    STRCMP_EQUAL("", send(200).c_str());
}

TEST(Endpoint, SendsNothingMoreAfterA410UntilAReload) {
    take({occupied("a"), occupied("b")});
    send(410);
    take({occupied("c")});
    CHECK(endpoint->isGone());
    STRCMP_EQUAL("", sendAll().c_str());

    endpoint->change(target);
    take({occupied("d")});
    // What was dropped is reported as it is now.
    STRCMP_EQUAL("channel_occupied d; channel_occupied a; channel_occupied b; channel_occupied c",
                 sendAll().c_str());
}

TEST(Endpoint, GoesOnAfterAKillWithWhatWasNotDelivered) {
    take({occupied("a"), occupied("b")});
    send(200);
    const auto under = endpoint->nextAttempt(now);
    open();

    const auto again = endpoint->nextAttempt(now);
    CHECK(again.has_value());
    STRCMP_EQUAL(under->id.c_str(), again->id.c_str());
    STRCMP_EQUAL("channel_occupied b", textOf(again->request.body).c_str());
}

TEST(Endpoint, PassesOverEventsThatTheWorkerSendsTwice) {
    take({occupied("a"), occupied("b")});
    next = 1;
    open();
    take({occupied("a"), occupied("b"), occupied("c")});

    STRCMP_EQUAL("channel_occupied a; channel_occupied b; channel_occupied c", sendAll().c_str());
}

TEST(Endpoint, DropsWhatIsTooOldAndTellsTheFinalStateLater) {
    target.settings.maxAgeSeconds = 60;
    endpoint->change(target);
    take({occupied("a"), occupied("b"), vacated("b")});
    wait(61'000);
    STRCMP_EQUAL("", send(200).c_str());
    LONGS_EQUAL(3, endpoint->counters().tooOld);

    take({occupied("c")});
    STRCMP_EQUAL("channel_occupied c; channel_occupied a", sendAll().c_str());
}

TEST(Endpoint, DropsTheOldestOfTooMany) {
    std::vector<HookEvent> many;
    for (int i = 0; i < 10'002; i++)
        many.push_back(occupied("c" + std::to_string(i)));
    take(std::move(many));

    LONGS_EQUAL(2, endpoint->counters().overflowed);
    LONGS_EQUAL(10'000, endpoint->waitingEvents());
    STRCMP_EQUAL("channel_occupied c2", send(200).c_str());
}

TEST(Endpoint, DoesNotTellAnEndWhoseBeginningWasDropped) {
    target.settings.maxAgeSeconds = 60;
    endpoint->change(target);
    take({occupied("a")});
    wait(50'000);
    take({vacated("a"), occupied("b")});
    wait(11'000); // the first one is too old

    STRCMP_EQUAL("channel_occupied b", sendAll().c_str());
}

TEST(Endpoint, FormsBatchesOfWhatItWantsAlone) { // soketi#836
    target.settings.batchMs = 250;
    target.settings.kinds = bitOf(HookKind::ChannelOccupied);
    target.settings.prefix = "private-";
    endpoint->change(target);
    take({occupied("private-a"), vacated("private-a"), occupied("b"), occupied("private-c")});
    STRCMP_EQUAL("", send(200).c_str());
    CHECK(!endpoint->hasStored("w", 4));

    wait(250);
    CHECK(endpoint->commit(now, PendingEvents::When::Due).has_value());
    CHECK(endpoint->hasStored("w", 4));
    STRCMP_EQUAL("channel_occupied private-a, channel_occupied private-c", send(200).c_str());
}

TEST(Endpoint, ClosesABatchThatIsFullAtOnce) {
    target.settings.batchMs = 250;
    target.settings.batchEvents = 2;
    endpoint->change(target);
    take({occupied("a"), occupied("b"), occupied("c")});

    STRCMP_EQUAL("channel_occupied a, channel_occupied b", sendAll().c_str());
}

TEST(Endpoint, SendsOneEventInEachRequestAlsoFromABacklog) {
    take({occupied("a"), occupied("b")});
    send(500);
    wait(100'000);

    STRCMP_EQUAL("channel_occupied a; channel_occupied b", sendAll().c_str());
}

TEST(Endpoint, TellsNothingTwiceAfterAColdStartAndEndsWhatIsGone) {
    const auto added = [](const char *user) {
        return eventOf(HookKind::MemberAdded, "presence-r", user);
    };
    take({occupied("a"), occupied("presence-r"), added("7"), added("8")});
    sendAll();
    open();
    next = 1;
    take({eventOf(HookKind::Restart, ""), occupied("presence-r"), added("8")}, "another");
    STRCMP_EQUAL("", sendAll().c_str());
    take({eventOf(HookKind::Settled, "")}, "another");

    STRCMP_EQUAL("member_removed presence-r; channel_vacated a", sendAll().c_str());
}

TEST(Endpoint, KnowsWhatIsThereAlsoIfItWantsOneHalfOfTheChanges) {
    target.settings.kinds = bitOf(HookKind::ChannelOccupied);
    endpoint->change(target);
    take({occupied("a"), vacated("a"), occupied("b")});
    STRCMP_EQUAL("channel_occupied a; channel_occupied b", sendAll().c_str());
    open();
    take({occupied("a"), occupied("b")});

    STRCMP_EQUAL("channel_occupied a", sendAll().c_str());
}

TEST(Endpoint, LosesNothingOfTwoWorkersWhoseEventsAreInNoBodyYet) {
    target.settings.batchMs = 250;
    endpoint->change(target);
    take({occupied("a")}, "one");
    take({occupied("b")}, "two");
    take({occupied("c")}, "one");
    CHECK(!endpoint->hasStored("one", 3));
    open(); // it was killed: the last one was not acknowledged
    next = 1;
    take({occupied("a")}, "one");
    take({occupied("b")}, "two");
    take({occupied("c")}, "one");
    wait(250);
    CHECK(endpoint->commit(now, PendingEvents::When::Due).has_value());

    STRCMP_EQUAL("channel_occupied a; channel_occupied b; channel_occupied c", sendAll().c_str());
}

TEST(Endpoint, LeavesItToRedisWhereThereAreSeveralWorkers) {
    HookBatch batch;
    batch.origin = "w";
    batch.isClustered = true;
    batch.first = 1;
    // Another host has reported that it was vacated in between.
    batch.events = {occupied("a"), occupied("a")};
    endpoint->take(batch, now);
    CHECK(endpoint->commit(now, PendingEvents::When::Due).has_value());

    STRCMP_EQUAL("channel_occupied a; channel_occupied a", sendAll().c_str());
}

TEST_GROUP(MatchSpools){std::string match(const std::vector<std::string> &spooled,
                                          const std::vector<std::string> &urls){std::string text;
for (const auto &one : matchSpools(spooled, urls))
    text += one ? std::to_string(*one) : "-";
return text;
}
}
;

TEST(MatchSpools, KeepsToTheUrlAndThenToTheOrder) {
    STRCMP_EQUAL("01", match({"a", "b"}, {"a", "b"}).c_str());
    STRCMP_EQUAL("10", match({"a", "b"}, {"b", "a"}).c_str());
    STRCMP_EQUAL("1", match({"a", "b"}, {"b"}).c_str());
    STRCMP_EQUAL("01", match({"a", "b"}, {"a", "changed"}).c_str());
    STRCMP_EQUAL("01", match({"a", "a"}, {"a", "a"}).c_str()); // two with the same URL stay two
    STRCMP_EQUAL("0-", match({"a"}, {"a", "new"}).c_str());
    STRCMP_EQUAL("--", match({}, {"a", "b"}).c_str());
}
