// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace pregon {

/// Why something has no value. Each edge turns a code into its own answer in one place:
/// httpStatusFor (fcgi/http_api), the Reply of worker/ipc_commands, pusher:error in worker.
enum class Errc { // its position is its number on the IPC socket: new ones come last
    BadRequest,   ///< malformed or out of range: 400
    Unauthorized, ///< no valid signature or token: 401
    Forbidden,    ///< known, but not allowed: 403
    NotFound,     ///< 404
    TooLarge,     ///< over a configured limit: 413
    Unavailable,  ///< the surroundings failed; trying again later may work: 503
    Internal,     ///< our own fault: 500
    Degraded,     ///< done for the clients of one worker only, for Redis is away: 503
};

/// `reason` is for the log and, at edges that say so, for the peer; it never holds a secret.
struct Error {
    Errc code;
    std::string reason;
};

template <class T>
using Result = tl::expected<T, Error>;

/// The value of a Result that has none.
struct Done {};

inline tl::unexpected<Error> failure(Errc code, std::string reason) {
    return tl::unexpected<Error>(Error{code, std::move(reason)});
}

} // namespace pregon
