// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace pregon {

/// What a worker has of a resume token.
enum class TokenState : std::uint8_t {
    Gone,      ///< nothing
    Live,      ///< its connection
    TakenOver, ///< its connection, and the one before it, which has not ended yet
    Orphaned,  ///< retained state, and a connection that had been taken over and has not ended yet
    Retained,  ///< the retained state of a connection that has ended
    Shared,    ///< several pages use it at once: none of them is given what it missed
};

enum class TokenEvent : std::uint8_t {
    Open,             ///< a connection with the token was accepted
    CurrentEnds,      ///< the newest connection, or one of a shared token
    PredecessorEnds,  ///< the one that was taken over
    PredecessorLives, ///< it has shown that its page is there
    Expires,          ///< the time is over, or the memory, or it is forgotten on purpose
};

enum class TokenAction : std::uint8_t {
    Nothing,
    Begin,       ///< nothing was known: the stamp decides what the client is told
    TakeOver,    ///< the newest connection's state passes on; one that it had taken over is closed
    Resume,      ///< the retained state passes on
    Retain,      ///< the newest connection's state stays
    Forget,      ///< whatever there is
    ForgetFirst, ///< the connection that was taken over
    Share,       ///< all connections lose their state and are told so
    Join,        ///< one more of a shared token
    Leave,       ///< one less
};

struct TokenStep {
    TokenState next;
    TokenAction action;
};

/// What an event does to a token.
TokenStep tokenStep(TokenState state, TokenEvent event);

} // namespace pregon
