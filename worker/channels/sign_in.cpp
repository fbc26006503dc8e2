// SPDX-License-Identifier: MIT
#include "worker/channels/sign_in.h"

#include "worker/protocol/subscription_auth.h"

namespace pregon::SignIn {
namespace {

/// The connection that signs in again stays among the user's.
constexpr bool kOthersAreLeft = false;

} // namespace

void tellWatchers(const Application &application, const std::string &userId, Change change) {
    if (!application.settings().watchlist)
        return;
    const std::vector<std::string> changed{userId}, none;
    const auto watchers = application.users().watchersOf(userId);
    if (watchers.empty())
        return;
    const Frame frame =
        textFrame(change == Change::Online ? PusherProtocol::watchlistEvents(changed, none)
                                           : PusherProtocol::watchlistEvents(none, changed));
    for (Connection *watcher : watchers)
        watcher->send(frame);
}

void confirm(Connection &connection, const std::string &userData) {
    connection.send(textFrame(PusherProtocol::signInSucceeded(userData)));
    if (connection.resumable)
        connection.application()->recovery().signedIn(*connection.resumable, connection.user->id);
}

void watch(Connection &connection) {
    connection.application()->users().watch(connection, connection.user->watchlist);
}

void tellState(Connection &connection, const std::function<bool(const std::string &)> &isOnline) {
    std::vector<std::string> online, offline;
    for (const std::string &id : connection.user->watchlist)
        (isOnline(id) ? online : offline).push_back(id);
    if (!online.empty() || !offline.empty())
        connection.send(textFrame(PusherProtocol::watchlistEvents(online, offline)));
}

Result<Done> signIn(Connection &connection, const PusherProtocol::SignInRequest &request) {
    Application &application = *connection.application();
    const std::string text = connection.socketId() + "::user::" + request.userData;
    const auto verified =
        verifyAuth(request.auth, text, application.settings().key, application.signer());
    if (!verified)
        return verified;
    auto signedIn = PusherProtocol::parseUserData(request.userData);
    if (!signedIn)
        return tl::unexpected<Error>(signedIn.error());
    if (connection.user && connection.user->id != signedIn->user.id)
        return failure(Errc::Unauthorized, "signed in as another user");

    UserRegistry &users = application.users();
    if (connection.user) {
        users.unwatch(connection, connection.user->watchlist);
        application.neighbours().signedOut(connection, *connection.user, kOthersAreLeft);
    }
    connection.user = std::make_unique<SignedInUser>(std::move(signedIn->user));
    connection.noteAuthorized();
    const bool isFirst = users.add(connection, connection.user->id);
    application.neighbours().signedIn(
        {connection, request.userData, signedIn->isWatchlistCut, isFirst});
    return Done{};
}

void signOut(Connection &connection) {
    if (!connection.user)
        return;
    Application &application = *connection.application();
    UserRegistry &users = application.users();
    users.unwatch(connection, connection.user->watchlist);
    const SignedInUser user = std::move(*connection.user);
    connection.user.reset();
    const bool isLast = users.remove(connection, user.id);
    application.neighbours().signedOut(connection, user, isLast);
}

} // namespace pregon::SignIn
