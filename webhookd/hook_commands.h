// SPDX-License-Identifier: MIT
#pragma once

#include "webhookd/endpoints.h"
#include "webhookd/hook_sender.h"
#include "webhookd/hook_server.h"

#include <deque>
#include <functional>
#include <string>

namespace pregon {

/// What may be asked over the socket: events from workers, and pregonctl's questions.
class HookCommands {
  public:
    /// Borrows both. `now` is asked for the time.
    HookCommands(Endpoints &endpoints, HookSender &sender, std::function<HookTime()> now)
        : endpoints_(endpoints), sender_(sender), now_(std::move(now)) {}

    void handle(const IpcFrame &frame, const HookServer::Answer &answer);
    /// After each commit: acknowledges to the workers what is on disk.
    void acknowledge();
    /// Nothing waits to be stored.
    bool isQuiet() const { return unacknowledged_.empty(); }

  private:
    struct Unacknowledged {
        HookServer::Answer answer;
        std::string appId, origin;
        std::uint64_t last; ///< number of its last event
    };

    void takeEvents(const IpcFrame &frame, const HookServer::Answer &answer);
    std::string list(const std::string &appId);
    void test(const std::string &appId, const HookServer::Answer &answer);
    std::string resend(const std::string &appId);

    Endpoints &endpoints_;
    HookSender &sender_;
    std::function<HookTime()> now_;
    std::deque<Unacknowledged> unacknowledged_;
};

} // namespace pregon
