// SPDX-License-Identifier: MIT
#pragma once

#include "shared/clock.h"
#include "worker/channels/connection.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace pregon {

/// What a client may say: one table from event name to handler (spec pusher-websocket §3.1, §4, §7,
/// §8). A malformed message does not close the connection, it is answered with a pusher:error; so
/// many rejected ones in a row do, as the application's settings say (§4.5).
class ClientCommands {
  public:
    /// `maxChannels` per connection; 0 is unlimited. Borrows the clock.
    ClientCommands(std::size_t maxChannels, const Clock &clock)
        : maxChannels_(maxChannels), clock_(clock) {}

    void change(std::size_t maxChannels) { maxChannels_ = maxChannels; }

    /// Handles one whole message of an established connection.
    void handle(Connection &connection, std::string_view text) const;
    /// A binary message that is not even text.
    void handleNoText(Connection &connection) const;

  private:
    struct Context;
    struct Command;
    static const Command kCommands[];

    void dispatch(Connection &connection, std::string_view text) const;

    std::size_t maxChannels_;
    const Clock &clock_;
};

} // namespace pregon
