// SPDX-License-Identifier: MIT
#include "worker/clients/fan_out.h"

#include "tests/worker/test_client.h"

#include <cerrno>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include "tests/not_run.h"

using namespace pregon;
using namespace pregon::workertest;

namespace {

/// A client with a real socket, whose other end can be read.
struct SocketClient : TestClient {
    SocketClient(TestWorld &world, std::string id) : TestClient(world, std::move(id)) {
        connect(SOCK_STREAM);
    }
    void connect(int type) {
        int fds[2] = {-1, -1};
        if (::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, fds) != 0)
            return;
        ours.reset(fds[0]);
        theirs.reset(fds[1]);
        socket = fds[0];
    }

    /// All that has arrived.
    std::string arrived() {
        std::string bytes;
        char buffer[65536];
        for (ssize_t got; (got = ::recv(theirs.get(), buffer, sizeof buffer, MSG_DONTWAIT)) > 0;)
            bytes.append(buffer, static_cast<std::size_t>(got));
        return bytes;
    }

    UniqueFd ours, theirs;
    bool awaitsWritable = false;
    int closings = 0;
};

struct TestOwner final : SocketOwner {
    static SocketClient &of(Connection &connection) {
        return static_cast<SocketClient &>(connection);
    }
    void awaitWritable(Connection &connection) override { of(connection).awaitsWritable = true; }
    void closeSoon(Connection &connection) override {
        of(connection).closings++;
        Membership::leaveAll(connection);
    }
};

} // namespace

TEST_GROUP(FanOut) {
    TestWorld world;
    TestOwner owner;
    FanOut fanOut{world.outbound, owner, SendBatch::Way::IoUring};
    SocketClient ana{world, "1.1"}, ben{world, "2.2"};

    void setup() override {
        world.outbound.maxQueuedBytes = 64 << 20;
    }

    /// Fills Ana's socket with a stream of frames, until one is cut or none fits any more. Returns
    /// the bytes of the whole stream.
    std::string fillSocket() {
        std::string stream;
        while (!ana.awaitsWritable) {
            const Frame frame =
                textFrame(std::string(30011, static_cast<char>('a' + stream.size() % 26)));
            stream += frame.bytes();
            ana.send(frame);
            fanOut.flush();
        }
        return stream;
    }

    /// What the server does when the socket takes bytes again.
    void writable() {
        ana.awaitsWritable = false;
        fanOut.writable(ana);
    }

    std::string readAll() {
        std::string bytes = ana.arrived();
        while (ana.awaitsWritable) {
            writable();
            bytes += ana.arrived();
        }
        return bytes;
    }
};

TEST(FanOut, SendsWhatIsQueued) {
    ana.send(textFrame("one"));
    ben.send(textFrame("two"));
    fanOut.flush();

    STRCMP_EQUAL("\x81\x03one", ana.arrived().c_str());
    STRCMP_EQUAL("\x81\x03two", ben.arrived().c_str());
    LONGS_EQUAL(2, fanOut.framesSent());
    CHECK_TRUE(world.dirty.isEmpty());
}

TEST(FanOut, SendsNothingToTheClean) {
    fanOut.flush();

    STRCMP_EQUAL("", ana.arrived().c_str());
    LONGS_EQUAL(0, fanOut.framesSent());
}

TEST(FanOut, PutsSeveralFramesIntoOneCall) {
    ana.connect(SOCK_SEQPACKET); // keeps the bounds of each call
    for (const char *text : {"a", "b", "c"})
        ana.send(textFrame(text));
    fanOut.flush();

    char buffer[64];
    LONGS_EQUAL(9, ::recv(ana.theirs.get(), buffer, sizeof buffer, MSG_DONTWAIT));
    LONGS_EQUAL(3, fanOut.framesSent());
}

