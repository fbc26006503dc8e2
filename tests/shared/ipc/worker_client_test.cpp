// SPDX-License-Identifier: MIT
#include "shared/ipc/worker_client.h"

#include "tests/fcgi/demo_shops.h"

#include <atomic>
#include <deque>
#include <functional>
#include <future>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

#include "CppUTest/TestHarness.h"

using namespace pregon;

namespace {

/// Speaks the worker's side by a script: one entry per connection, in order.
class ScriptedWorker {
  public:
    using Dialogue = std::function<void(int socket)>;

    ScriptedWorker(const std::string &path, std::deque<Dialogue> script)
        : listener_(std::move(*listenOn(ListenAddress{path, {}, {}}))),
          thread_([this, script = std::move(script)] {
              for (const Dialogue &dialogue : script) {
                  UniqueFd peer(acceptOne());
                  if (peer.isOpen())
                      dialogue(peer.get());
              }
          }) {}
    ~ScriptedWorker() { thread_.join(); }

  private:
    int acceptOne() {
        for (int i = 0; i < 300; i++) {
            if (const int fd = ::accept(listener_.get(), nullptr, nullptr); fd >= 0)
                return fd;
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
        return -1;
    }

    UniqueFd listener_;
    std::thread thread_;
};

std::chrono::steady_clock::time_point inThreeSeconds() {
    return std::chrono::steady_clock::now() + std::chrono::seconds(3);
}

/// The next request; a Reply with id 0 if the client has gone.
IpcFrame readRequest(int socket) {
    IpcFrameDecoder decoder;
    for (;;) {
        if (const auto frame = decoder.next(); frame && *frame)
            return **frame;
        char buffer[4096];
        const auto got = receiveSome(socket, buffer, sizeof buffer, inThreeSeconds());
        if (!got || *got == 0)
            return {};
        decoder.append({buffer, *got});
    }
}

/// Several requests that may come in one piece; fewer if the client has gone.
std::vector<IpcFrame> readRequests(int socket, std::size_t count) {
    IpcFrameDecoder decoder;
    std::vector<IpcFrame> requests;
    while (requests.size() < count) {
        char buffer[4096];
        const auto got = receiveSome(socket, buffer, sizeof buffer, inThreeSeconds());
        if (!got || *got == 0)
            break;
        decoder.append({buffer, *got});
        for (auto frame = decoder.next(); frame && *frame; frame = decoder.next())
            requests.push_back(std::move(**frame));
    }
    return requests;
}

void send(int socket, const IpcFrame &frame) {
    (void)sendAll(socket, encodeIpcFrame(frame), inThreeSeconds());
}

/// Answers one request.
void answer(int socket, const ReplyMessage &reply) {
    const IpcFrame request = readRequest(socket);
    send(socket, {IpcType::Reply, request.requestId, reply.encode()});
}

/// Answers one request and takes no more, as a worker that ends; `kept` holds the connection open.
void answerAsTheLast(int socket, UniqueFd &kept) {
    const IpcFrame request = readRequest(socket);
    ::shutdown(socket, SHUT_RD);
    kept.reset(::dup(socket));
    send(socket, {IpcType::Reply, request.requestId, ReplyMessage{std::nullopt, "old"}.encode()});
}

} // namespace

TEST_GROUP(WorkerClient) {
    fcgitest::TemporaryFolder folder;
    const std::string path = folder.file("worker.sock");
    WorkerClient client{path, std::chrono::milliseconds(3000)};
    const PublishMessage event{"1", "", R"("e")", R"("d")", {"news"}};
};

TEST(WorkerClient, IsDoneWhenTheWorkerHasTheEvent) {
    std::promise<IpcFrame> seen;
    ScriptedWorker worker(path, {[&](int socket) {
                              const IpcFrame request = readRequest(socket);
                              seen.set_value(request);
                              send(socket, {IpcType::Reply, request.requestId,
                                            ReplyMessage{std::nullopt, "{}"}.encode()});
                          }});

    CHECK_TRUE(client.publish(event).has_value());
    const IpcFrame request = seen.get_future().get();
    CHECK(request.type == IpcType::Publish);
    STRCMP_EQUAL("news", PublishMessage::decode(request.payload)->channels.at(0).c_str());
}

TEST(WorkerClient, KeepsItsConnection) {
    ScriptedWorker worker(path, {[](int socket) {
                              answer(socket, {std::nullopt, "first"});
                              answer(socket, {std::nullopt, "second"});
                          }});

    STRCMP_EQUAL("first", client.status()->c_str());
    STRCMP_EQUAL("second", client.status()->c_str());
}

TEST(WorkerClient, HandsOnTheWorkersOwnError) {
    ScriptedWorker worker(path, {[](int socket) { answer(socket, {Errc::NotFound, "no app"}); }});

    const auto done = client.publish(event);

    CHECK(done.error().code == Errc::NotFound);
    STRCMP_EQUAL("no app", done.error().reason.c_str());
}

TEST(WorkerClient, TakesAnAnswerInPieces) {
    ScriptedWorker worker(path, {[](int socket) {
                              const IpcFrame request = readRequest(socket);
                              const std::string bytes =
                                  encodeIpcFrame({IpcType::Reply, request.requestId,
                                                  ReplyMessage{std::nullopt, "{}"}.encode()});
                              for (const char &byte : bytes)
                                  (void)sendAll(socket, {&byte, 1}, inThreeSeconds());
                          }});

    STRCMP_EQUAL("{}", client.status()->c_str());
}

TEST(WorkerClient, FindsARestartedWorker) {
    ScriptedWorker worker(path, {[](int socket) {
                                     answer(socket, {std::nullopt, "old"});
                                 },
                                 [](int socket) {
                                     answer(socket, {std::nullopt, "new"});
                                 }});

    STRCMP_EQUAL("old", client.status()->c_str());
    std::this_thread::sleep_for(std::chrono::milliseconds(50)); // the old one hangs up
    STRCMP_EQUAL("new", client.status()->c_str());
}

TEST(WorkerClient, AsksTheNextWorkerWhatTheOldOneTakesNoMore) {
    UniqueFd kept; // no hang-up is to be seen, only that nothing can be sent
    ScriptedWorker worker(path, {[&](int socket) { answerAsTheLast(socket, kept); },
                                 [](int socket) {
                                     answer(socket, {std::nullopt, "new"});
                                 }});

    STRCMP_EQUAL("old", client.status()->c_str());
    STRCMP_EQUAL("new", client.status().value_or("none").c_str());
}

TEST(WorkerClient, AsksTheNextWorkerAlsoWithMany) {
    UniqueFd kept;
    std::promise<std::size_t> seen;
    ScriptedWorker worker(path, {[&](int socket) { answerAsTheLast(socket, kept); },
                                 [&](int socket) {
                                     const auto requests = readRequests(socket, 2);
                                     for (const IpcFrame &request : requests)
                                         send(socket, {IpcType::Reply, request.requestId,
                                                       ReplyMessage{std::nullopt, ""}.encode()});
                                     seen.set_value(requests.size());
                                 }});

    STRCMP_EQUAL("old", client.status()->c_str());
    CHECK_TRUE(client.publishAll({event, event}).has_value());
    LONGS_EQUAL(2, seen.get_future().get());
}

TEST(WorkerClient, GoesOnToTheNextWorkerAfterOneThatDoesNotAnswer) {
    std::atomic<bool> isFirst = true; // either may be the one to begin with
    std::promise<void> gaveUp;
    const auto onlyTheSecondAnswers = [&](int socket) {
        if (isFirst.exchange(false))
            gaveUp.get_future().wait();
        else
            answer(socket, {std::nullopt, "next"});
    };
    ScriptedWorker one(path, {onlyTheSecondAnswers});
    ScriptedWorker other(folder.file("other.sock"), {onlyTheSecondAnswers});
    WorkerClient several({path, folder.file("other.sock")}, std::chrono::milliseconds(500));

    CHECK_FALSE(
        several.publishAll({event, event}).has_value()); // two answers are missed, one worker
    const auto answered = several.status();
    gaveUp.set_value();
    STRCMP_EQUAL("next", answered.value_or("none").c_str());
}

TEST(WorkerClient, WaitsForAWorkerThatRestartsIfItIsToldSo) {
    WorkerClient patient(std::vector{path}, std::chrono::seconds(30),
                         WorkerClient::WhenAway::KeepTrying);
    auto published =
        std::async(std::launch::async, [&] { return patient.publish(event).has_value(); });
    std::this_thread::sleep_for(std::chrono::milliseconds(50)); // most often it has tried by now

    ScriptedWorker worker(path, {[](int socket) { answer(socket, {std::nullopt, "{}"}); }});

    CHECK_TRUE(published.get());
}

TEST(WorkerClient, StopsWaitingWhenItsTimeIsOver) {
    WorkerClient patient(std::vector{path}, std::chrono::milliseconds(100),
                         WorkerClient::WhenAway::KeepTrying);
    CHECK(patient.publish(event).error().code == Errc::Unavailable);
}

TEST(WorkerClient, SaysThatNobodyListens) {
    CHECK(client.publish(event).error().code == Errc::Unavailable);
}

TEST(WorkerClient, SaysThatTheWorkerClosed) {
    ScriptedWorker worker(path, {[](int socket) { (void)readRequest(socket); }});

    CHECK(client.publish(event).error().code == Errc::Unavailable);
}

TEST(WorkerClient, ALateAnswerIsNotTakenForTheNext) {
    std::promise<void> gaveUp;
    WorkerClient impatient(path, std::chrono::milliseconds(30));
    ScriptedWorker worker(path, {[&](int socket) {
                                     const IpcFrame request = readRequest(socket);
                                     gaveUp.get_future().wait();
                                     send(socket, {IpcType::Reply, request.requestId,
                                                   ReplyMessage{std::nullopt, "late"}.encode()});
                                 },
                                 [](int socket) {
                                     answer(socket, {std::nullopt, "fresh"});
                                 }});

    STRCMP_EQUAL("timed out", impatient.status().error().reason.c_str());
    gaveUp.set_value();
    const auto second = impatient.status();
    CHECK_FALSE(second && *second == "late");
    (void)impatient.status(); // if the second was too slow: lets the script end
}

// BadRequest and its like are answers of the worker's own, upon which an event is given up.
TEST(WorkerClient, WhatIsNoAnswerToItsQuestionIsUnavailable) {
    const std::function<IpcFrame(const IpcFrame &)> wrong[] = {
        [](const IpcFrame &request) {
            return IpcFrame{IpcType::Reply, request.requestId + 1,
                            ReplyMessage{std::nullopt, "{}"}.encode()};
        },
        [](const IpcFrame &request) {
            return IpcFrame{IpcType::Status, request.requestId, ""};
        },
        [](const IpcFrame &request) {
            return IpcFrame{IpcType::Reply, request.requestId, "x"};
        },
    };
    for (const auto &make : wrong) {
        ScriptedWorker worker(path, {[&](int socket) { send(socket, make(readRequest(socket))); }});
        CHECK(client.status().error().code == Errc::Unavailable);
    }
}

TEST(WorkerClient, WhatIsNotOurProtocolIsUnavailable) {
    ScriptedWorker worker(path, {[](int socket) {
                              (void)readRequest(socket);
                              (void)sendAll(socket, "HTTP/1.1 400 Bad Request\r\n\r\n",
                                            inThreeSeconds());
                          }});

    CHECK(client.status().error().code == Errc::Unavailable);
}

TEST(WorkerClient, RefusesAMessageThatTheWorkerWouldRefuse) {
    PublishMessage large = event;
    large.dataJson.assign(kMaxIpcPayload, 'x');

    CHECK(client.publish(large).error().code == Errc::TooLarge);
}

TEST(WorkerClient, AsksEachQuestionByItsType) {
    std::vector<std::pair<IpcType, std::string>> asked;
    {
        ScriptedWorker worker(
            path, {[&](int socket) {
                for (int i = 0; i < 6; i++) {
                    const IpcFrame request = readRequest(socket);
                    asked.emplace_back(request.type, request.payload);
                    send(socket,
                         {IpcType::Reply, request.requestId,
                          ReplyMessage{std::nullopt, "answer " + std::to_string(i)}.encode()});
                }
            }});
        STRCMP_EQUAL("answer 0", client.channels({"1", kUserCount, "presence-"})->c_str());
        STRCMP_EQUAL("answer 1", client.channelInfo({"1", kCache, {"cache-a"}})->c_str());
        STRCMP_EQUAL("answer 2", client.users({"1", "presence-a"})->c_str());
        STRCMP_EQUAL("answer 3", client.connections({"1", ""})->c_str());
        CHECK_TRUE(client.terminate({"1", "7"}).has_value());
        STRCMP_EQUAL("answer 5", client.drain()->c_str());
    }
    const std::vector<std::pair<IpcType, std::string>> expected = {
        {IpcType::Channels, ChannelsQuery{"1", kUserCount, "presence-"}.encode()},
        {IpcType::ChannelInfo, ChannelInfoQuery{"1", kCache, {"cache-a"}}.encode()},
        {IpcType::Users, AppQuery{"1", "presence-a"}.encode()},
        {IpcType::Connections, AppQuery{"1", ""}.encode()},
        {IpcType::Terminate, AppQuery{"1", "7"}.encode()},
        {IpcType::Drain, ""},
    };
    CHECK_TRUE(asked == expected);
}

TEST(WorkerClient, HandsOnTheErrorOfAQuestion) {
    ScriptedWorker worker(path, {[](int socket) {
                              for (int i = 0; i < 2; i++)
                                  answer(socket, {Errc::NotFound, "no app"});
                          }});

    CHECK(client.channels({"1", 0, ""}).error().code == Errc::NotFound);
    CHECK(client.terminate({"1", "7"}).error().code == Errc::NotFound);
}

TEST(WorkerClient, PublishesManyInTheirOrder) {
    std::string seen;
    {
        ScriptedWorker worker(path, {[&](int socket) {
                                  for (const IpcFrame &request : readRequests(socket, 3)) {
                                      seen += PublishMessage::decode(request.payload)->channels[0];
                                      send(socket, {IpcType::Reply, request.requestId,
                                                    ReplyMessage{std::nullopt, "{}"}.encode()});
                                  }
                              }});
        std::vector<PublishMessage> events(3, event);
        events[1].channels = {" more "};
        CHECK_TRUE(client.publishAll(events).has_value());
    }
    STRCMP_EQUAL("news more news", seen.c_str());
}

TEST(WorkerClient, SaysTheFirstErrorOfMany) {
    ScriptedWorker worker(path, {[](int socket) {
                              std::size_t number = 0;
                              for (const IpcFrame &request : readRequests(socket, 3)) {
                                  ReplyMessage reply{std::nullopt, "{}"};
                                  if (++number > 1)
                                      reply = {Errc::BadRequest, "event " + std::to_string(number)};
                                  send(socket, {IpcType::Reply, request.requestId, reply.encode()});
                              }
                              answer(socket, {std::nullopt, "status"});
                          }});

    STRCMP_EQUAL("event 2", client.publishAll({event, event, event}).error().reason.c_str());
    STRCMP_EQUAL("status", client.status()->c_str()); // no answer is left over
}

TEST(WorkerClient, SendsNoneOfManyIfOneIsTooLarge) {
    PublishMessage large = event;
    large.dataJson.assign(kMaxIpcPayload, 'x');

    CHECK(client.publishAll({event, large}).error().code == Errc::TooLarge);
}
