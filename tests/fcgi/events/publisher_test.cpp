// SPDX-License-Identifier: MIT
#include "fcgi/events/publisher.h"

#include "shared/ipc/ipc_frame.h"
#include "tests/fcgi/demo_shops.h"
#include "tests/fcgi/fake_worker.h"

#include <map>
#include <poll.h>
#include <string>
#include <thread>

#include "CppUTest/TestHarness.h"

using namespace pregon;
using namespace pregon::fcgitest;

TEST_GROUP(Publisher) {
    TemporaryFolder folder;
    std::string path = folder.file("worker.sock");
    Publisher publisher{{path}, std::chrono::milliseconds(3000)};

    static PublishMessage event(const std::string &channel, const std::string &data = "1") {
        return {"417702", "", "\"n\"", data, {channel}};
    }
};

TEST(Publisher, EveryThreadsEventsArriveOnceAndInOrder) {
    constexpr int kThreads = 8, kEvents = 100;
    FakeWorker worker(path);
    worker.start();
    std::atomic<int> done = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; i++)
        threads.emplace_back([&, i] {
            for (int n = 0; n < kEvents; n += 2)
                done += publisher
                            .publish({event(std::to_string(i), std::to_string(n)),
                                      event(std::to_string(i), std::to_string(n + 1))})
                            .has_value();
        });
    for (std::thread &thread : threads)
        thread.join();

    LONGS_EQUAL(kThreads * kEvents / 2, done);
    std::map<std::string, int> next;
    for (const PublishMessage &message : worker.published())
        STRCMP_EQUAL(std::to_string(next[message.channels[0]]++).c_str(), message.dataJson.c_str());
    LONGS_EQUAL(kThreads, next.size());
    for (const auto &[channel, count] : next)
        LONGS_EQUAL(kEvents, count);
}

TEST(Publisher, WhoeverComesMeanwhileGoesTogether) {
    constexpr int kFollowers = 4;
    UniqueFd listener = std::move(*listenOn(ListenAddress{path, {}, {}}));
    std::vector<std::thread> threads;
    const auto publishInThread = [&](const char *channel) {
        threads.emplace_back([&, channel] { (void)publisher.publish({event(channel)}); });
    };
    publishInThread("first");
    pollfd caller{listener.get(), POLLIN, 0};
    LONGS_EQUAL(1, ::poll(&caller, 1, 10'000));
    const UniqueFd peer(::accept(listener.get(), nullptr, nullptr));
    std::string buffer(65536, '\0');
    IpcFrameDecoder decoder;
    const auto readFrames = [&] {
        const ssize_t got = ::recv(peer.get(), buffer.data(), buffer.size(), 0);
        decoder.append({buffer.data(), static_cast<std::size_t>(got)});
        std::vector<IpcFrame> frames;
        for (auto frame = decoder.next(); frame && *frame; frame = decoder.next())
            frames.push_back(std::move(**frame));
        std::string replies;
        for (const IpcFrame &frame : frames)
            replies += encodeIpcFrame(
                {IpcType::Reply, frame.requestId, ReplyMessage{std::nullopt, "{}"}.encode()});
        return std::pair(frames.size(), replies);
    };
    const auto [first, answer] = readFrames();
    for (int i = 0; i < kFollowers; i++)
        publishInThread("later");
    while (publisher.waiting() < kFollowers)
        std::this_thread::yield();
    (void)::send(peer.get(), answer.data(), answer.size(), 0);
    const auto [together, answers] = readFrames();
    (void)::send(peer.get(), answers.data(), answers.size(), 0);
    for (std::thread &thread : threads)
        thread.join();

    LONGS_EQUAL(1, first);
    LONGS_EQUAL(kFollowers, together);
}

TEST(Publisher, EachGetsItsOwnAnswer) {
    FakeWorker worker(path);
    worker.start();
    const std::string tooLarge(kMaxIpcPayload + 1, 'x');

    CHECK(publisher.publish({event("a"), event("b", tooLarge)}).error().code == Errc::TooLarge);
    CHECK_TRUE(publisher.publish({event("c")}).has_value());
    worker.answerWith(Errc::NotFound);
    CHECK(publisher.publish({event("d")}).error().code == Errc::NotFound);
}

TEST(Publisher, NobodyWaitsForEverForAWorkerThatDoesNotAnswer) {
    Publisher impatient{{path}, std::chrono::milliseconds(50)};
    const UniqueFd listener = std::move(*listenOn(ListenAddress{path, {}, {}}));
    std::atomic<int> unavailable = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; i++)
        threads.emplace_back([&] {
            const auto done = impatient.publish({event("a")});
            unavailable += !done && done.error().code == Errc::Unavailable;
        });
    for (std::thread &thread : threads)
        thread.join();

    LONGS_EQUAL(8, unavailable);
    LONGS_EQUAL(0, impatient.waiting());
}

TEST(Publisher, FindsAWorkerThatHasComeBack) {
    FakeWorker worker(path);
    CHECK(publisher.publish({event("a")}).error().code == Errc::Unavailable);
    worker.start();
    CHECK_TRUE(publisher.publish({event("b")}).has_value());
    worker.stop();
    CHECK(publisher.publish({event("c")}).error().code == Errc::Unavailable);
    worker.start();
    CHECK_TRUE(publisher.publish({event("d")}).has_value());
}
