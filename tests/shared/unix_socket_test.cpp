// SPDX-License-Identifier: MIT
#include "shared/unix_socket.h"

#include "tests/fcgi/demo_shops.h"

#include <cerrno>
#include <fcntl.h>
#include <fstream>
#include <string>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "CppUTest/TestHarness.h"

using namespace pregon;

TEST_GROUP(ListenAddress){static std::string refusalOf(std::string_view text){
    const auto address = parseListenAddress(text);
return address ? "accepted" : address.error().reason;
}
}
;

TEST(ListenAddress, IsAPathOrAHostAndPort) {
    struct {
        const char *text, *path, *host, *port;
    } const cases[] = {
        {"unix:/run/a.sock", "/run/a.sock", "", ""}, {"unix:a:1", "a:1", "", ""},
        {"127.0.0.1:6001", "", "127.0.0.1", "6001"}, {"localhost:1", "", "localhost", "1"},
        {"[::1]:65535", "", "::1", "65535"},         {"0.0.0.0:80", "", "0.0.0.0", "80"},
    };
    for (const auto &one : cases) {
        const auto address = parseListenAddress(one.text);
        CHECK_TRUE_TEXT(address.has_value(), one.text);
        STRCMP_EQUAL(one.path, address->path.c_str());
        STRCMP_EQUAL(one.host, address->host.c_str());
        STRCMP_EQUAL(one.port, address->port.c_str());
        STRCMP_EQUAL(one.text, address->text().c_str());
    }
}

TEST(ListenAddress, SaysWhatIsExpected) {
    for (const char *text : {"", "6001", ":6001", "/run/a.sock"})
        STRCMP_EQUAL_TEXT("expected unix:PATH or HOST:PORT", refusalOf(text).c_str(), text);
    for (const char *text : {"h:", "h:0", "h:65536", "h:99999", "h:100000", "h:-1", "h:8x", "h: 8"})
        STRCMP_EQUAL_TEXT("port must be 1 to 65535", refusalOf(text).c_str(), text);
    for (const std::string &text : {std::string("unix:"), "unix:" + std::string(108, 'a')})
        STRCMP_EQUAL_TEXT("socket path must have 1 to 107 bytes", refusalOf(text).c_str(),
                          text.c_str());
    STRCMP_EQUAL("accepted", refusalOf("unix:" + std::string(107, 'a')).c_str());
}

TEST_GROUP(UniqueFd){static bool isOpen(int fd){return ::fcntl(fd, F_GETFD) != -1;
}
static int open() {
    return ::open("/dev/null", O_RDONLY | O_CLOEXEC);
}
}
;

TEST(UniqueFd, ClosesWhatItOwns) {
    const int fd = open();
    { const UniqueFd owner(fd); }

    CHECK_FALSE(isOpen(fd));
}

TEST(UniqueFd, MovesOwnership) {
    const int first = open(), second = open();
    UniqueFd a(first), b(second);
    b = std::move(a);

    CHECK_TRUE(isOpen(first) && !isOpen(second));
    LONGS_EQUAL(first, b.get());
    CHECK_FALSE(a.isOpen());
}

TEST(UniqueFd, ReleasesWithoutClosing) {
    const int fd = open();
    { LONGS_EQUAL(fd, UniqueFd(fd).release()); }

    CHECK_TRUE(isOpen(fd));
    ::close(fd);
}

TEST_GROUP(UnixSocket) {
    fcgitest::TemporaryFolder folder;
    const std::string path = folder.file("s");
    const ListenAddress address{path, {}, {}};

    static std::chrono::steady_clock::time_point soon() {
        return std::chrono::steady_clock::now() + std::chrono::milliseconds(20);
    }
    static std::pair<UniqueFd, UniqueFd> connectedPair() {
        int fds[2] = {-1, -1};
        LONGS_EQUAL(0, ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds));
        return {UniqueFd(fds[0]), UniqueFd(fds[1])};
    }
};

TEST(UnixSocket, ListensAndIsConnectedTo) {
    const auto listener = listenOn(address);

    CHECK_TRUE(listener.has_value() && isListeningSocket(listener->get()));
    CHECK_TRUE(connectToUnix(path).has_value());
    CHECK_TRUE((::fcntl(listener->get(), F_GETFL) & O_NONBLOCK) != 0);
    CHECK_TRUE((::fcntl(listener->get(), F_GETFD) & FD_CLOEXEC) != 0);
}

TEST(UnixSocket, IsOfOwnerAndGroup) {
    const auto listener = listenOn(address);
    struct stat file {};
    ::stat(path.c_str(), &file);

    LONGS_EQUAL(0660, file.st_mode & 0777);
}

