// SPDX-License-Identifier: MIT
#pragma once

#include "shared/result.h"
#include "worker/channels/application.h"
#include "worker/protocol/pusher_protocol.h"

#include <functional>
#include <string>

namespace pregon {

/// Signs connections in and out as users, and tells watchers who is online (spec pusher-websocket
/// §8). The connection's application must be set.
namespace SignIn {

/// Verifies the signature over `socket_id::user::user_data` and answers with signin_success and,
/// where the application has watchlists on, the state of the watched users. The same user again
/// replaces user_info and watchlist. Unauthorized: bad signature, unusable user_data, or signed in
/// as somebody else.
Result<Done> signIn(Connection &connection, const PusherProtocol::SignInRequest &request);
/// Without effect if nobody is signed in.
void signOut(Connection &connection);

/// Says signin_success, and what a page that has come back has missed.
void confirm(Connection &connection, const std::string &userData);

// --- for Neighbours ---

enum class Change { Online, Offline };
/// Tells the connections here that watch the user, where the application has watchlists on.
void tellWatchers(const Application &application, const std::string &userId, Change change);
/// The connection is told from now on when somebody of its watchlist comes or goes.
void watch(Connection &connection);
/// Tells the connection who of its watchlist is online.
void tellState(Connection &connection, const std::function<bool(const std::string &)> &isOnline);

} // namespace SignIn
} // namespace pregon
