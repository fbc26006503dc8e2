// SPDX-License-Identifier: MIT
#include "worker/channels/tails.h"

#include "shared/ipc/ipc_frame.h"
#include "tests/worker/test_client.h"
#include "worker/clients/client_commands.h"
#include "worker/ipc/ipc_commands.h"

#include <string>

#include "CppUTest/TestHarness.h"

using namespace pregon;
using namespace pregon::workertest;

TEST_GROUP(Tails) {
    Tails tails;
    int filled = 0;

    std::unique_ptr<Tail> watch(TailRequest request = {}) {
        auto tail = tails.add(std::move(request), 5, [this] { filled++; });
        return tail ? std::move(*tail) : nullptr;
    }
    static TailEvent event(const std::string &channel, std::string text = "{}") {
        return {"1", channel, "", 2, 0, std::move(text)};
    }
    /// What is taken off the queue: `news{} more{} dropped=3 `.
    static std::string taken(Tail & tail) {
        IpcFrameDecoder decoder;
        decoder.append(tail.take());
        std::string text;
        for (auto frame = decoder.next(); frame && *frame; frame = decoder.next()) {
            CHECK((*frame)->type == IpcType::TailEvent);
            LONGS_EQUAL(5, (*frame)->requestId);
            const auto next = TailEvent::decode((*frame)->payload);
            text += next->dropped > 0 ? "dropped=" + std::to_string(next->dropped) + " " : "";
            text += next->messageJson.empty() ? "" : next->channel + next->messageJson + " ";
        }
        return text;
    }
};

TEST(Tails, ShowAWatcherWhatItAsksFor) {
    const auto all = watch(), news = watch({"1", "news"}), other = watch({"2", ""});
    tails.offer(event("news"));
    tails.offer(event("more"));

    STRCMP_EQUAL("news{} more{} ", taken(*all).c_str());
    STRCMP_EQUAL("news{} ", taken(*news).c_str());
    STRCMP_EQUAL("", taken(*other).c_str());
    CHECK_FALSE(all->hasQueued());
}

TEST(Tails, SayOnceThatSomethingWaits) {
    const auto tail = watch();
    tails.offer(event("news"));
    tails.offer(event("news"));
    LONGS_EQUAL(1, filled);
    (void)tail->take();
    tails.offer(event("news"));
    LONGS_EQUAL(2, filled);
}

TEST(Tails, AreWatchedWhileAWatcherLives) {
    CHECK_FALSE(tails.isWatched());
    {
        const auto tail = watch();
        CHECK_TRUE(tails.isWatched());
    }
    CHECK_FALSE(tails.isWatched());
    tails.offer(event("news"));
    LONGS_EQUAL(0, filled);
}

TEST(Tails, ASlowWatcherIsToldHowManyItMissed) {
    const auto tail = watch();
    const std::string large(Tail::kMaxQueued / 2, 'x');
    for (int i = 0; i < 4; i++)
        tails.offer(event("news", large));
    CHECK_TRUE(taken(*tail).find("dropped") == std::string::npos);
    CHECK_TRUE(tail->hasQueued());
    tails.offer(event("more"));

    STRCMP_EQUAL("dropped=3 more{} ", taken(*tail).c_str());
}

TEST(Tails, WhatWasMissedIsToldAlsoWhenNothingFollows) {
    const auto tail = watch();
    tails.offer(event("news", std::string(Tail::kMaxQueued, 'x')));

    LONGS_EQUAL(1, filled);
    STRCMP_EQUAL("dropped=1 ", taken(*tail).c_str());
    CHECK_FALSE(tail->hasQueued());
}

TEST(Tails, AreBoundedInNumber) {
    std::vector<std::unique_ptr<Tail>> all;
    for (std::size_t i = 0; i < Tails::kMaxTails; i++)
        all.push_back(watch());
    CHECK(tails.add({}, 1, [] {}).error().code == Errc::TooLarge);
    all.pop_back();
    CHECK_TRUE(watch() != nullptr);
}

TEST_GROUP(TailedEvents) {
    TestWorld world;
    WorkerFigures figures;
    Drain drain{world.applications, figures, world.clock, std::chrono::seconds(7)};
    IpcCommands commands{world.applications, figures, world.clock, drain};
    TestClient ana{world, "1.1"};

    Result<std::unique_ptr<Tail>> watch(const TailRequest &request) {
        return commands.tail({IpcType::Tail, 5, request.encode()}, [] {});
    }
    static TailEvent only(Tail & tail) {
        IpcFrameDecoder decoder;
        decoder.append(tail.take());
        const auto frame = decoder.next();
        return frame && *frame ? *TailEvent::decode((*frame)->payload) : TailEvent();
    }
};

TEST(TailedEvents, AnEventOfTheApplicationIsShownAsTheClientsGetIt) {
    ana.join("news");
    (void)ana.heard();
    const auto tail = watch({"417702", "news"});
    commands.handle(
        {IpcType::Publish, 1, PublishMessage{"417702", "", R"("e")", R"("d")", {"news"}}.encode()});

    const TailEvent event = only(**tail);
    STRCMP_EQUAL(ana.heard().c_str(), event.messageJson.c_str());
    LONGS_EQUAL(1, event.deliveries);
    STRCMP_EQUAL("", event.senderSocketId.c_str());
}

TEST(TailedEvents, AnEventThatNobodyHearsIsShownToo) {
    const auto tail = watch({"", ""});
    commands.handle({IpcType::Publish, 1,
                     PublishMessage{"417702", "", R"("e")", R"("d")", {"empty"}}.encode()});

    const TailEvent event = only(**tail);
    STRCMP_EQUAL(R"({"event":"e","data":"d","channel":"empty"})", event.messageJson.c_str());
    LONGS_EQUAL(0, event.deliveries);
}

TEST(TailedEvents, AClientEventIsShownWithItsSender) {
    TestClient ben(world, "2.2");
    ana.join("private-desk");
    ben.join("private-desk");
    (void)ben.heard();
    const auto tail = watch({"", "private-desk"});
    ClientCommands(10, world.clock)
        .handle(ana, R"({"event":"client-typing","channel":"private-desk","data":{"a":1}})");

    const TailEvent event = only(**tail);
    STRCMP_EQUAL(ben.heard().c_str(), event.messageJson.c_str());
    STRCMP_EQUAL("1.1", event.senderSocketId.c_str());
    LONGS_EQUAL(1, event.deliveries);
}

TEST(TailedEvents, RefuseAnUnknownApplicationAndNoChannel) {
    CHECK(watch({"unknown", ""}).error().code == Errc::NotFound);
    CHECK(watch({"", "a b"}).error().code == Errc::BadRequest);
    CHECK(commands.tail({IpcType::Tail, 1, "x"}, [] {}).error().code == Errc::BadRequest);
    CHECK(commands.handle({IpcType::TailEvent, 1, ""}).error == Errc::BadRequest);
}
