// SPDX-License-Identifier: MIT
#pragma once

#include "worker/clients/plain_http.h"
#include "worker/protocol/ws_handshake.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace pregon {

/// What has come of a client's HTTP request, and what follows from it.
struct Opening {
    static constexpr std::size_t kMaxHead = 16384; ///< bytes; an application's cookies come along

    enum class Kind {
        Incomplete, ///< the head goes on
        Answer,     ///< no WebSocket: `answer` is the whole answer, and ends the connection
        Upgrade,    ///< to be accepted: upgradeResponse(head)
    };
    Kind kind = Kind::Incomplete;
    std::string answer = {};
    RequestHead head = {};
    std::size_t length = 0; ///< of the head; what came behind it are frames

    /// Any bytes: what is malformed, too large or refused by RFC 6455 has an Answer.
    static Opening of(std::string_view received, const HttpState &state);
};

} // namespace pregon
