// SPDX-License-Identifier: MIT
#include "worker/lifecycle/worker_sockets.h"

#include "shared/log/log.h"

#include "tests/fcgi/demo_shops.h"

#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

#include "CppUTest/TestHarness.h"

using namespace pregon;

TEST_GROUP(WorkerSockets) {
    fcgitest::TemporaryFolder folder;
    AppConfig config;
    std::vector<HandedSocket> handed;

    void setup() override {
        setLogLevel(LogLevel::Error);
        config.wsListen = {{folder.file("own-ws"), {}, {}}};
        config.ipcSocket = folder.file("own-ipc");
    }
    void teardown() override {
        setLogLevel(LogLevel::Info);
    }

    void handOver(const std::string &name, const ListenAddress &address) {
        handed.push_back({name, address, std::move(*listenOn(address))});
    }
    ListenAddress in(const std::string &name) {
        return {folder.file(name), {}, {}};
    }
    bool exists(const std::string &name) {
        return ::access(folder.file(name).c_str(), F_OK) == 0;
    }
    std::string refusal() {
        const auto sockets = openWorkerSockets(config, std::move(handed));
        return sockets ? "accepted" : sockets.error().reason;
    }
};

TEST(WorkerSockets, OpensWhatIsConfiguredAndRemovesItAgain) {
    const auto sockets = openWorkerSockets(config, {});

    CHECK_TRUE(exists("own-ws") && exists("own-ipc"));
    CHECK_FALSE(sockets->outliveUs);
    for (const SocketFile &file : sockets->files)
        file.remove();
    CHECK_FALSE(exists("own-ws") || exists("own-ipc"));
}

TEST(WorkerSockets, TakesWhatSystemdHandsOverAndLeavesItsFiles) {
    handOver("ws", in("ws"));
    handOver("ipc", in("ipc"));
    handOver("ws", {{}, "127.0.0.1", "0"});

    const auto sockets = openWorkerSockets(config, std::move(handed));

    LONGS_EQUAL(2, sockets->ws.size());
    CHECK_TRUE(sockets->outliveUs && sockets->ipc.isOpen());
    STRCMP_EQUAL(in("ipc").text().c_str(), sockets->ipcAddress.text().c_str());
    LONGS_EQUAL(0, sockets->files.size());
    CHECK_FALSE(exists("own-ws") || exists("own-ipc"));
}

TEST(WorkerSockets, OpensTheOneThatIsNotHandedOver) {
    handOver("ws", in("ws"));

    const auto sockets = openWorkerSockets(config, std::move(handed));

    CHECK_TRUE(exists("own-ipc"));
    CHECK_FALSE(exists("own-ws"));
    LONGS_EQUAL(1, sockets->files.size());
}

TEST(WorkerSockets, RefusesWhatItCannotTellApart) {
    handOver("unknown", in("ws"));
    STRCMP_EQUAL(("systemd hands over " + in("ws").text() +
                  " under the name unknown: FileDescriptorName= must be ws or ipc")
                     .c_str(),
                 refusal().c_str());

    handed.clear();
    handOver("ipc", in("ipc"));
    handOver("ipc", in("ipc2"));
    CHECK_TRUE(refusal().starts_with("systemd must hand over one socket named ipc"));

    handed.clear();
    handOver("ipc", {{}, "127.0.0.1", "0"});
    CHECK_TRUE(refusal().starts_with("systemd must hand over one socket named ipc"));
}

TEST(WorkerSockets, SaysWhichAddressCannotBeOpened) {
    config.wsListen = {in("missing/ws")};

    STRCMP_EQUAL((in("missing/ws").text() + ": bind: No such file or directory").c_str(),
                 refusal().c_str());
}
