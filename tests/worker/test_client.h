// SPDX-License-Identifier: MIT
#pragma once

#include "shared/clock.h"
#include "shared/fields.h"
#include "worker/channels/application.h"
#include "worker/channels/membership.h"
#include "worker/channels/resumable_connection.h"
#include "worker/channels/sign_in.h"

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pregon::workertest {

inline constexpr const char *kKey = "3f1c9a7be0d24581a6c2";
inline constexpr const char *kSecret = "9d0b57f8c61e4a2f8b73";

/// A state as it arrives in another process.
template <class State>
State sentOver(const State &state) {
    FieldWriter writer;
    writer(state);
    const std::string bytes = writer.take();
    FieldReader reader(bytes);
    State arrived;
    reader(arrived);
    if (!reader.isConsumedExactly())
        throw std::logic_error("the state is not read as it was written");
    return arrived;
}

/// The application of the specification's worked examples, else with the defaults of the settings.
inline App exampleApp() {
    App app = makeAppConfig({}, {})->apps.at(0);
    app.id = "417702";
    app.key = kKey;
    app.secret = kSecret;
    return app;
}

/// A second one, to which nothing of the first may be visible.
inline App otherApp() {
    App app = exampleApp();
    app.id = "2";
    app.key = "other";
    return app;
}

/// Stands still until it is moved.
class SetClock final : public Clock {
  public:
    std::chrono::steady_clock::time_point steady() const override {
        return std::chrono::steady_clock::time_point(std::chrono::milliseconds(now_));
    }
    std::int64_t unixSeconds() const override { return now_ / 1000; }
    void advance(std::int64_t milliseconds) { now_ += milliseconds; }

  private:
    std::int64_t now_ = 5'000'000;
};

/// Writes down what happens to channels.
class EventRecorder final : public ChannelEvents {
  public:
    void occupied(std::string_view channel) override { note({"occupied", channel}); }
    void vacated(std::string_view channel) override { note({"vacated", channel}); }
    void memberAdded(std::string_view channel, std::string_view userId) override {
        note({"added", channel, userId});
    }
    void memberRemoved(std::string_view channel, std::string_view userId) override {
        note({"removed", channel, userId});
    }
    void clientEvent(std::string_view channel, std::string_view event, std::string_view dataJson,
                     std::string_view socketId, std::string_view userId) override {
        note({"said", channel, event, dataJson, socketId, userId});
    }
    void cacheMissed(std::string_view channel) override { note({"missed", channel}); }
    void subscriptionCounted(std::string_view channel, std::size_t count) override {
        note({"counted", channel, std::to_string(count)});
    }

    /// What has happened since the last call: `occupied presence-a | added presence-a 7`.
    std::string take() { return std::exchange(text_, ""); }

  private:
    void note(std::initializer_list<std::string_view> words) {
        std::string line;
        for (std::string_view word : words)
            line += (line.empty() || word.empty() ? "" : " ") + std::string(word);
        text_ += (text_.empty() ? "" : " | ") + line;
    }
    std::string text_;
};

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
    case 0x81: // of ours each has data: some clients end without it (spec §2.1)
        if (payload.starts_with('{') && payload.find(R"("data":)") == std::string::npos)
            throw std::logic_error("a frame without data: " + payload);
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
    SetClock clock;
    EventRecorder events;
    Alone alone; ///< for applications besides those below
    Outbound outbound{.dirty = {}, .maxQueuedBytes = 1 << 20};
    DirtyList &dirty = outbound.dirty;
    ApplicationRegistry applications{{exampleApp(), otherApp()}, events};

    Application &example() { return *applications.findById("417702"); }
    Application &other() { return *applications.findById("2"); }

    /// Changes one of the example application's settings.
    template <class Value>
    void set(Value App::*field, Value value) {
        App app = example().settings();
        app.*field = std::move(value);
        example().change(app);
    }
};

/// With the right signature; true if it was accepted.
inline bool signIn(Connection &connection, const std::string &userData) {
    const std::string auth =
        std::string(kKey) + ":" +
        HmacSigner(kSecret).sign(connection.socketId() + "::user::" + userData);
    return SignIn::signIn(connection, {auth, userData}).has_value();
}

/// A connected client that can tell what it would have been sent.
class TestClient : public Connection {
  public:
    explicit TestClient(TestWorld &world, std::string id = "1234.5678")
        : TestClient(world, world.example(), std::move(id)) {}
    TestClient(TestWorld &world, Application &application, std::string id)
        : Connection(&application, std::move(id), world.outbound), world_(world) {
        world_.applications.add(*this);
    }
    ~TestClient() {
        if (resumable)
            application()->recovery().ended(*resumable, address());
        Membership::leaveAll(*this);
        SignIn::signOut(*this);
        world_.applications.remove(*this);
    }

    /// Comes with a resume token, as if it had been accepted with it.
    void resumeWith(const std::string &token) {
        resumable = std::make_unique<ResumableConnection>(*this);
        application()->recovery().opened(*resumable, *parseResumeToken(token));
    }

    void join(std::string_view channel) {
        Membership::join(*this, channel, world_.clock.milliseconds());
    }
    void join(std::string_view channel, const Member &member) {
        Membership::join(*this, channel, member, world_.clock.milliseconds());
    }
    bool signIn(const std::string &userData) { return workertest::signIn(*this, userData); }

    /// What waits to be sent, one frame a line; takes it off the queue.
    std::string heard() {
        std::string text;
        for (std::size_t i = 0; i < queue().size(); i++)
            text += (text.empty() ? "" : "\n") + describe(std::string(queue()[i].bytes()));
        consume(queuedBytes());
        return text;
    }

  private:
    TestWorld &world_;
};

/// What a client sends to subscribe, with the right signature if the channel needs one.
inline std::string subscribeText(const Connection &client, const std::string &channel,
                                 const std::string &channelData = "") {
    std::string signedText = client.socketId() + ":" + channel;
    signedText += channelData.empty() ? "" : ":" + channelData;
    std::string text = R"({"event":"pusher:subscribe","data":{"channel":")" + channel + "\"";
    if (ChannelRules::needsAuth(channel))
        text +=
            R"(,"auth":")" + std::string(kKey) + ":" + HmacSigner(kSecret).sign(signedText) + "\"";
    if (!channelData.empty()) {
        text += R"(,"channel_data":)";
        appendJsonString(text, channelData);
    }
    return text + "}}";
}

} // namespace pregon::workertest
