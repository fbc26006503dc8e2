// SPDX-License-Identifier: MIT
#pragma once

#include "worker/channels/connection.h"

#include <cstddef>
#include <deque>
#include <memory>
#include <unordered_map>

namespace pregon {

/// Unsubscribes connections that end from their channels, a bounded number of channels in each turn
/// of the loop, so that clients with thousands of channels that end together do not delay others. A
/// connection with few channels, as nearly all have, leaves at once. Otherwise the other
/// subscribers learn a moment later that a member has left.
class Leaving {
  public:
    static constexpr std::size_t kPerTurn = 1000; ///< channels

    /// Once for each connection; its application must be set.
    void begin(Connection &connection);
    /// Instead of destroying a connection that `begin` was called for: it lives until it has left
    /// its channels, and is sent nothing any more.
    void keep(std::shared_ptr<Connection> connection);
    /// Once in each turn of the loop. True: there is more for the next one.
    bool turn();
    /// Everything that is left, at once.
    void finish();

  private:
    void goOn();

    std::size_t room_ = kPerTurn; ///< channels in what is left of the turn
    std::deque<Connection *> waiting_;
    std::unordered_map<Connection *, std::shared_ptr<Connection>> kept_;
};

} // namespace pregon
