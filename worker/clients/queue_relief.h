// SPDX-License-Identifier: MIT
#pragma once

#include "worker/channels/connection.h"

#include <cstddef>
#include <vector>

namespace pregon {

/// For queues and unfinished messages that together take more memory than they may: closes the
/// connections of which the most memory comes back, as slow consumers, until three quarters of the
/// bound are in use. A queue of frames that other queues hold too gives little back, so that the
/// subscribers of a busy channel stay while a client that fills its own queue goes. Returns how
/// many were closed. Costs a look at each waiting frame of `candidates`.
std::size_t closeFullest(const std::vector<Connection *> &candidates, const Outbound &outbound);

} // namespace pregon
