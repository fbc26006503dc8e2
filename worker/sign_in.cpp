#include "worker/sign_in.h"

#include "worker/subscription_auth.h"

namespace pregon::SignIn {
namespace {

void tellWatchers(const Application &application, const UserRegistry &users,
                  const std::string &userId) {
    if (!application.settings().watchlist)
        return;
    const bool isOnline = users.isOnline(userId);
    const std::vector<std::string> changed{userId}, none;
    const auto watchers = users.watchersOf(userId);
    if (watchers.empty())
        return;
    const Frame frame = textFrame(isOnline ? PusherProtocol::watchlistEvents(changed, none)
                                           : PusherProtocol::watchlistEvents(none, changed));
    for (Connection *watcher : watchers)
        watcher->send(frame);
}

void tellState(Connection &connection, const UserRegistry &users,
               const std::vector<std::string> &watchlist) {
    std::vector<std::string> online, offline;
    for (const std::string &id : watchlist)
        (users.isOnline(id) ? online : offline).push_back(id);
    if (!watchlist.empty())
        connection.send(textFrame(PusherProtocol::watchlistEvents(online, offline)));
}

} // namespace

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
    if (connection.user)
        users.unwatch(connection, connection.user->watchlist);
    connection.user = std::make_unique<SignedInUser>(std::move(signedIn->user));
    connection.isAuthorized = true;
    const bool cameOnline = users.add(connection, connection.user->id);
    connection.send(textFrame(PusherProtocol::signInSucceeded(request.userData)));
    if (cameOnline) // before the connection itself watches anybody
        tellWatchers(application, users, connection.user->id);
    if (application.settings().watchlist) {
        users.watch(connection, connection.user->watchlist);
        tellState(connection, users, connection.user->watchlist);
        if (signedIn->isWatchlistCut)
            connection.send(textFrame(PusherProtocol::error(PusherProtocol::kWatchlistTooLong)));
    }
    return Done{};
}

void signOut(Connection &connection) {
    if (!connection.user)
        return;
    UserRegistry &users = connection.application()->users();
    users.unwatch(connection, connection.user->watchlist);
    const std::string userId = connection.user->id;
    connection.user.reset();
    if (users.remove(connection, userId))
        tellWatchers(*connection.application(), users, userId);
}

} // namespace pregon::SignIn
