// SPDX-License-Identifier: MIT
#pragma once

#include "shared/json/json.h"
#include "tests/worker/test_client.h"
#include "worker/recovery/recovery.h"

#include <deque>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace pregon::workertest {

/// `1k2.page`, say: of a page that was made at that moment.
inline std::string tokenMadeAt(std::int64_t milliseconds, const std::string &name) {
    std::string stamp;
    for (; milliseconds > 0; milliseconds /= 36)
        stamp.insert(stamp.begin(), "0123456789abcdefghijklmnopqrstuvwxyz"[milliseconds % 36]);
    return stamp + "." + name;
}

/// A pool with its clock, and the recovery of one application.
struct RecoveryWorld {
    SetClock clock;
    RecoveryLimits limits{.isOn = true};
    std::unique_ptr<RecoveryPool> pool = std::make_unique<RecoveryPool>();
    std::unique_ptr<Recovery> recovery = std::make_unique<Recovery>(*pool);

    RecoveryWorld() {
        pool->begin(clock, limits);
        pass(20); // a page that is made now is younger than the worker
    }
    void change(auto RecoveryLimits::*limit, auto value) {
        limits.*limit = static_cast<std::remove_reference_t<decltype(limits.*limit)>>(value);
        pool->change(limits);
    }
    void pass(int seconds) {
        for (int i = 0; i < seconds; i++) {
            clock.advance(1000);
            pool->tick();
        }
    }
    void publish(std::string_view channel, const std::string &text, std::string_view except = {});
};

/// A connection with a token. Ends like one that has lost its socket.
class Page : public ResumableClient {
  public:
    Page(RecoveryWorld &world, const std::string &token, std::string socketId = "1.1")
        : ResumableClient(socketId), world_(world) {
        const auto split = splitKey(text_ = "key~" + token);
        world.recovery->opened(*this, split->token);
    }
    ~Page() { end(); }

    void end() { world_.recovery->ended(*this, address); }
    Recovery::Told subscribe(const std::string &channel, std::string_view userId = {}) {
        names.insert(channel);
        return world_.recovery->subscribed(*this, channel, userId);
    }
    void unsubscribe(const std::string &channel) {
        names.erase(channel);
        world_.recovery->unsubscribed(*this, channel);
    }
    /// What came since the last call, one frame a line: `ping`, `gap CHANNEL REASON`, `replay
    /// CHANNEL COUNT`, or the text of an event.
    std::string heard() {
        std::string text;
        for (const std::string &frame : frames)
            text += (text.empty() ? "" : "\n") + shortened(frame);
        frames.clear();
        return text;
    }
    /// Handles everything, and answers each ping.
    std::string handle() {
        const std::string text = heard();
        for (std::size_t at = 0; (at = text.find("ping", at)) != std::string::npos; at++)
            world_.recovery->ponged(*this);
        return text;
    }

    void send(const Frame &frame) override {
        frames.push_back(describe(std::string(frame.bytes())));
    }
    bool hasRoomFor(std::size_t bytes) const override { return bytes <= room; }
    void closeForSuccessor() override { isClosed = true; }
    std::vector<std::string> channels() const override { return {names.begin(), names.end()}; }

    std::vector<std::string> frames;
    std::set<std::string> names;
    std::string address = "192.0.2.1";
    std::size_t room = 1 << 20;
    bool isClosed = false;

  private:
    static std::string shortened(const std::string &frame) {
        const auto document = JsonDocument::parse(frame);
        if (!document)
            return frame;
        const std::string event = document->root().find("event").asString().value_or("");
        const std::string channel = document->root().find("channel").asString().value_or("");
        const auto data =
            JsonDocument::parse(document->root().find("data").asString().value_or(""));
        if (event == "pregon:gap")
            return "gap " + channel + " " + *data->root().find("reason").asString();
        if (event == "pregon:replay")
            return "replay " + channel + " " +
                   std::to_string(*data->root().find("count").asInteger());
        return event == "pusher:ping" ? "ping" : frame;
    }

    RecoveryWorld &world_;
    std::string text_;
};

inline void RecoveryWorld::publish(std::string_view channel, const std::string &text,
                                   std::string_view except) {
    recovery->published(channel, textFrame(text), except);
}

/// What fan-out does, to these.
inline void publishTo(RecoveryWorld &world, const std::vector<Page *> &pages,
                      const std::string &channel, const std::string &text) {
    for (Page *page : pages)
        page->send(textFrame(text));
    world.publish(channel, text);
}

} // namespace pregon::workertest