TEST(UnixSocket, RemovesItsFileWhenItEnds) {
    const auto listener = listenOn(address);
    const SocketFile file(path);
    file.remove();

    CHECK_TRUE(::access(path.c_str(), F_OK) != 0);
    file.remove(); // nothing there any more
}

TEST(UnixSocket, KeepsTheFileOfWhoeverTookThePathOver) {
    const auto old = listenOn(address);
    const SocketFile file(path);
    ::unlink(path.c_str());
    const auto fresh = listenOn(address);
    file.remove();

    CHECK_TRUE(connectToUnix(path).has_value());
}

TEST(UnixSocket, ReplacesAStaleSocket) {
    { const auto dead = listenOn(address); } // closed, but its file stays

    CHECK_TRUE(listenOn(address).has_value());
    LONGS_EQUAL(0, ::access(path.c_str(), F_OK));
}

TEST(UnixSocket, RefusesASocketInUse) {
    const auto listener = listenOn(address);

    const auto second = listenOn(address);

    CHECK(second.error().code == Errc::Unavailable);
    STRCMP_EQUAL("in use by another process", second.error().reason.c_str());
    CHECK_TRUE(connectToUnix(path).has_value());
}

TEST(UnixSocket, RefusesAFileThatIsNoSocket) {
    std::ofstream(path) << "precious";

    STRCMP_EQUAL("exists and is not a socket", listenOn(address).error().reason.c_str());
    LONGS_EQUAL(0, ::access(path.c_str(), F_OK));
}

TEST(UnixSocket, RefusesAFolderThatIsMissing) {
    const auto listener = listenOn({folder.file("missing/s"), {}, {}});

    STRCMP_EQUAL("bind: No such file or directory", listener.error().reason.c_str());
}

TEST(UnixSocket, KeepsASocketWhoseOwnerIsTooBusyToAccept) {
    UniqueFd busy(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    { const auto made = listenOn(address); }
    std::vector<UniqueFd> waiting;
    ::unlink(path.c_str());
    sockaddr_storage name{};
    name.ss_family = AF_UNIX;
    path.copy(reinterpret_cast<char *>(&name) + sizeof name.ss_family, path.size());
    const auto size = static_cast<socklen_t>(sizeof name.ss_family + path.size() + 1);
    LONGS_EQUAL(0, ::bind(busy.get(), reinterpret_cast<const sockaddr *>(&name), size));
    LONGS_EQUAL(0, ::listen(busy.get(), 0));
    waiting.push_back(std::move(*connectToUnix(path))); // its queue is full now

    CHECK_FALSE(listenOn(address).has_value());
}

TEST(UnixSocket, ListensOnTcp) {
    const auto any = listenOn({{}, "127.0.0.1", "0"});

    CHECK_TRUE(any.has_value() && isListeningSocket(any->get()));
    CHECK(listenOn({{}, "no host of this name", "1"}).error().code == Errc::Unavailable);
}

TEST(UnixSocket, ConnectingToNobodyIsUnavailable) {
    CHECK(connectToUnix(path).error().code == Errc::Unavailable);
    CHECK(connectToUnix(std::string(200, 'a')).error().code == Errc::BadRequest);
}

TEST(UnixSocket, SendsAllAndReceivesIt) {
    const auto [left, right] = connectedPair();
    char buffer[8];

    CHECK_TRUE(sendAll(left.get(), "hello", soon()).has_value());
    LONGS_EQUAL(5, *receiveSome(right.get(), buffer, sizeof buffer, soon()));
    STRNCMP_EQUAL("hello", buffer, 5);
}

TEST(UnixSocket, ReceivesNothingFromAPeerThatHasGone) {
    auto [left, right] = connectedPair();
    left.reset();
    char buffer[8];

    LONGS_EQUAL(0, *receiveSome(right.get(), buffer, sizeof buffer, soon()));
    CHECK(sendAll(right.get(), "x", soon()).error().code == Errc::Unavailable);
}

TEST(UnixSocket, GivesUpAtTheDeadline) {
    const auto [left, right] = connectedPair();
    char buffer[8];
    const std::string tooMuch(8 << 20, 'x');

    STRCMP_EQUAL("timed out",
                 receiveSome(left.get(), buffer, sizeof buffer, soon()).error().reason.c_str());
    STRCMP_EQUAL("timed out", sendAll(left.get(), tooMuch, soon()).error().reason.c_str());
}

TEST(UnixSocket, KnowsTheUserAtTheOtherEnd) {
    const auto [left, right] = connectedPair();

    LONGS_EQUAL(::geteuid(), *peerUser(left.get()));
    CHECK_FALSE(peerUser(-1).has_value());
}

TEST(UnixSocket, ListeningIsToldFromConnected) {
    const auto [left, right] = connectedPair();

    CHECK_FALSE(isListeningSocket(left.get()));
    CHECK_FALSE(isListeningSocket(-1));
}
