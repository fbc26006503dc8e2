// SPDX-License-Identifier: MIT
#pragma once

#include "tests/bench/crowd.h"

namespace pregon::bench {

struct Load {
    std::size_t publishers = 1;
    std::size_t window = 1; ///< events that a publisher has under way
};

struct Cost {
    double nanoseconds = 0;   ///< of the server's CPU, per delivery
    double perSecond = 0;     ///< deliveries in a second of time
    double generatorBusy = 0; ///< share of the time that our reading thread was on a processor
};

/// Subscribers of one channel of one server, and publishers who each send as many events as their
/// window holds, wait for all acknowledgements, and go on.
class ClosedLoop {
  public:
    ClosedLoop(const Server &server, std::size_t subscribers, std::string channel = "tienda");
    /// About `events` events to all subscribers, of 128 bytes of data; ends when all have come.
    Cost measure(const Load &load, std::size_t events);
    Crowd &crowd() { return crowd_; }
    const Clients &clients() const { return clients_; }

  private:
    const Server &server_;
    Event event_;
    Crowd crowd_;
    Clients clients_;
};

} // namespace pregon::bench
