#include "worker/channels/sign_in.h"

#include "worker/cluster/cluster.h"
#include "worker/protocol/subscription_auth.h"

namespace pregon::SignIn {

void tellWatchers(const Application &application, const std::string &userId, bool isOnline) {
    if (!application.settings().watchlist)
        return;
    const std::vector<std::string> changed{userId}, none;
    const auto watchers = application.users().watchersOf(userId);
    if (watchers.empty())
        return;
    const Frame frame = textFrame(isOnline ? PusherProtocol::watchlistEvents(changed, none)
                                           : PusherProtocol::watchlistEvents(none, changed));
    for (Connection *watcher : watchers)
        watcher->send(frame);
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
        if (application.cluster != nullptr)
            application.cluster->signedOut(connection, *connection.user, false);
    }
    connection.user = std::make_unique<SignedInUser>(std::move(signedIn->user));
    connection.isAuthorized = true;
    const bool cameOnline = users.add(connection, connection.user->id);
    if (application.cluster != nullptr) {
        if (application.settings().watchlist)
            users.watch(connection, connection.user->watchlist);
        application.cluster->signedIn(connection, request.userData, signedIn->isWatchlistCut,
                                      cameOnline);
        return Done{};
    }
    connection.send(textFrame(PusherProtocol::signInSucceeded(request.userData)));
    if (cameOnline) // before the connection itself watches anybody
        tellWatchers(application, connection.user->id, true);
    if (application.settings().watchlist) {
        users.watch(connection, connection.user->watchlist);
        tellState(connection, [&](const std::string &id) { return users.isOnline(id); });
        if (signedIn->isWatchlistCut)
            connection.send(textFrame(PusherProtocol::error(PusherProtocol::kWatchlistTooLong)));
    }
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
    const bool wentOffline = users.remove(connection, user.id);
    if (application.cluster != nullptr)
        application.cluster->signedOut(connection, user, wentOffline);
    else if (wentOffline)
        tellWatchers(application, user.id, false);
}

} // namespace pregon::SignIn