TEST(FanOut, SendsMoreFramesThanOneCallTakes) {
    std::string expected;
    for (int i = 0; i < 200; i++) {
        const Frame frame = textFrame(std::to_string(i));
        expected += frame.bytes();
        ana.send(frame);
    }
    fanOut.flush();

    CHECK_TRUE(ana.arrived() == expected);
    LONGS_EQUAL(200, fanOut.framesSent());
}

TEST(FanOut, SendsMoreFramesToMoreConnectionsThanOneBatchTakes) {
    std::vector<std::unique_ptr<SocketClient>> clients;
    std::vector<std::string> expected;
    for (std::size_t i = 0; i < 130; i++) {
        clients.push_back(std::make_unique<SocketClient>(world, std::to_string(i) + ".9"));
        expected.emplace_back();
        for (std::size_t frame = 0; frame < 250 + i % 100; frame++) {
            const std::string text = std::to_string(i) + "-" + std::to_string(frame);
            clients[i]->send(textFrame(text));
            expected[i] += textFrame(text).bytes();
        }
    }
    fanOut.flush();

    for (std::size_t i = 0; i < clients.size(); i++) {
        CHECK_TRUE(clients[i]->arrived() == expected[i]);
        LONGS_EQUAL(0, clients[i]->queuedBytes());
    }
}

TEST(FanOut, WaitsForAFullSocketWithoutLosingAByte) {
    const std::string stream = fillSocket();
    CHECK_TRUE(ana.isBlocked());

    CHECK_TRUE(readAll() == stream);
    CHECK_FALSE(ana.isBlocked());
    LONGS_EQUAL(0, ana.queuedBytes());
}

TEST(FanOut, GoesOnWhereAFrameWasCut) {
    const Frame large = textFrame(std::string(8 << 20, 'x'));
    ana.send(large);
    fanOut.flush();
    const std::string before = ana.arrived();
    LONGS_EQUAL(before.size(), ana.sentOfFirst());
    CHECK_TRUE(before.size() < large.size());
    CHECK_TRUE(ana.isBlocked() && ana.awaitsWritable);

    ana.send(textFrame("next"));
    CHECK_TRUE(before + readAll() == std::string(large.bytes()) + "\x81\x04next");
    LONGS_EQUAL(0, ana.queuedBytes());
    LONGS_EQUAL(2, fanOut.framesSent());
}

TEST(FanOut, OneFullSocketDoesNotHoldUpOthers) {
    (void)fillSocket();
    ana.send(textFrame("later"));
    ben.send(textFrame("now"));
    fanOut.flush();

    STRCMP_EQUAL("\x81\x03now", ben.arrived().c_str());
}

TEST(FanOut, AFullSocketCostsNothingUntilItIsWritable) {
    (void)fillSocket();
    ana.send(textFrame("later"));

    CHECK_TRUE(world.dirty.isEmpty());
}

TEST(FanOut, ABrokenSocketIsAbandoned) {
    ana.theirs.reset();
    ana.send(textFrame("to nobody"));
    fanOut.flush();
    ana.send(textFrame("again"));

    LONGS_EQUAL(0, ana.queuedBytes());
    CHECK_TRUE(world.dirty.isEmpty());
    LONGS_EQUAL(0, fanOut.framesSent());
}

TEST(FanOut, ASocketThatIsGoneIsAbandoned) {
    ana.socket = -1;
    ana.send(textFrame("to nobody"));
    fanOut.flush();

    LONGS_EQUAL(0, ana.queuedBytes());
    LONGS_EQUAL(0, ana.closings);
}

TEST(FanOut, PerformsACloseBehindTheLastFrame) {
    ana.send(textFrame("bye"));
    ana.close(4201, "Gone");
    fanOut.flush();

    CHECK_TRUE(ana.arrived() == "\x81\x03"
                                "bye\x88\x06\x10\x69Gone");
    LONGS_EQUAL(1, ana.closings);
}

