#pragma once

#include "worker/application.h"
#include "worker/membership.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pregon::workertest {

inline constexpr const char *kKey = "3f1c9a7be0d24581a6c2";
inline constexpr const char *kSecret = "9d0b57f8c61e4a2f8b73";

/// The application of the specification's worked examples.
inline App exampleApp() {
    App app;
    app.id = "417702";
    app.key = kKey;
    app.secret = kSecret;
    app.activityTimeoutSeconds = 30;
    app.pingIntervalSeconds = 60;
    app.maxConnections = kUnlimited;
    app.maxMessageSize = 10000;
    return app;
}

/// A second one, to which nothing of the first may be visible.
inline App otherApp() {
    App app = exampleApp();
    app.id = "2";
    app.key = "other";
    return app;
}

/// A frame in words: a text frame's payload, `<ping>`, `<close 4100 Slow consumer>`.
inline std::string describe(const std::string &frame) {
    const auto byte = [&](std::size_t i) {
        return static_cast<std::size_t>(static_cast<unsigned char>(frame.at(i)));
    };
    std::size_t start = 2, length = byte(1);
    if (length >= 126) {
        const std::size_t bytes = length == 126 ? 2 : 8;
        for (length = 0; start < 2 + bytes; start++)
            length = length * 256 + byte(start);
    }
    if (frame.size() != start + length)
        return "<malformed>";
    const std::string payload = frame.substr(start);
    switch (byte(0)) {
    case 0x81:
        return payload;
    case 0x89:
        return "<ping>" + payload;
    case 0x88:
        return "<close " + std::to_string(byte(start) * 256 + byte(start + 1)) + " " +
               payload.substr(2) + ">";
    default:
        return "<malformed>";
    }
}

/// What the connections of a test live in.
struct TestWorld {
    DirtyList dirty;
    ApplicationRegistry applications{{exampleApp(), otherApp()}};

    Application &example() { return *applications.findById("417702"); }
    Application &other() { return *applications.findById("2"); }
};

/// A connected client that can tell what it would have been sent.
class TestClient : public Connection {
  public:
    explicit TestClient(TestWorld &world, std::string id = "1234.5678",
                        std::size_t maxQueuedBytes = 1 << 20)
        : TestClient(world, world.example(), std::move(id), maxQueuedBytes) {}
    TestClient(TestWorld &world, Application &application, std::string id,
               std::size_t maxQueuedBytes = 1 << 20)
        : Connection(&application, std::move(id), world.dirty, maxQueuedBytes), world_(world) {
        world_.applications.add(*this);
    }
    ~TestClient() {
        Membership::leaveAll(*this);
        world_.applications.remove(*this);
    }

    /// What waits to be sent, one frame a line; takes it off the queue.
    std::string heard() {
        std::string text;
        for (std::size_t i = firstUnsent(); i < outbound().size(); i++)
            text += (text.empty() ? "" : "\n") + describe(*outbound()[i]);
        dropSent(outbound().size() - firstUnsent());
        return text;
    }

  private:
    TestWorld &world_;
};

} // namespace pregon::workertest
