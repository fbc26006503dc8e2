// SPDX-License-Identifier: MIT
#pragma once

#include "shared/protocol/frame.h"
#include "worker/channels/neighbours.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace pregon {

/// From an event to the queues of the clients of this worker. The end of the loop's turn sends what
/// is queued (FanOut).
namespace Delivery {

/// Queues the frame for the subscribers of a channel, or for the connections of the user of a
/// `#server-to-user-` channel. `except` may be null. Returns for how many.
std::size_t send(Application &application, const std::string &channel, const Frame &frame,
                 const Connection *except);
/// An event of the API: a cache channel remembers it, then it is sent and shown.
std::size_t publish(Application &application, const std::string &channel,
                    const Publication &publication);
/// Shows the event to every `pregonctl tail`: `text` has been sent to `count` clients. `sender` is
/// a socket id, empty for an event of the API.
void show(Application &application, const std::string &channel, std::string_view sender,
          std::size_t count, const std::string &text);

} // namespace Delivery
} // namespace pregon
