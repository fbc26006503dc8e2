// SPDX-License-Identifier: MIT
#pragma once

#include "tests/bench/server.h"

namespace pregon::bench {

/// Soketi, as npm has it (`make bench-peers-deps`), on a TCP port; one process.
class Soketi : public Server {
  public:
    /// Where it is installed; empty: it is not.
    static std::string program(const Options &options);
    explicit Soketi(const Options &options);
    std::unique_ptr<Publisher> publisher() const override;
};

/// nginx with Debian's nchan module, on a TCP port; one process. Its subscribers name the channel
/// in their request and speak no protocol of Pusher's.
class Nchan : public Server {
  public:
    static bool isInstalled(const Options &options);
    explicit Nchan(const Options &options);
    std::unique_ptr<Publisher> publisher() const override;
    std::string upgradePath(const std::string &channel) const override {
        return "/subscribe?channel=" + channel;
    }
    bool greets() const override { return false; }
};

} // namespace pregon::bench
