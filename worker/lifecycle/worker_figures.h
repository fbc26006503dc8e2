// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace pregon {

/// What the worker knows about itself, for `pregonctl status`.
struct WorkerFigures {
    std::uint64_t published = 0;     ///< events taken over the IPC socket
    std::uint64_t deliveries = 0;    ///< frames queued for subscribers out of them
    std::uint64_t framesSent = 0;    ///< frames handed to the kernel, of any kind
    std::uint64_t slowConsumers = 0; ///< connections closed because their queue was full
    std::uint64_t refused = 0;       ///< clients refused when they connected
    std::size_t queuedBytes = 0;     ///< that wait for sockets, after the last turn of the loop
    std::size_t closing = 0;         ///< connections whose Close is asked for, sockets still open
    std::size_t handshakes = 0;      ///< sockets whose HTTP request is not whole yet
    std::int64_t uptimeSeconds = 0;

    std::uint32_t upgrades = 0; ///< times that the program was replaced under its clients
    bool isUpgrading = false;   ///< one is under way
    bool isGivingBack = false;  ///< this is its child, which ends in a moment
    std::string upgradeFailure; ///< why the last one came to nothing; empty: it did not

    /// What goes on counting in the worker that takes over; the rest is of its own making.
    template <class Fields, class Self>
    static void describe(Fields &fields, Self &self) {
        fields(self.published);
        fields(self.deliveries);
        fields(self.framesSent);
        fields(self.slowConsumers);
        fields(self.refused);
        fields(self.uptimeSeconds);
        fields(self.upgrades);
    }
};

} // namespace pregon
