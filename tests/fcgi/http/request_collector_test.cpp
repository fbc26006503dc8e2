// SPDX-License-Identifier: MIT
#include "fcgi/http/request_collector.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

#include "CppUTest/TestHarness.h"

using namespace pregon;
using namespace std::chrono;

namespace {

constexpr std::string_view kParams("\1\4\0\1\0\2\0\0ab", 10);
constexpr std::string_view kEnd("\1\5\0\1\0\0\0\0", 8);

} // namespace

TEST_GROUP(RequestCollector) {
    static constexpr std::size_t kMaxBody = 1 << 20;
    UniqueFd epoll{::epoll_create1(EPOLL_CLOEXEC)};
    RequestCollector collector{kMaxBody};
    RequestCollector::Time now{hours(1)};

    void setup() override {
        CHECK_TRUE(collector.open(epoll.get()));
    }

    /// A connection whose other end we write to.
    struct Connection {
        UniqueFd ours, theirs;
        Connection() {
            int pair[2] = {-1, -1};
            (void)::socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
            ours.reset(pair[0]);
            theirs.reset(pair[1]);
        }
        void send(std::string_view bytes) const {
            LONGS_EQUAL(bytes.size(), ::write(theirs.get(), bytes.data(), bytes.size()));
        }
    };
    void collectAll() {
        epoll_event event{};
        while (::epoll_wait(epoll.get(), &event, 1, 0) == 1)
            CHECK_TRUE(collector.collectMore(event.data.fd));
    }
};

TEST(RequestCollector, KnowsWithoutReadingWhetherARequestHasCome) {
    const Connection connection;
    connection.send(kParams);
    CHECK_FALSE(RequestCollector::hasWhole(connection.ours.get()));
    connection.send(kEnd);
    CHECK_TRUE(RequestCollector::hasWhole(connection.ours.get()));
    CHECK_TRUE(RequestCollector::hasWhole(connection.ours.get()));
}

TEST(RequestCollector, GivesARequestOnceAllOfItHasCome) {
    const Connection connection;
    connection.send(kParams.substr(0, 3));
    collector.add(connection.ours.get(), now);
    collectAll();
    CHECK_FALSE(collector.take().has_value());
    connection.send(kParams.substr(3));
    connection.send(kEnd);
    collectAll();

    const auto collected = collector.take();
    LONGS_EQUAL(connection.ours.get(), collected->connection);
    CHECK_TRUE(collected->bytes == std::string(kParams) + std::string(kEnd));
    CHECK_FALSE(collected->wasCut);
    CHECK_TRUE(collector.isEmpty());
    CHECK_FALSE(collector.take().has_value());
}

TEST(RequestCollector, GivesWhatHasComeOfOneWhoseSenderGoes) {
    Connection connection;
    connection.send(kParams);
    collector.add(connection.ours.get(), now);
    connection.theirs.reset();
    collectAll();

    CHECK_TRUE(collector.take()->bytes == kParams);
}

TEST(RequestCollector, WaitsForNobodyLongerThanThirtySecondsAndLessAtTheEnd) {
    const Connection first, second;
    collector.add(first.ours.get(), now);
    collector.add(second.ours.get(), now + seconds(1));
    CHECK_TRUE(collector.timeLeft(now + seconds(1)) == seconds(29));
    collector.giveUpLate(now + RequestCollector::kPatience);
    LONGS_EQUAL(first.ours.get(), collector.take()->connection);
    CHECK_FALSE(collector.take().has_value());

    collector.hurry(now + seconds(2));
    collector.giveUpLate(now + seconds(2) + RequestCollector::kPatienceAtEnd);
    LONGS_EQUAL(second.ours.get(), collector.take()->connection);
    CHECK_FALSE(collector.timeLeft(now).has_value());
}

TEST(RequestCollector, WhoTakesLongestGoesWhereMemoryWouldRunOut) {
    const std::string piece = std::string("\1\5\0\1\x40\0\0\0", 8) + std::string(0x4000, 'b');
    const std::size_t count = RequestCollector::kMaxBytes / kMaxBody + 1;
    std::vector<Connection> connections(count);
    for (const Connection &connection : connections)
        collector.add(connection.ours.get(), now += milliseconds(1));
    for (const Connection &connection : connections)
        for (std::size_t sent = 0; sent + piece.size() <= kMaxBody; sent += piece.size()) {
            connection.send(piece);
            collectAll();
        }

    const auto cut = collector.take();
    CHECK_TRUE(cut && cut->wasCut);
    LONGS_EQUAL(connections.front().ours.get(), cut->connection);
    CHECK_FALSE(collector.take().has_value());
}
