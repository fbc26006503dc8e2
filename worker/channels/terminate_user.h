// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>

namespace pregon {

class Application;

/// Closes every connection that is signed in as the user, or is the user in a presence channel
/// (spec pusher-websocket §8.2): pusher:error and a Close with the application's code. Returns how
/// many.
std::size_t terminateUser(Application &application, const std::string &userId);

} // namespace pregon