TEST(FanOut, AnnouncesACloseEvenIfItsFrameCannotLeaveYet) {
    (void)fillSocket();
    ana.close(4201, "Gone");
    fanOut.flush();

    LONGS_EQUAL(1, ana.closings);
    CHECK_TRUE(readAll().ends_with("\x88\x06\x10\x69Gone"));
}

TEST(FanOut, SendsWhatAClosingCauses) {
    ana.join("presence-room", {"7", ""});
    ben.join("presence-room", {"8", ""});
    fanOut.flush();
    (void)ben.arrived();
    ana.close(4201, "Gone");
    fanOut.flush();

    CHECK_TRUE(ben.arrived().find("member_removed") != std::string::npos);
}

TEST(FanOut, IsDueOnceManyFramesWait) {
    const Frame frame = textFrame("x");
    for (std::size_t i = 1; i < Outbound::kMaxStaged; i++)
        (i % 2 ? ana : ben).send(frame);
    CHECK_FALSE(world.outbound.isFlushDue());
    ana.send(frame);
    CHECK_TRUE(world.outbound.isFlushDue());

    fanOut.flush();
    CHECK_FALSE(world.outbound.isFlushDue());
}

TEST(FanOut, ASlowConsumerIsClosedAndTheOthersAreNot) {
    world.outbound.maxQueuedBytes = 100000;
    SocketClient slow{world, "3.3"};
    while (!slow.closing()) {
        const Frame frame = textFrame(std::string(30000, 'x'));
        slow.send(frame);
        ana.send(frame);
        fanOut.flush();
        (void)ana.arrived();
    }

    LONGS_EQUAL(1, slow.closings);
    CHECK_TRUE(ana.closing() == nullptr);
}

TEST_GROUP(FanOutUnderPressure){
    /// Twenty clients that read when they like and get frames of any size, several at a time. Each
    /// must get its own stream, byte by byte.
    static void run(SendBatch::Way way, unsigned seed){TestWorld world;
world.outbound.maxQueuedBytes = 64 << 20;
TestOwner owner;
FanOut fanOut{world.outbound, owner, way};
std::mt19937 random(seed);
const auto below = [&](unsigned limit) { return static_cast<unsigned>(random()) % limit; };
std::vector<std::unique_ptr<SocketClient>> clients;
for (int i = 0; i < 20; i++)
    clients.push_back(std::make_unique<SocketClient>(world, std::to_string(i) + ".1"));
std::vector<std::string> expected(clients.size()), got(clients.size());
const auto read = [&](std::size_t i) {
    got[i] += clients[i]->arrived();
    if (std::exchange(clients[i]->awaitsWritable, false))
        fanOut.writable(*clients[i]);
};
for (int turn = 0; turn < 400; turn++) {
    for (unsigned count = below(4); count > 0; count--) {
        const Frame frame = textFrame(std::string(below(8) ? below(300) : below(100'000),
                                                  static_cast<char>('a' + turn % 26)));
        for (std::size_t i = 0; i < clients.size(); i++)
            if (below(3)) {
                clients[i]->send(frame);
                expected[i] += frame.bytes();
            }
    }
    fanOut.flush();
    read(below(static_cast<unsigned>(clients.size())));
}
for (std::size_t i = 0; i < clients.size(); i++) {
    while (clients[i]->hasOutbound())
        read(i);
    read(i);
    CHECK_TRUE_TEXT(got[i] == expected[i], ("seed " + std::to_string(seed)).c_str());
}
}
}
;

TEST(FanOutUnderPressure, NoStreamIsMixedOrCutWithIoUring) {
    if (SendBatch(SendBatch::Way::IoUring).way() != SendBatch::Way::IoUring)
        return notRun("io_uring is not allowed here");
    for (unsigned seed = 1; seed <= 5; seed++)
        run(SendBatch::Way::IoUring, seed);
}

TEST(FanOutUnderPressure, NoStreamIsMixedOrCutWithout) {
    for (unsigned seed = 1; seed <= 5; seed++)
        run(SendBatch::Way::SendMsg, seed);
}
