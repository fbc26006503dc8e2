// SPDX-License-Identifier: MIT
#pragma once

#include "webhookd/hook_request.h"

#include <functional>
#include <memory>
#include <poll.h>
#include <vector>

namespace pregon {

/// Sends requests side by side in the calling thread; none waits for another. The only file here
/// that includes libcurl, and the place where the loop waits. HTTP/1.1; connections are kept; a
/// redirect is not followed; certificates are always verified.
class HookSender {
  public:
    /// Borrows nothing; called from `wait`. Starts nothing itself.
    using Ended = std::function<void(const HookOutcome &)>;

    /// Once in the process, before the first.
    static void startLibrary();

    HookSender();
    ~HookSender();
    HookSender(const HookSender &) = delete;

    void start(const HookRequest &request, Ended ended);
    /// Waits for any of `others` (poll(2); their `revents` are set), for the answers under way, or
    /// until so many milliseconds are over, whichever comes first. Calls back for those that ended.
    void wait(std::vector<pollfd> &others, int milliseconds);
    std::size_t underWay() const;

  private:
    bool finish();

    struct Transfer;
    struct Handles;
    std::unique_ptr<Handles> handles_;
};

} // namespace pregon
