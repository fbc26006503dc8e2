// SPDX-License-Identifier: MIT
#pragma once

#include "fcgi/http/http_message.h"

#include <string_view>

namespace pregon {

/// True for what may stand in front of the parenthesis: 1 to 100 of `A-Z a-z 0-9 _ . [ ] ' " $`, as
/// in pusher-js's `Pusher.auth_callbacks['0']` (spec broadcasting-auth §1.2).
bool isJsonpCallback(std::string_view callback);

/// A JSON answer with status 200 as a script that calls `callback`; any other answer as it is.
HttpResponse asJsonp(HttpResponse response, std::string_view callback);

} // namespace pregon
