// SPDX-License-Identifier: MIT
#include "worker/clients/send_batch.h"

#include "shared/unix_socket.h"
#include "tests/worker/test_client.h"

#include <cerrno>
#include <fcntl.h>
#include <memory>
#include <string>
#include <sys/socket.h>
#include <vector>

#include "tests/not_run.h"

using namespace pregon;
using namespace pregon::workertest;

namespace {

std::vector<SendBatch::Way> waysToTest() {
    if (SendBatch(SendBatch::Way::IoUring).way() == SendBatch::Way::IoUring)
        return {SendBatch::Way::IoUring, SendBatch::Way::SendMsg};
    notRun("io_uring is not allowed here");
    return {SendBatch::Way::SendMsg};
}

struct Pair {
    Pair() {
        int fds[2] = {-1, -1};
        (void)::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds);
        ours.reset(fds[0]);
        theirs.reset(fds[1]);
    }
    std::string arrived() {
        std::string text(4096, '\0');
        const ssize_t got = ::recv(theirs.get(), text.data(), text.size(), MSG_DONTWAIT);
        text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
        return text;
    }
    UniqueFd ours, theirs;
};

} // namespace

TEST_GROUP(SendBatch) {
    TestWorld world;
    std::vector<std::unique_ptr<TestClient>> clients;
    std::vector<std::unique_ptr<Pair>> pairs;

    void addClients(std::size_t count) {
        for (std::size_t i = 0; i < count; i++) {
            clients.push_back(std::make_unique<TestClient>(world, std::to_string(i) + ".1"));
            pairs.push_back(std::make_unique<Pair>());
        }
    }
    void stage(SendBatch & batch, std::size_t i) {
        clients[i]->socket = pairs[i]->ours.get();
        batch.add(*clients[i]);
    }
};

TEST(SendBatch, EverySocketGetsItsOwnFramesInOrder) {
    for (const SendBatch::Way way : waysToTest()) {
        clients.clear();
        pairs.clear();
        addClients(SendBatch::kMaxConnections);
        SendBatch batch(way);
        for (std::size_t i = 0; i < clients.size(); i++) {
            for (std::size_t frame = 0; frame <= i % 3; frame++)
                clients[i]->send(textFrame(std::to_string(i) + "-" + std::to_string(frame)));
            stage(batch, i);
        }
        CHECK_TRUE(batch.isFull());
        batch.send();

        LONGS_EQUAL(clients.size(), batch.sent().size());
        for (std::size_t i = 0; i < clients.size(); i++) {
            std::string expected;
            for (std::size_t place = 0; place < clients[i]->queue().size(); place++)
                expected += clients[i]->queue()[place].bytes();
            POINTERS_EQUAL(clients[i].get(), batch.sent()[i].connection);
            LONGS_EQUAL(expected.size(), batch.sent()[i].result);
            LONGS_EQUAL(expected.size(), batch.sent()[i].offered);
            CHECK_TRUE(expected == pairs[i]->arrived());
        }
    }
}

TEST(SendBatch, ABrokenAndAFullSocketAreToldAndHoldUpNobody) {
    for (const SendBatch::Way way : waysToTest()) {
        clients.clear();
        pairs.clear();
        addClients(4);
        pairs[1]->theirs.reset();
        const std::string much(1 << 20, 'x');
        while (::send(pairs[2]->ours.get(), much.data(), much.size(), MSG_DONTWAIT) > 0)
            ;
        SendBatch batch(way);
        for (std::size_t i = 0; i < clients.size(); i++) {
            clients[i]->send(textFrame("hello"));
            stage(batch, i);
        }
        batch.send();

        LONGS_EQUAL(7, batch.sent()[0].result);
        LONGS_EQUAL(-EPIPE, batch.sent()[1].result);
        LONGS_EQUAL(-EAGAIN, batch.sent()[2].result);
        LONGS_EQUAL(7, batch.sent()[3].result);
        batch.clear();
        CHECK_TRUE(batch.isEmpty());
        LONGS_EQUAL(0, batch.sent().size());
    }
}

TEST(SendBatch, ASocketTakesWhatItHasRoomFor) {
    for (const SendBatch::Way way : waysToTest()) {
        clients.clear();
        pairs.clear();
        addClients(2);
        SendBatch batch(way);
        clients[0]->send(textFrame(std::string(900'000, 'x')));
        clients[1]->send(textFrame("hello"));
        stage(batch, 0);
        stage(batch, 1);
        batch.send();

        CHECK_TRUE(batch.sent()[0].result > 0);
        CHECK_TRUE(static_cast<std::size_t>(batch.sent()[0].result) < batch.sent()[0].offered);
        LONGS_EQUAL(7, batch.sent()[1].result);
    }
}

TEST(SendBatch, WithoutIoUringItIsOneCallEach) {
    CHECK_TRUE(SendBatch(SendBatch::Way::SendMsg).way() == SendBatch::Way::SendMsg);
}
