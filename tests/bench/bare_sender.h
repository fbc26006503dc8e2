// SPDX-License-Identifier: MIT
#pragma once

#include "tests/bench/server.h"

namespace pregon::bench {

/// A process that sends the same bytes to each of many sockets for each event, and does nothing
/// else: what the kernel asks of any server. One event at a time, from one publisher. What
/// clients send is not read.
class BareSender : public Server {
  public:
    enum class Way {
        Send,   ///< one send() per socket
        IoUring ///< one submit for all sockets
    };

    static bool hasIoUring();

    BareSender(Way way, const Options &options, std::size_t sockets);
    std::unique_ptr<Publisher> publisher() const override;
    bool greets() const override { return false; }

  private:
    UniqueFd orders_;
};

} // namespace pregon::bench
