#pragma once

#include "worker/connection.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace pregon {

/// What a client may say: one table from event name to handler (spec pusher-websocket §3.1, §4).
/// No malformed message ever closes the connection: each is answered with a pusher:error.
class ClientCommands {
  public:
    /// `maxChannels` per connection; 0 is unlimited.
    explicit ClientCommands(std::size_t maxChannels) : maxChannels_(maxChannels) {}

    /// Handles one whole message of an established connection.
    void handle(Connection &connection, std::string_view text) const;

  private:
    struct Command;
    static const Command kCommands[];

    std::size_t maxChannels_;
};

} // namespace pregon
